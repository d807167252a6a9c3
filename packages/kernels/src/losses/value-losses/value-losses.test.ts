import { describe, expect, it } from "vitest";
import { expectClose, openTestDevice, randomArray, upload } from "../../testing/index.ts";
import { valueLossReference } from "./value-losses.reference.ts";
import { valueLossBackward, valueLossForward, valueLossKinds } from "./value-losses.ts";

const shapes = [[1, 1], [3], [65, 3], [3, 5, 7, 2]];
/** Where each loss is smooth and unclipped: targets and predictions from, to. */
const ranges = {
  meanAbsoluteError: [-2, -0.5, 0, 2],
  meanAbsolutePercentageError: [0.5, 2, -2, 0.4],
  meanSquaredLogarithmicError: [0, 3, 0.1, 3],
  hinge: [-1, 1, -0.9, 0.9],
  squaredHinge: [-1, 1, -3, 3],
  logcosh: [-3, 3, -3, 3],
  poisson: [0, 5, 0.5, 5],
  kullbackLeiblerDivergence: [0, 1, 0.2, 0.8],
  huberLoss: [-2, 2, -2, 2],
} as const;

describe("the value losses", () => {
  const device = openTestDevice();

  it.each(valueLossKinds)(
    "%s agrees with float64, and its gradient with differences of that",
    async (kind) => {
      const f = valueLossReference[kind];
      const [fromY, toY, fromP, toP] = ranges[kind];
      const delta = 0.75;
      for (const shape of shapes) {
        const y = randomArray(shape, 1, fromY, toY);
        const p = randomArray(shape, 2, fromP, toP);
        const samples = shape[0];
        const rows = kind === "kullbackLeiblerDivergence";
        const perSample = p.data.length / samples;
        const divisor = rows ? shape.slice(1, -1).reduce((a, b) => a * b, 1) : perSample;
        using scope = device().scope();
        const [yTensor, pTensor] = [upload(scope, y), upload(scope, p)];
        const loss = await device().read(valueLossForward(scope, yTensor, pTensor, { kind, delta }));
        const dp = await device().read(valueLossBackward(scope, yTensor, pTensor, { kind, delta }));
        const values = Array.from(p.data, (value, i) => f(y.data[i], value, delta));
        const wanted = Array.from(
          { length: samples },
          (_, n) => values.slice(n * perSample, (n + 1) * perSample).reduce((a, b) => a + b, 0) / divisor,
        );
        const largest = Math.max(...values.map(Math.abs));
        // Logarithms are good to some 2⁻²¹, sums to 2⁻²⁴ a term.
        expectClose(loss.data, wanted, {
          absolute: (perSample / divisor) * (2 ** -20 + 2 ** -22 * perSample * largest),
          relative: 2 ** -20,
        });
        const h = 2 ** -18;
        const slopes = Array.from(
          p.data,
          (value, i) =>
            (f(y.data[i], value + h, delta) - f(y.data[i], value - h, delta)) / (2 * h) / (samples * divisor),
        );
        const steepest = Math.max(...slopes.map(Math.abs));
        expectClose(dp.data, slopes, {
          absolute: 2 ** -18 * (steepest + 1 / (samples * divisor)),
          relative: 0,
        });
      }
    },
  );

  it("have no gradient where Keras clips, nor at the bends of absolute values", async () => {
    using scope = device().scope();
    const run = async (kind: (typeof valueLossKinds)[number], y: number, p: number) => {
      const [yTensor, pTensor] = [y, p].map((value) =>
        upload(scope, { shape: [1, 1], data: Float32Array.of(value) }),
      );
      return (await device().read(valueLossBackward(scope, yTensor, pTensor, { kind }))).data[0];
    };
    expect(await run("meanAbsoluteError", 2, 2)).toBe(0);
    expect(await run("meanSquaredLogarithmicError", 2, -1)).toBe(0);
    expect(await run("kullbackLeiblerDivergence", 0.5, 2)).toBe(0);
    expect(await run("hinge", 1, 2)).toBe(0);
    expect(await run("huberLoss", 5, 0)).toBe(-1);
  });

  it("log cosh keeps its digits near 0", async () => {
    using scope = device().scope();
    const p = [1e-3, 0.2, 0.2499, 0.2501, 40, -40];
    const [yTensor, pTensor] = [p.map(() => 0), p].map((values) =>
      upload(scope, { shape: [values.length, 1], data: Float32Array.from(values) }),
    );
    const { data } = await device().read(valueLossForward(scope, yTensor, pTensor, { kind: "logcosh" }));
    // log(cosh(x)) itself loses them in float64, too: 2·sinh²(x/2) under log1p does not.
    expectClose(
      data,
      p.map((x) => Math.log1p(2 * Math.sinh(Math.fround(x) / 2) ** 2)),
      { absolute: 0, relative: 2 ** -17 },
    );
  });

  it("refuse other shapes, and a delta of 0", () => {
    using scope = device().scope();
    const [y, p] = [scope.tensor([4]), scope.tensor([2, 2])];
    expect(() => valueLossForward(scope, y, p, { kind: "hinge" })).toThrow("[hinge] y is [4]");
    expect(() => valueLossForward(scope, p, p, { kind: "huberLoss", delta: 0 })).toThrow(
      "[huberLoss] delta is 0: it needs to be greater than 0.",
    );
  });
});
