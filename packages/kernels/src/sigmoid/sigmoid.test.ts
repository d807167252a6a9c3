import { describe, expect, it } from "vitest";
import { expectClose, grad, openTestDevice, randomArray, tfjs } from "../testing/index.ts";
import { sigmoidBackwardReference, sigmoidForwardReference } from "./sigmoid.reference.ts";
import { sigmoidBackward, sigmoidForward } from "./sigmoid.ts";

/** Odd sizes: below, at and above a workgroup, and larger ones. */
const shapes = [[1], [63], [64], [65], [3, 5, 7, 2], [2, 150, 70]];

// WGSL lets exp(−|x|) be off by (3 + 2|x|)·2⁻²³ of itself; its share in y is largest at 0, and the sum and the division
// add less than 4 rounding steps: 16·2⁻²⁴ bounds them all.
const forwardTolerance = { absolute: 16 * 2 ** -24, relative: 0 };

describe("sigmoid", () => {
  const device = openTestDevice();

  it.each(shapes.map((shape) => ({ shape })))(
    "agrees with the reference and tfjs on $shape",
    async ({ shape }) => {
      const x = randomArray(shape, 1, -8, 8);
      const dy = randomArray(shape, 2);
      using scope = device().scope();
      const xTensor = scope.tensor(shape);
      const dyTensor = scope.tensor(shape);
      device().write(xTensor, x.data);
      device().write(dyTensor, dy.data);
      const y = sigmoidForward(scope, xTensor);
      const dx = sigmoidBackward(scope, y, dyTensor);
      const { data: yData } = await device().read(y);
      const { data: dxData } = await device().read(dx);
      expectClose(yData, sigmoidForwardReference(x.data), forwardTolerance);
      expectClose(dxData, sigmoidBackwardReference(yData, dy.data), { absolute: 0 });
      // tfjs differentiates at its own y; |d(y − y²)| ≤ |dy|, so its difference is the forward's.
      expectClose(dxData, grad((t) => tfjs.sigmoid(t), [x], dy)[0], {
        absolute: 2 * forwardTolerance.absolute,
      });
    },
  );

  it("is exactly 0 and 1 far out, and 1/2 at 0", async () => {
    using scope = device().scope();
    const x = scope.tensor([7]);
    device().write(x, Float32Array.of(-1e30, -1e4, -200, 0, 200, 1e4, 1e30));
    const { data } = await device().read(sigmoidForward(scope, x));
    expect([...data]).toEqual([0, 0, 0, 0.5, 1, 1, 1]);
  });

  it("refuses a gradient of another shape", () => {
    using scope = device().scope();
    expect(() => sigmoidBackward(scope, scope.tensor([2, 3]), scope.tensor([3, 2]))).toThrow(
      "[sigmoid] backward: y is [2,3] and dy is [3,2]: both must have one shape.",
    );
  });
});
