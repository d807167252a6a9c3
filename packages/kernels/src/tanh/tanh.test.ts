import { describe, expect, it } from "vitest";
import { expectClose, grad, openTestDevice, randomArray, tfjs } from "../testing/index.ts";
import { tanhBackwardReference, tanhForwardReference } from "./tanh.reference.ts";
import { tanhBackward, tanhForward } from "./tanh.ts";

/** Odd sizes: below, at and above a workgroup, and larger ones. */
const shapes = [[1], [63], [64], [65], [3, 5, 7, 2], [2, 150, 70]];

// Worst just above |x| = 1/4: WGSL lets exp(−1/2) = 0.61 be off by 4·2⁻²³ of itself, which moves y = 0.245 by 16·2⁻²⁴ of
// itself; the difference, the sum and the division add less than 8 more. Below 1/4 the series is off by a few at most.
const forwardTolerance = { absolute: 0, relative: 24 * 2 ** -24 };

describe("tanh", () => {
  const device = openTestDevice();

  it.each(shapes.map((shape) => ({ shape })))(
    "agrees with the reference and tfjs on $shape",
    async ({ shape }) => {
      const x = randomArray(shape, 1, -3, 3);
      const dy = randomArray(shape, 2);
      using scope = device().scope();
      const xTensor = scope.tensor(shape);
      const dyTensor = scope.tensor(shape);
      device().write(xTensor, x.data);
      device().write(dyTensor, dy.data);
      const y = tanhForward(scope, xTensor);
      const dx = tanhBackward(scope, y, dyTensor);
      const { data: yData } = await device().read(y);
      const { data: dxData } = await device().read(dx);
      expectClose(yData, tanhForwardReference(x.data), forwardTolerance);
      expectClose(dxData, tanhBackwardReference(yData, dy.data), { absolute: 0 });
      // tfjs differentiates at its own y; |d(1 − y²)| ≤ 2|dy|, so its difference is twice the forward's.
      expectClose(dxData, grad((t) => tfjs.tanh(t), [x], dy)[0], {
        absolute: 3 * forwardTolerance.relative,
      });
    },
  );

  it("keeps its digits around 0 and on both sides of the series' end", async () => {
    const x = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 4000);
    const tiny = Float32Array.of(1e-30, -1e-10, 1e-6, -1e-3, 0.24999, 0.25, 0.25001, -0.25);
    using scope = device().scope();
    for (const values of [x, tiny]) {
      const tensor = scope.tensor([values.length]);
      device().write(tensor, values);
      const { data } = await device().read(tanhForward(scope, tensor));
      expectClose(data, tanhForwardReference(values), forwardTolerance);
    }
  });

  it("is exactly ±1 far out, and 0 at 0", async () => {
    using scope = device().scope();
    const x = scope.tensor([7]);
    device().write(x, Float32Array.of(-1e30, -1e4, -50, 0, 50, 1e4, 1e30));
    const { data } = await device().read(tanhForward(scope, x));
    expect([...data]).toEqual([-1, -1, -1, 0, 1, 1, 1]);
  });

  it("refuses a gradient of another shape", () => {
    using scope = device().scope();
    expect(() => tanhBackward(scope, scope.tensor([2, 3]), scope.tensor([3, 2]))).toThrow(
      "[tanh] backward: y is [2,3] and dy is [3,2]: both must have one shape.",
    );
  });
});
