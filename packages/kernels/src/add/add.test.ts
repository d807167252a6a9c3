import { describe, expect, it } from "vitest";
import {
  expectClose,
  grad,
  openTestDevice,
  randomArray,
  tfjs,
  upload,
  wholeNumbers,
} from "../testing/index.ts";
import { addBackwardReference, addForwardReference } from "./add.reference.ts";
import { addBackward, addForward } from "./add.ts";

/** Odd sizes: below, at and above a workgroup, and larger ones. */
const shapes = [[1], [63], [64], [65], [3, 5, 7, 2], [2, 150, 70]];

/** Shapes of the operands and of the result. */
const broadcasts: { a: number[]; b: number[]; y: number[] }[] = [
  { a: [3, 5, 7, 70], b: [70], y: [3, 5, 7, 70] },
  { a: [], b: [5, 3], y: [5, 3] },
  { a: [1], b: [65], y: [65] },
  { a: [1, 1, 7], b: [7], y: [1, 1, 7] },
  { a: [5, 1], b: [1, 70], y: [5, 70] },
  { a: [3, 1, 1, 5], b: [3, 9, 7, 5], y: [3, 9, 7, 5] },
  { a: [3, 9, 7, 1], b: [9, 1, 5], y: [3, 9, 7, 5] },
  { a: [150, 3], b: [1, 3], y: [150, 3] },
  // Gradients of many elements, of few terms each.
  { a: [3, 130, 130], b: [130, 130], y: [3, 130, 130] },
  { a: [2, 130, 1, 70], b: [2, 130, 3, 70], y: [2, 130, 3, 70] },
  { a: [2, 1, 3, 1, 2, 1], b: [1, 3, 1, 2, 1, 5], y: [2, 3, 3, 2, 2, 5] },
  { a: [2, 1, 3, 1, 2, 1], b: [2, 3, 3, 2, 2, 5], y: [2, 3, 3, 2, 2, 5] },
  { a: [2, 3, 1, 2, 2, 2], b: [1, 2], y: [2, 3, 1, 2, 2, 2] },
  { a: [2, 1, 1, 1, 1, 1, 3, 1], b: [3, 1, 1], y: [2, 1, 1, 1, 1, 3, 3, 1] },
];
const exact = { absolute: 0, relative: 0 };

describe("add", () => {
  const device = openTestDevice();

  it.each(shapes.map((shape) => ({ shape })))(
    "agrees with the reference and tfjs on $shape",
    async ({ shape }) => {
      const a = randomArray(shape, 1);
      const b = randomArray(shape, 2);
      using scope = device().scope();
      const y = addForward(scope, upload(scope, a), upload(scope, b));
      const wanted = addForwardReference(a, b, shape);
      expectClose((await device().read(y)).data, wanted, exact);
      expectClose(
        tfjs.tidy(() => tfjs.add(tfjs.tensor(a.data), tfjs.tensor(b.data)).dataSync()),
        wanted,
        exact,
      );
      expect(addBackward(scope, y, shape)).toEqual(y);
    },
  );

  it.each(broadcasts)("broadcasts $a and $b", async ({ a: aShape, b: bShape, y: yShape }) => {
    const a = randomArray(aShape, 1);
    const b = randomArray(bShape, 2);
    // Whole numbers: their sums are exact, whatever their order.
    const dy = wholeNumbers(yShape, 3);
    using scope = device().scope();
    const [aTensor, bTensor, dyTensor] = [a, b, dy].map((array) => upload(scope, array));
    const y = addForward(scope, aTensor, bTensor);
    expect(y.shape).toEqual(yShape);
    expectClose((await device().read(y)).data, addForwardReference(a, b, yShape), exact);
    const swapped = await device().read(addForward(scope, bTensor, aTensor));
    expectClose(swapped.data, (await device().read(y)).data, exact);
    for (const operand of [a, b]) {
      const gradient = addBackward(scope, dyTensor, operand.shape);
      expect(gradient.shape).toEqual(operand.shape);
      expectClose((await device().read(gradient)).data, addBackwardReference(dy, operand.shape), exact);
    }
    if (yShape.length > 6) return; // tfjs has 6 dimensions
    const add = (s: tfjs.Tensor, t: tfjs.Tensor) => tfjs.add<tfjs.Tensor>(s, t);
    const [da, db] = grad(add, [a, b], dy);
    expectClose(addBackwardReference(dy, aShape), da, exact);
    expectClose(addBackwardReference(dy, bShape), db, exact);
  });

  it("agrees with finite differences", async () => {
    const shape = [4, 3];
    const x = wholeNumbers([3], 1);
    const other = wholeNumbers(shape, 2);
    const dy = wholeNumbers(shape, 3);
    using scope = device().scope();
    const lossOf = async (values: Float32Array) => {
      const y = addForward(scope, upload(scope, { shape: [3], data: values }), upload(scope, other));
      const { data } = await device().read(y);
      return data.reduce((sum, value, i) => sum + dy.data[i] * value, 0);
    };
    const { data: gradient } = await device().read(addBackward(scope, upload(scope, dy), [3]));
    for (let i = 0; i < 3; i++) {
      const difference =
        (await lossOf(x.data.with(i, x.data[i] + 1))) - (await lossOf(x.data.with(i, x.data[i] - 1)));
      // The sum is linear and its numbers are whole, so the difference is exact.
      expect(gradient[i]).toBe(difference / 2);
    }
  });

  it("sums a gradient of many terms within the bound of its additions, twice to the same bits", async () => {
    const dy = randomArray([20_001, 3], 4);
    using scope = device().scope();
    const dyTensor = upload(scope, dy);
    const { data } = await device().read(addBackward(scope, dyTensor, [3]));
    expectClose(data, addBackwardReference(dy, [3]), { terms: 20_001 });
    expect((await device().read(addBackward(scope, dyTensor, [3]))).data).toEqual(data);
  });

  it("makes no new pipeline for another batch size", () => {
    using scope = device().scope();
    const step = (batch: number) => {
      const image = [batch, 5, 4, 3];
      for (const operand of [[3], [batch, 1, 1, 3], [1, 5, 4, 3], [5, 1, 1], [batch, 5, 4, 1]]) {
        const y = addForward(scope, scope.tensor(image), scope.tensor(operand));
        addBackward(scope, y, operand);
      }
    };
    step(20);
    const { pipelines } = device().created;
    step(7);
    expect(device().created.pipelines).toBe(pipelines);
  });

  it("gives nothing for an empty operand, and zeros as the gradient of one that met it", async () => {
    using scope = device().scope();
    const one = upload(scope, { shape: [1], data: Float32Array.of(3) });
    const y = addForward(scope, one, scope.tensor([0, 0, 5]));
    expect(y.shape).toEqual([0, 0, 5]);
    expect([...(await device().read(addBackward(scope, y, [1]))).data]).toEqual([0]);
  });

  it("reaches every element of a tensor whose grid folds into two dimensions", async () => {
    const count = 65_536 * 64 + 1;
    const values = Float32Array.from({ length: count }, (_, i) => i % 1000);
    using scope = device().scope();
    const a = scope.tensor([count]);
    const b = scope.tensor([count]);
    device().write(a, values);
    device().write(b, new Float32Array(count).fill(1));
    const { data } = await device().read(addForward(scope, a, b));
    expect(data.findIndex((value, i) => value !== values[i] + 1)).toBe(-1);
  });

  it("adds a tensor to itself", async () => {
    using scope = device().scope();
    const a = scope.tensor([3]);
    device().write(a, Float32Array.of(1, -2, 0.5));
    expect([...(await device().read(addForward(scope, a, a))).data]).toEqual([2, -4, 1]);
  });

  it("refuses shapes that do not broadcast", () => {
    using scope = device().scope();
    const [a, b] = [scope.tensor([2, 3]), scope.tensor([3, 2])];
    expect(() => addForward(scope, a, b)).toThrow(
      "[add] a is [2,3] and b is [3,2]: counted from the last, their sizes must be equal, or one of them 1.",
    );
    expect(() => addForward(scope, a, scope.tensor([2]))).toThrow("[add] a is [2,3] and b is [2]: counted");
    expect(() => addBackward(scope, a, [2, 2, 3])).toThrow(
      "[add] backward: dy is [2,3], and [2,2,3] does not broadcast to it.",
    );
    const [odd, even] = [scope.tensor([2, 1, 2, 1, 2, 1, 2]), scope.tensor([1, 2, 1, 2, 1, 2, 1])];
    expect(() => addForward(scope, odd, even)).toThrow(
      "[add] a is [2,1,2,1,2,1,2] and b is [1,2,1,2,1,2,1]: axes that are broadcast and axes that are not take turns " +
        "7 times, 6 is the most. Give shapes of fewer dimensions.",
    );
    expect(() => addBackward(scope, scope.tensor([2, 2, 2, 2, 2, 2, 2]), odd.shape)).toThrow(
      "[add] an operand is [2,1,2,1,2,1,2] and dy is [2,2,2,2,2,2,2]: axes",
    );
  });
});
