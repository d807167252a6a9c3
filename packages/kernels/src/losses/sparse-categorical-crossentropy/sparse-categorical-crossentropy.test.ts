import { describe, expect, it } from "vitest";
import type { NdArray } from "../../index.ts";
import { expectClose, grad, openTestDevice, randomArray, tfjs, wholeNumbers } from "../../testing/index.ts";
import {
  sparseCategoricalCrossentropyBackwardReference,
  sparseCategoricalCrossentropyForwardReference,
  sparseCategoricalCrossentropyFromLogitsBackwardReference,
  sparseCategoricalCrossentropyFromLogitsForwardReference,
} from "./sparse-categorical-crossentropy.reference.ts";
import {
  sparseCategoricalCrossentropyBackward,
  sparseCategoricalCrossentropyForward,
  sparseCategoricalCrossentropyFromLogitsBackward,
  sparseCategoricalCrossentropyFromLogitsForward,
} from "./sparse-categorical-crossentropy.ts";

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

describe("sparse categorical crossentropy", () => {
  const device = openTestDevice();

  type Op = typeof sparseCategoricalCrossentropyForward | typeof sparseCategoricalCrossentropyBackward;
  async function run(op: Op, y: NdArray, prediction: NdArray) {
    using scope = device().scope();
    const [yTensor, tensor] = [scope.tensor(y.shape), scope.tensor(prediction.shape)];
    device().write(yTensor, y.data);
    device().write(tensor, prediction.data);
    return (await device().read(op(scope, yTensor, tensor))).data;
  }
  const array = (shape: number[], ...values: number[]): NdArray => ({
    shape,
    data: new Float32Array(values),
  });

  it.each(shapes)("agrees with float64 on $shape", async ({ shape }) => {
    const classes = shape[shape.length - 1];
    const y = wholeNumbers(shape.slice(0, -1), 1, 0, classes - 1);
    const rows = y.data.length;
    const p = randomArray(shape, 2, 0.05, 1);
    const z = randomArray(shape, 3, -6, 6);
    expectClose(
      await run(sparseCategoricalCrossentropyForward, y, p),
      sparseCategoricalCrossentropyForwardReference(y.data, p.data, shape[0], classes),
      LOG,
    );
    expectClose(
      await run(sparseCategoricalCrossentropyFromLogitsForward, y, z),
      sparseCategoricalCrossentropyFromLogitsForwardReference(y.data, z.data, shape[0], classes),
      LOG,
    );
    expectClose(
      await run(sparseCategoricalCrossentropyBackward, y, p),
      sparseCategoricalCrossentropyBackwardReference(y.data, p.data, classes),
      { terms: classes, magnitude: 21 / rows },
    );
    // exp may be off by 3 + 2·12 units in the last place.
    expectClose(
      await run(sparseCategoricalCrossentropyFromLogitsBackward, y, z),
      sparseCategoricalCrossentropyFromLogitsBackwardReference(y.data, z.data, classes),
      { absolute: (60 * 2 ** -23) / rows },
    );
  });

  it("agrees with tfjs on logits, values and gradients", async () => {
    const y = wholeNumbers([7], 1, 0, 4);
    const z = randomArray([7, 5], 2, -4, 4);
    const oneHot = tfjs.oneHot(tfjs.tensor1d([...y.data], "int32"), 5);
    const wanted = (t: tfjs.Tensor) =>
      tfjs.losses.softmaxCrossEntropy(oneHot, t, undefined, undefined, tfjs.Reduction.NONE) as tfjs.Tensor;
    expectClose(
      await run(sparseCategoricalCrossentropyFromLogitsForward, y, z),
      wanted(tfjs.tensor(z.data, [7, 5])).dataSync(),
      LOG,
    );
    const dy = array([7], ...new Array(7).fill(1 / 7));
    expectClose(await run(sparseCategoricalCrossentropyFromLogitsBackward, y, z), grad(wanted, [z], dy)[0], {
      absolute: (2 * 20 * 2 ** -23) / 7,
    });
  });

  it("agrees with tfjs's golden numbers, and takes y as [n,1] too", async () => {
    const p = array([2, 3], 0.1, 0.2, 0.7, 0.2, 0.3, 0.5);
    for (const shape of [[2], [2, 1]]) {
      const loss = await run(sparseCategoricalCrossentropyForward, array(shape, 0, 2), p);
      expectClose(loss, [Math.LN10, Math.LN2], LOG);
    }
  });

  it("clips probabilities, and stops their gradient", async () => {
    const p = array([1, 3], 0, 1, 0);
    const wrong = await run(sparseCategoricalCrossentropyForward, array([1], 0), p);
    const high = Math.fround(1 - 1e-7);
    expectClose(wrong, [Math.log((high + 2e-7) / 1e-7)], LOG);
    expect([...(await run(sparseCategoricalCrossentropyBackward, array([1], 0), p))]).toEqual([0, 0, 0]);
  });

  it("overflows nowhere on logits, and keeps the digits of small losses", async () => {
    const z = array([1, 2], 100, -100);
    expect([...(await run(sparseCategoricalCrossentropyFromLogitsForward, array([1], 1), z))]).toEqual([200]);
    expect([...(await run(sparseCategoricalCrossentropyFromLogitsBackward, array([1], 1), z))]).toEqual([
      1, -1,
    ]);
    const sure = array([1, 2], 0, 40);
    const relative = (16 + 2 * 40) * 2 ** -23;
    const e = Math.exp(-40);
    const loss = await run(sparseCategoricalCrossentropyFromLogitsForward, array([1], 1), sure);
    expectClose(loss, [Math.log1p(e)], { absolute: 0, relative });
    const dz = await run(sparseCategoricalCrossentropyFromLogitsBackward, array([1], 1), sure);
    expectClose(dz, [e / (1 + e), -e / (1 + e)], { absolute: 0, relative });
  });

  it.each([-1, 3])("gives NaN for the label %d of 3 classes, in that sample only", async (label) => {
    const y = array([2], label, 1);
    const p = array([2, 3], 0.2, 0.3, 0.5, 0.2, 0.3, 0.5);
    for (const op of [sparseCategoricalCrossentropyForward, sparseCategoricalCrossentropyFromLogitsForward]) {
      const loss = await run(op, y, p);
      expect([...loss].map(Number.isNaN)).toEqual([true, false]);
    }
    for (const op of [
      sparseCategoricalCrossentropyBackward,
      sparseCategoricalCrossentropyFromLogitsBackward,
    ]) {
      const slope = await run(op, y, p);
      expect([...slope].map(Number.isNaN)).toEqual([true, true, true, false, false, false]);
    }
  });

  it("refuses other shapes and data types", () => {
    using scope = device().scope();
    const p = scope.tensor([5, 3]);
    expect(() => sparseCategoricalCrossentropyForward(scope, scope.tensor([5, 3]), p)).toThrow(
      "[sparseCategoricalCrossentropy] y is [5,3] and the prediction [5,3]: y needs one class index per row, [5] or [5,1].",
    );
    expect(() => sparseCategoricalCrossentropyForward(scope, scope.tensor([5], "uint32"), p)).toThrow(
      "[sparseCategoricalCrossentropy] y is of dtype uint32: class indices are stored as float32.",
    );
    expect(() =>
      sparseCategoricalCrossentropyFromLogitsForward(scope, scope.tensor([5]), scope.tensor([5])),
    ).toThrow("[sparseCategoricalCrossentropyFromLogits] the prediction is [5]: it needs a class axis");
  });
});
