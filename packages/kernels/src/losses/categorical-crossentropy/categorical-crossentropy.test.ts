import { describe, expect, it } from "vitest";
import type { NdArray } from "../../index.ts";
import { expectClose, grad, openTestDevice, randomArray, tfjs } from "../../testing/index.ts";
import {
  categoricalCrossentropyBackwardReference,
  categoricalCrossentropyForwardReference,
  categoricalCrossentropyFromLogitsBackwardReference,
  categoricalCrossentropyFromLogitsForwardReference,
} from "./categorical-crossentropy.reference.ts";
import {
  categoricalCrossentropyBackward,
  categoricalCrossentropyForward,
  categoricalCrossentropyFromLogitsBackward,
  categoricalCrossentropyFromLogitsForward,
} from "./categorical-crossentropy.ts";

const shapes = [
  [1, 1],
  [1, 2],
  [3, 5],
  [65, 3],
  [3, 70],
  [3, 2, 5, 3],
].map((shape) => ({ shape }));
/** WGSL allows its log an error of 2⁻²¹ near 1 and 3 units in the last place elsewhere. */
const LOG = { absolute: 2 ** -20, relative: 2 ** -20 };

function oneHot(shape: readonly number[]): NdArray {
  const classes = shape[shape.length - 1];
  const { data } = randomArray(shape, 0);
  return {
    shape,
    data: data.map((_, i) => (i % classes === (7 * Math.floor(i / classes)) % classes ? 1 : 0)),
  };
}

describe("categorical crossentropy", () => {
  const device = openTestDevice();

  type Op = typeof categoricalCrossentropyForward | typeof categoricalCrossentropyBackward;
  async function run(op: Op, y: NdArray, prediction: NdArray, options = {}) {
    using scope = device().scope();
    const [yTensor, tensor] = [scope.tensor(y.shape), scope.tensor(prediction.shape)];
    device().write(yTensor, y.data);
    device().write(tensor, prediction.data);
    return (await device().read(op(scope, yTensor, tensor, options))).data;
  }
  const row = (...values: number[]): NdArray => ({
    shape: [1, values.length],
    data: new Float32Array(values),
  });

  it.each(shapes)("agrees with float64 on $shape", async ({ shape }) => {
    const classes = shape[shape.length - 1];
    const rows = randomArray(shape, 0).data.length / classes;
    const p = randomArray(shape, 1, 0.05, 1);
    const z = randomArray(shape, 2, -6, 6);
    for (const y of [oneHot(shape), randomArray(shape, 3, 0, 1)]) {
      const total = y.data.reduce((sum, value) => sum + value, 0) / rows;
      for (const labelSmoothing of [0, 0.1]) {
        const options = { labelSmoothing };
        const bound = { absolute: LOG.absolute * (1 + total), relative: LOG.relative };
        expectClose(
          await run(categoricalCrossentropyForward, y, p, options),
          categoricalCrossentropyForwardReference(y.data, p.data, shape[0], classes, labelSmoothing),
          bound,
        );
        expectClose(
          await run(categoricalCrossentropyFromLogitsForward, y, z, options),
          categoricalCrossentropyFromLogitsForwardReference(
            y.data,
            z.data,
            shape[0],
            classes,
            labelSmoothing,
          ),
          bound,
        );
        // dp = (Σt − t/q)/Σp: terms as great as 20 (one over the smallest p) and Σt/Σp.
        expectClose(
          await run(categoricalCrossentropyBackward, y, p, options),
          categoricalCrossentropyBackwardReference(y.data, p.data, classes, labelSmoothing),
          { terms: classes, magnitude: 21 / rows },
        );
        // exp may be off by 3 + 2·12 units in the last place.
        expectClose(
          await run(categoricalCrossentropyFromLogitsBackward, y, z, options),
          categoricalCrossentropyFromLogitsBackwardReference(y.data, z.data, classes, labelSmoothing),
          { absolute: ((1 + total) * 30 * 2 ** -23) / rows },
        );
      }
    }
  });

  it("agrees with tfjs, values and gradients", async () => {
    const shape = [7, 5];
    const y = oneHot(shape);
    const p = randomArray(shape, 1, 0.1, 1);
    const z = randomArray(shape, 2, -4, 4);
    const yTensor = tfjs.tensor(y.data, [7, 5]);
    const dy = { shape: [7], data: new Float32Array(7).fill(1 / 7) };
    const fromProbabilities = (t: tfjs.Tensor) => tfjs.metrics.categoricalCrossentropy(yTensor, t);
    expectClose(
      await run(categoricalCrossentropyForward, y, p),
      fromProbabilities(tfjs.tensor(p.data, [7, 5])).dataSync(),
      LOG,
    );
    expectClose(await run(categoricalCrossentropyBackward, y, p), grad(fromProbabilities, [p], dy)[0], {
      magnitude: 11 / 7,
      terms: 5,
    });
    const fromLogits = (t: tfjs.Tensor) =>
      tfjs.losses.softmaxCrossEntropy(yTensor, t, undefined, undefined, tfjs.Reduction.NONE) as tfjs.Tensor;
    expectClose(
      await run(categoricalCrossentropyFromLogitsForward, y, z),
      fromLogits(tfjs.tensor(z.data, [7, 5])).dataSync(),
      LOG,
    );
    expectClose(await run(categoricalCrossentropyFromLogitsBackward, y, z), grad(fromLogits, [z], dy)[0], {
      absolute: (2 * 20 * 2 ** -23) / 7,
    });
  });

  it("clips probabilities as Keras does", async () => {
    const y = row(1, 0, 0);
    expectClose(await run(categoricalCrossentropyForward, y, row(0, 0.5, 0.5)), [16.118095], {
      absolute: 2e-6,
    });
    const surely = await run(categoricalCrossentropyForward, y, row(1, 0, 0));
    expectClose(surely, [-Math.log(Math.fround(1 - 1e-7))], { absolute: 2 ** -20 });
    expect([...(await run(categoricalCrossentropyBackward, y, row(0, 0.5, 0.5)))]).toEqual([0, 0, 0]);
    expect([...(await run(categoricalCrossentropyBackward, y, row(1, 0, 0)))]).toEqual([0, 0, 0]);
    // p is divided by its sum: doubling it changes nothing.
    expectClose(await run(categoricalCrossentropyForward, y, row(1, 0.5, 0.5)), [Math.LN2], LOG);
  });

  it("overflows nowhere on logits, and keeps the digits of small losses", async () => {
    const wrong = await run(categoricalCrossentropyFromLogitsForward, row(0, 1), row(100, -100));
    expect([...wrong]).toEqual([200]);
    expect([...(await run(categoricalCrossentropyFromLogitsBackward, row(0, 1), row(100, -100)))]).toEqual([
      1, -1,
    ]);
    for (const z of [5, 10, 20, 40, 60]) {
      const relative = (16 + 2 * z) * 2 ** -23;
      const loss = await run(categoricalCrossentropyFromLogitsForward, row(0, 1, 0), row(0, z, 0));
      expectClose(loss, [Math.log1p(2 * Math.exp(-z))], { absolute: 0, relative });
      const dz = await run(categoricalCrossentropyFromLogitsBackward, row(0, 1, 0), row(0, z, 0));
      const e = Math.exp(-z) / (1 + 2 * Math.exp(-z));
      expectClose(dz, [e, -2 * e, e], { absolute: 0, relative });
    }
  });

  it("shows a prediction that is not a number", async () => {
    const broken = row(0.5, Number.NaN);
    expect([...(await run(categoricalCrossentropyForward, row(1, 0), broken))]).toEqual([NaN]);
    expect([...(await run(categoricalCrossentropyFromLogitsForward, row(1, 0), broken))]).toEqual([NaN]);
  });

  it("refuses other shapes", () => {
    using scope = device().scope();
    expect(() => categoricalCrossentropyForward(scope, scope.tensor([5]), scope.tensor([5]))).toThrow(
      "[categoricalCrossentropy] the prediction is [5]: it needs a class axis, [n,…,classes].",
    );
    expect(() =>
      categoricalCrossentropyFromLogitsBackward(scope, scope.tensor([5, 2]), scope.tensor([5, 3])),
    ).toThrow(
      "[categoricalCrossentropyFromLogits] y is [5,2] and the prediction [5,3]: both need the same shape",
    );
  });
});
