import { describe, expect, it } from "vitest";
import type { NdArray } from "../index.ts";
import { meanOf } from "../mean/mean.ts";
import { expectClose, openTestDevice, randomArray, tfjs, wholeNumbers } from "../testing/index.ts";
import {
  binaryAccuracyReference,
  categoricalAccuracyReference,
  sparseCategoricalAccuracyReference,
} from "./metrics.reference.ts";
import { binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy } from "./metrics.ts";

/** A share is one division, which WGSL allows to be off by 2.5 units in the last place. */
const SHARE = { absolute: 0, relative: 2.5 * 2 ** -23 };

describe("metrics", () => {
  const device = openTestDevice();

  async function run(op: typeof binaryAccuracy, y: NdArray, prediction: NdArray) {
    using scope = device().scope();
    const [yTensor, tensor] = [scope.tensor(y.shape), scope.tensor(prediction.shape)];
    device().write(yTensor, y.data);
    device().write(tensor, prediction.data);
    const accuracy = op(scope, yTensor, tensor);
    expect(accuracy.shape).toEqual([prediction.shape[0]]);
    return (await device().read(accuracy)).data;
  }
  const array = (shape: number[], ...values: number[]): NdArray => ({
    shape,
    data: new Float32Array(values),
  });

  it.each([[1, 1], [3], [65, 1], [3, 70], [3, 5, 7]].map((shape) => ({ shape })))(
    "binaryAccuracy agrees with the reference and tfjs on $shape",
    async ({ shape }) => {
      const y = wholeNumbers(shape, 1, 0, 1);
      const p = randomArray(shape, 2, 0, 1);
      p.data[0] = 0.5;
      const got = await run(binaryAccuracy, y, p);
      expectClose(got, binaryAccuracyReference(y.data, p.data, shape[0]), SHARE);
      const perSample = [shape[0], p.data.length / shape[0]];
      const wanted = tfjs.metrics.binaryAccuracy(
        tfjs.tensor(y.data, perSample),
        tfjs.tensor(p.data, perSample),
      );
      expectClose(got, wanted.dataSync(), SHARE);
    },
  );

  it("binaryAccuracy takes exactly one half for class 0, halves going to the even number", async () => {
    const p = array([6, 1], 0.5, 0.5, 0.50000006, 0.49999997, 1.5, 2.5);
    expect([...(await run(binaryAccuracy, array([6], 0, 1, 1, 0, 2, 2), p))]).toEqual([1, 0, 1, 1, 1, 1]);
  });

  it.each(
    [
      [1, 1],
      [1, 2],
      [65, 3],
      [3, 70],
      [3, 2, 5, 3],
    ].map((shape) => ({ shape })),
  )("the categorical accuracies agree with the reference and tfjs on $shape", async ({ shape }) => {
    const classes = shape[shape.length - 1];
    // Whole numbers of a small range tie often.
    const p = wholeNumbers(shape, 1, 0, 4);
    const y = wholeNumbers(shape, 2, 0, 4);
    const labels = wholeNumbers(shape.slice(0, -1), 3, 0, classes - 1);
    const rows = [shape[0], labels.data.length / shape[0], classes];
    const pTensor = tfjs.tensor(p.data, rows);

    const got = await run(categoricalAccuracy, y, p);
    expectClose(got, categoricalAccuracyReference(y.data, p.data, shape[0], classes), SHARE);
    const wanted = tfjs.metrics.categoricalAccuracy(tfjs.tensor(y.data, rows), pTensor).mean(-1);
    expectClose(got, wanted.dataSync(), SHARE);

    const gotSparse = await run(sparseCategoricalAccuracy, labels, p);
    expectClose(gotSparse, sparseCategoricalAccuracyReference(labels.data, p.data, shape[0], classes), SHARE);
    const wantedSparse = tfjs.equal(tfjs.tensor(labels.data, rows.slice(0, 2), "int32"), pTensor.argMax(-1));
    expectClose(gotSparse, wantedSparse.cast("float32").mean(-1).dataSync(), SHARE);
  });

  it("counts the first of equal maxima", async () => {
    const p = array([3, 3], 1, 1, 0, 0, 2, 2, -1, -1, -1);
    expect([...(await run(sparseCategoricalAccuracy, array([3, 1], 0, 1, 0), p))]).toEqual([1, 1, 1]);
    expect([...(await run(sparseCategoricalAccuracy, array([3], 1, 2, 2), p))]).toEqual([0, 0, 0]);
  });

  it("is averaged by meanOf", async () => {
    using scope = device().scope();
    const [y, p] = [scope.tensor([4]), scope.tensor([4, 1])];
    device().write(y, new Float32Array([1, 0, 1, 1]));
    device().write(p, new Float32Array([0.9, 0.5, 0.5, 0.51]));
    expect((await device().read(meanOf(scope, binaryAccuracy(scope, y, p)))).data[0]).toBe(0.75);
  });

  it("refuses shapes that do not fit", () => {
    using scope = device().scope();
    const p = scope.tensor([4, 3]);
    expect(() => binaryAccuracy(scope, scope.tensor([4]), p)).toThrow(
      "[binaryAccuracy] y is [4] and the prediction [4,3]: both need the same shape",
    );
    expect(() => categoricalAccuracy(scope, scope.tensor([4]), p)).toThrow(
      "[categoricalAccuracy] y is [4] and the prediction [4,3]: both need the same shape",
    );
    expect(() => sparseCategoricalAccuracy(scope, p, p)).toThrow(
      "[sparseCategoricalAccuracy] y is [4,3] and the prediction [4,3]: y needs one class index per row, [4] or [4,1].",
    );
  });
});
