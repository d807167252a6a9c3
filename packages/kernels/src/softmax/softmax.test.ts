import { describe, expect, it } from "vitest";
import { expectClose, grad, openTestDevice, randomArray, tfjs } from "../testing/index.ts";
import { softmaxBackwardReference, softmaxForwardReference } from "./softmax.reference.ts";
import { softmaxBackward, softmaxForward } from "./softmax.ts";

/** One column, odd ones, more rows than a workgroup, a rank of three, one row alone. */
const shapes = [[1, 1], [3, 1], [3, 5], [1, 70], [70, 3], [130, 10], [2, 3, 70], [7]];

describe("softmax", () => {
  const device = openTestDevice();

  it.each(shapes.map((shape) => ({ shape })))(
    "agrees with the reference and tfjs on $shape",
    async ({ shape }) => {
      const columns = shape[shape.length - 1];
      const x = randomArray(shape, 1, -4, 4);
      const dy = randomArray(shape, 2);
      using scope = device().scope();
      const xTensor = scope.tensor(shape);
      const dyTensor = scope.tensor(shape);
      device().write(xTensor, x.data);
      device().write(dyTensor, dy.data);
      const y = softmaxForward(scope, xTensor);
      const dx = softmaxBackward(scope, y, dyTensor);
      const { data: yData } = await device().read(y);
      const { data: dxData } = await device().read(dx);
      // WGSL lets exp(d), |d| ≤ 8, be off by (3 + 2·8)·2⁻²³ of itself, above and below the fraction bar, and the
      // difference d carries half a rounding step of 8: 8·2⁻²⁴ more of exp(d).
      const relative = (2 * 38 + 2 * 8 + 8) * 2 ** -24;
      expectClose(yData, softmaxForwardReference(x.data, columns), { absolute: 0, relative });
      expectClose(dxData, softmaxBackwardReference(yData, dy.data, columns), { terms: columns });
      // tfjs differentiates at its own y, and |dx| ≤ 2y where |dy| ≤ 1.
      const wanted = grad((t) => tfjs.softmax(t), [x], dy)[0];
      expectClose(dxData, wanted, { absolute: 4 * relative });
    },
  );

  it("stays finite for large logits", async () => {
    using scope = device().scope();
    const x = scope.tensor([3, 3]);
    device().write(x, Float32Array.of(1e4, 1e4, -1e4, -1e30, -1e30, -1e30, 0, 1e30, 0));
    const { data } = await device().read(softmaxForward(scope, x));
    const third = 1 / 3;
    expectClose(data, [0.5, 0.5, 0, third, third, third, 0, 1, 0]);
  });

  it("passes NaN on to its row, and to no other", async () => {
    using scope = device().scope();
    const x = scope.tensor([3, 2]);
    const { NaN: nan } = Number;
    device().write(x, Float32Array.of(nan, 1, 0, 0, 1, nan));
    const { data } = await device().read(softmaxForward(scope, x));
    expect([...data]).toEqual([nan, nan, 0.5, 0.5, nan, nan]);
  });

  it("makes no new pipeline for another number of rows", async () => {
    using scope = device().scope();
    softmaxForward(scope, scope.tensor([32, 10]));
    const { pipelines } = device().created;
    softmaxForward(scope, scope.tensor([17, 10]));
    expect(device().created.pipelines).toBe(pipelines);
  });

  it("refuses shapes it cannot use", () => {
    using scope = device().scope();
    expect(() => softmaxForward(scope, scope.tensor([]))).toThrow(
      "[softmax] x is []: a last axis of at least one value is needed, such as [batch,classes].",
    );
    expect(() => softmaxBackward(scope, scope.tensor([2, 3]), scope.tensor([3, 2]))).toThrow(
      "[softmax] backward: y is [2,3] and dy is [3,2]: both must have one shape.",
    );
  });
});
