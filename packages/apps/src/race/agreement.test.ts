import { describe, expect, it } from "vitest";
import { agrees, checkUpdates, compare, worst } from "./agreement.ts";
import type { Findings } from "./competitor.ts";
import { dataOf } from "./data.ts";
import { type Workload, workloads } from "./workloads.ts";

const named = (name: string): Workload => {
  const found = workloads.find((workload) => workload.name === name);
  if (!found) throw new Error(`no workload ${name}`);
  return found;
};
const result = (...values: number[]): Findings => ({ kind: "result", values: Float32Array.from(values) });

describe("an augmented picture", () => {
  it("may differ by what coordinates in float32 are off, between pixels as far apart as they can be", () => {
    const tolerance = 2 * 3 * 2 ** -24 * 6 * 150;
    const workload = named("augment");
    expect(compare(workload, result(0.5), result(0.5 + 3e-4))).toMatchObject({ tolerance });
    expect(agrees(compare(workload, result(0.5), result(0.5 + 3e-4)))).toBe(true);
    expect(agrees(compare(workload, result(0.5), result(0.5 + 4e-4)))).toBe(false);
  });

  it("starts from noise and the lecture's draws, the same at each call", () => {
    const { pictures, transforms } = dataOf(named("augment"));
    expect([pictures.length, transforms.length]).toEqual([20 * 150 * 150 * 3, 20]);
    expect(new Set(pictures).size).toBe(256);
    expect(transforms.every(({ theta = 90 }) => Math.abs(theta) <= 40)).toBe(true);
    const again = dataOf(named("augment-device"));
    expect(Buffer.compare(again.pictures, pictures)).toBe(0);
    expect(again.transforms).toEqual(transforms);
  });
});

describe("a result", () => {
  // dense2.forward sums 512 products: σ = 2⁻²⁴·16, so 6√2·σ + 8·2⁻²⁴ = 8.6e-6 of the size of all.
  const workload = named("dense2.forward");

  it("may differ as sums of its length round", () => {
    const comparison = compare(workload, result(1, -1, 0), result(1, -1, 8e-6));
    expect(comparison.tolerance).toBeCloseTo((6 * Math.SQRT2 * 16 + 8) * 2 ** -24, 12);
    expect(agrees(comparison)).toBe(true);
  });

  it("disagrees beyond, and says where", () => {
    const comparison = compare(workload, result(1, -1, 0), result(1, -1, 1e-5));
    expect(agrees(comparison)).toBe(false);
    expect(comparison.what).toMatch(/^result\[2\]: 0\.0000099\d+, ours 0$/);
  });

  it("disagrees where it is not a number, or has another length", () => {
    expect(agrees(compare(workload, result(1, 2), result(1, Number.NaN)))).toBe(false);
    expect(agrees(compare(workload, result(1, 2), result(1)))).toBe(false);
  });

  it("of a pool is exact", () => {
    const pool = named("pool1.forward");
    expect(agrees(compare(pool, result(1, 2), result(1, 2)))).toBe(true);
    expect(agrees(compare(pool, result(1, 2), result(1, 2 + 2 ** -22)))).toBe(false);
  });

  it("of a 3×3 convolution may come from Winograd's algorithm: ten times as much", () => {
    const of = (name: string) => compare(named(name), result(1), result(1)).tolerance;
    expect(of("conv2.forward")).toBeCloseTo(
      (6 * Math.SQRT2 * 10 * Math.sqrt((9 * 32) / 2) + 8) * 2 ** -24,
      12,
    );
    expect(of("conv2.backwardInput")).toBeCloseTo(
      (6 * Math.SQRT2 * 10 * Math.sqrt((9 * 64) / 2) + 8) * 2 ** -24,
      12,
    );
    expect(of("conv2.backwardFilter")).toBeLessThan(3e-3);
  });
});

describe("a training step", () => {
  const workload = named("head-step");
  if (workload.kind !== "train") throw new Error("head-step is no training step");
  const start = [Float32Array.of(0.5, -0.25, 0.1)];
  const gradients = [[Float32Array.of(0.2, -0.01, 3e-8)], [Float32Array.of(0.1, 0.02, -2e-8)]];
  /** Keras 2's RMSprop, written out; `inside` puts epsilon under the root, as tfjs does. */
  const trained = (inside: boolean) =>
    start[0].map((w, i) => {
      const [g1, g2] = gradients.map(([g]) => g[i]);
      const a1 = 0.1 * g1 * g1;
      const a2 = 0.9 * a1 + 0.1 * g2 * g2;
      const root = (a: number) => (inside ? Math.sqrt(a + 1e-7) : Math.sqrt(a) + 1e-7);
      return w - (workload.learningRate * g1) / root(a1) - (workload.learningRate * g2) / root(a2);
    });
  const findings = (weights: Float32Array, losses = [0.7, 0.6]) =>
    ({ kind: "training", losses, gradients, weights: [weights] }) as const;

  it("is held to Keras's update of its own gradients", () => {
    expect(agrees(checkUpdates(workload, start, findings(trained(false))))).toBe(true);
    const { what } = checkUpdates(workload, start, findings(trained(true)));
    expect(agrees(checkUpdates(workload, start, findings(trained(true))))).toBe(false);
    expect(what).toMatch(/^weight 0\[\d\]: .*, by its gradients /);
  });

  it("agrees in its losses and gradients, or not", () => {
    const ours = findings(trained(false));
    expect(agrees(compare(workload, ours, ours))).toBe(true);
    const otherLoss = compare(workload, ours, findings(trained(false), [0.7, 0.61]));
    expect(otherLoss.what).toBe("loss before step 2: 0.61, ours 0.6");
    expect(agrees(otherLoss)).toBe(false);
    const other = [[Float32Array.of(0.2, -0.02, 3e-8)], gradients[1]];
    const otherGradient = compare(workload, ours, { ...ours, gradients: other });
    expect(otherGradient.what).toBe("gradient of weight 0, length of the difference");
    expect(agrees(otherGradient)).toBe(false);
  });
});

it("the worst comparison is the one that is nearest to, or furthest beyond, what is allowed", () => {
  const [a, b] = [
    { difference: 5, tolerance: 100, what: "a" },
    { difference: 1, tolerance: 2, what: "b" },
  ];
  const broken = { difference: Number.NaN, tolerance: 1, what: "c" };
  expect(worst([a, b]).what).toBe("b");
  expect(worst([broken, b]).what).toBe("c");
  expect(worst([b, broken]).what).toBe("c");
});

it("no two values of a pooling window are equal in the data", () => {
  const workload = named("pool4.backward");
  if (workload.kind !== "pass") throw new Error("pool4.backward is no pass");
  const [batch, rows, columns, channels] = workload.inputShape;
  const { x } = dataOf(workload);
  const at = (n: number, y: number, column: number, c: number) =>
    x[((n * rows + y) * columns + column) * channels + c];
  for (let n = 0; n < batch; n++) {
    for (let y = 0; y + 1 < rows; y += 2) {
      for (let column = 0; column + 1 < columns; column += 2) {
        for (let c = 0; c < channels; c++) {
          const window = [
            at(n, y, column, c),
            at(n, y, column + 1, c),
            at(n, y + 1, column, c),
            at(n, y + 1, column + 1, c),
          ];
          if (new Set(window).size !== 4) expect.fail(`window ${n},${y},${column},${c}: ${window}`);
        }
      }
    }
  }
});
