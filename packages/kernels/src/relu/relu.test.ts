import { describe, expect, it } from "vitest";
import { expectClose, grad, openTestDevice, randomArray, tfjs } from "../testing/index.ts";
import { reluBackwardReference, reluForwardReference } from "./relu.reference.ts";
import { reluBackward, reluForward } from "./relu.ts";

/** Odd sizes: below, at and above a workgroup, and one that folds nothing. */
const shapes = [[1], [63], [64], [65], [3, 5, 7, 2], [2, 150, 70]];

describe("relu", () => {
  const device = openTestDevice();

  it.each(shapes.map((shape) => ({ shape })))(
    "agrees with the reference and tfjs on $shape",
    async ({ shape }) => {
      const x = randomArray(shape, 1);
      x.data[0] = 0;
      const dy = randomArray(shape, 2);
      using scope = device().scope();
      const xTensor = scope.tensor(shape);
      const dyTensor = scope.tensor(shape);
      device().write(xTensor, x.data);
      device().write(dyTensor, dy.data);
      const y = reluForward(scope, xTensor);
      const dx = reluBackward(scope, y, dyTensor);
      const { data: yData } = await device().read(y);
      const { data: dxData } = await device().read(dx);
      expectClose(yData, reluForwardReference(x.data), { absolute: 0, relative: 0 });
      expectClose(dxData, reluBackwardReference(yData, dy.data), { absolute: 0, relative: 0 });
      expectClose(dxData, grad((t) => tfjs.relu(t), [x], dy)[0], { absolute: 0, relative: 0 });
    },
  );

  it("passes NaN on, and stops −∞", async () => {
    using scope = device().scope();
    const x = scope.tensor([6]);
    const { NaN: nan, NEGATIVE_INFINITY, POSITIVE_INFINITY } = Number;
    device().write(x, Float32Array.of(nan, -nan, -1, NEGATIVE_INFINITY, POSITIVE_INFINITY, 2));
    const { data } = await device().read(reluForward(scope, x));
    expect([...data]).toEqual([nan, nan, 0, 0, POSITIVE_INFINITY, 2]);
    expect([...reluForwardReference(Float32Array.of(nan, -1))]).toEqual([nan, 0]);
  });
});
