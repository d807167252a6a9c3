import { describe, expect, it } from "vitest";
import { sizeOf } from "../device/tensor.ts";
import { expectClose, grad, openTestDevice, randomArray, tfjs, upload } from "../testing/index.ts";
import { concatenateReference, splitReference } from "./concatenate.reference.ts";
import { concatenate, slice } from "./concatenate.ts";

const cases: { shapes: number[][]; axis: number }[] = [
  { shapes: [[1], [2]], axis: 0 },
  {
    shapes: [
      [3, 5, 7, 3],
      [3, 5, 7, 70],
      [3, 5, 7, 1],
    ],
    axis: 3,
  },
  {
    shapes: [
      [2, 9, 7, 8],
      [2, 9, 7, 64],
      [2, 9, 7, 4],
    ],
    axis: -1,
  },
  {
    shapes: [
      [2, 3, 4],
      [2, 5, 4],
    ],
    axis: 1,
  },
  {
    shapes: [
      [3, 65],
      [5, 65],
    ],
    axis: 0,
  },
  {
    shapes: [
      [2, 3, 5, 6],
      [2, 3, 1, 6],
    ],
    axis: -2,
  },
];
const exact = { absolute: 0, relative: 0 };

describe("concatenate", () => {
  const device = openTestDevice();

  it.each(cases)("agrees with the reference and tfjs: $shapes along $axis", async ({ shapes, axis }) => {
    const positive = axis < 0 ? axis + shapes[0].length : axis;
    const parts = shapes.map((shape, i) => randomArray(shape, i));
    using scope = device().scope();
    const y = concatenate(
      scope,
      parts.map((part) => upload(scope, part)),
      axis,
    );
    const { shape, data } = await device().read(y);
    expectClose(data, concatenateReference(parts, positive), exact);
    const dy = randomArray(shape, 9);
    const join = (...tensors: tfjs.Tensor[]) => tfjs.concat(tensors, positive);
    const wanted = grad(join, parts, dy);
    const dyTensor = upload(scope, dy);
    let begin = 0;
    for (const [i, part] of parts.entries()) {
      const size = part.shape[positive];
      const gradient = await device().read(slice(scope, dyTensor, axis, begin, size));
      expect(gradient.shape).toEqual(part.shape);
      expectClose(gradient.data, wanted[i], exact);
      begin += size;
    }
    splitReference(dy.data, shapes, positive).forEach((piece, i) => {
      expectClose(piece, wanted[i], exact);
    });
    expect(shape[positive]).toBe(begin);
  });

  it("reaches every element of a grid that folds into two dimensions", async () => {
    const shape = [66_000, 65];
    const x = { shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => i % 9973) };
    using scope = device().scope();
    const tensor = upload(scope, x);
    const { data } = await device().read(concatenate(scope, [tensor, slice(scope, tensor, 1, 3, 1)], 1));
    expect(
      data.findIndex((value, i) => value !== x.data[Math.floor(i / 66) * 65 + (i % 66 === 65 ? 3 : i % 66)]),
    ).toBe(-1);
  });

  it("copies nothing for one part, or all of one", () => {
    using scope = device().scope();
    const x = scope.tensor([2, 3]);
    expect(concatenate(scope, [x], 1)).toBe(x);
    expect(slice(scope, x, 1, 0, 3)).toBe(x);
  });

  it("takes empty parts", async () => {
    using scope = device().scope();
    const x = upload(scope, { shape: [2, 1], data: Float32Array.of(1, 2) });
    const y = concatenate(scope, [scope.tensor([2, 0]), x], 1);
    expect([...(await device().read(y)).data]).toEqual([1, 2]);
  });

  it("refuses what cannot be joined or cut", () => {
    using scope = device().scope();
    const x = scope.tensor([2, 3]);
    expect(() => concatenate(scope, [], 0)).toThrow(
      "[concatenate] there is nothing to join: give at least one tensor.",
    );
    expect(() => concatenate(scope, [x, scope.tensor([3, 3])], 1)).toThrow(
      "[concatenate] [2,3] and [3,3] differ in another axis than 1, along which they are joined.",
    );
    expect(() => concatenate(scope, [x, scope.tensor([2, 3, 1])], 1)).toThrow(
      "[concatenate] [2,3] and [2,3,1] differ",
    );
    expect(() => concatenate(scope, [x], 2)).toThrow(
      "[concatenate] axis is 2: a tensor [2,3] has axes 0 to 1.",
    );
    expect(() => slice(scope, x, 1, 2, 2)).toThrow(
      "[slice] 2 to 4 of axis 1 was asked for, x is [2,3]: it ends at 3.",
    );
  });
});
