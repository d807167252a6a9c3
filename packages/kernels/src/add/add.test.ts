import { describe, expect, it } from "vitest";
import { expectClose, openTestDevice, randomArray, tfjs } from "../testing/index.ts";
import { addForwardReference } from "./add.reference.ts";
import { accumulate, addForward } from "./add.ts";

/** Odd sizes: below, at and above a workgroup, and larger ones. */
const shapes = [[1], [63], [64], [65], [3, 5, 7, 2], [2, 150, 70]];
const exact = { absolute: 0, relative: 0 };

describe("add", () => {
  const device = openTestDevice();

  it.each(shapes.map((shape) => ({ shape })))(
    "agrees with the reference and tfjs on $shape",
    async ({ shape }) => {
      const a = randomArray(shape, 1);
      const b = randomArray(shape, 2);
      using scope = device().scope();
      const aTensor = scope.tensor(shape);
      const bTensor = scope.tensor(shape);
      device().write(aTensor, a.data);
      device().write(bTensor, b.data);
      const y = addForward(scope, aTensor, bTensor);
      accumulate(scope, aTensor, bTensor);
      const wanted = addForwardReference(a.data, b.data);
      expectClose((await device().read(y)).data, wanted, exact);
      expectClose((await device().read(aTensor)).data, wanted, exact);
      expectClose((await device().read(bTensor)).data, b.data, exact);
      expectClose(
        tfjs.tidy(() => tfjs.add(tfjs.tensor(a.data), tfjs.tensor(b.data)).dataSync()),
        wanted,
        exact,
      );
    },
  );

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

  it("leaves a larger buffer's tail alone", async () => {
    using scope = device().scope();
    const whole = scope.tensor([5]);
    const value = scope.tensor([3]);
    device().write(whole, Float32Array.of(1, 2, 3, 4, 5));
    device().write(value, Float32Array.of(10, 10, 10));
    accumulate(scope, { ...whole, shape: [3] }, value);
    expect([...(await device().read(whole)).data]).toEqual([11, 12, 13, 4, 5]);
  });

  it("refuses different shapes, and a target that is its own value", () => {
    using scope = device().scope();
    const a = scope.tensor([2, 3]);
    const b = scope.tensor([3, 2]);
    expect(() => addForward(scope, a, b)).toThrow(
      "[add] a is [2,3] and b is [3,2]: both must have one shape.",
    );
    expect(() => accumulate(scope, a, b)).toThrow(
      "[add] accumulate: the target is [2,3] and the value is [3,2]: both must have one shape.",
    );
    expect(() => accumulate(scope, a, a)).toThrow(
      "[add] accumulate: the target and the value share one buffer",
    );
  });
});
