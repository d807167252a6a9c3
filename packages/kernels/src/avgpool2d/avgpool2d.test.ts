import { describe, expect, it } from "vitest";
import { type Pool2dGeometry, pool2dGeometry } from "../pool2d/geometry.ts";
import { poolCases, tfjsPool } from "../pool2d/test-cases.ts";
import { expectClose, grad, openTestDevice, randomArray, tfjs } from "../testing/index.ts";
import { avgPool2dBackwardReference, avgPool2dForwardReference } from "./avgpool2d.reference.ts";
import { avgPool2dBackward, avgPool2dForward } from "./avgpool2d.ts";

/**
 * The mean without padding, built of tfjs ops whose gradients are right: the mean of the zero-padded picture times
 * the window's size, over the number of real pixels. (The gradient of `tfjs.avgPool` itself divides by the whole
 * window where there is padding, against its own forward.)
 */
function tfjsAvgPool(geometry: Pool2dGeometry, x: tfjs.Tensor): tfjs.Tensor {
  const { POOL_H, POOL_W } = geometry.constants;
  const sum = (t: tfjs.Tensor) => tfjs.mul(tfjsPool("avg", geometry, t, 0), POOL_H * POOL_W);
  return tfjs.div(sum(x), sum(tfjs.onesLike(x)));
}

describe("avgpool2d", () => {
  const device = openTestDevice();

  async function run(geometry: Pool2dGeometry, x: Float32Array, dy: Float32Array) {
    using scope = device().scope();
    const xTensor = scope.tensor(geometry.inputShape);
    const dyTensor = scope.tensor(geometry.outputShape);
    device().write(xTensor, x);
    device().write(dyTensor, dy);
    const y = avgPool2dForward(scope, geometry, xTensor);
    const dx = avgPool2dBackward(scope, geometry, dyTensor);
    return { y: (await device().read(y)).data, dx: (await device().read(dx)).data };
  }

  it.each(poolCases.map((geometry) => ({ title: `${geometry}`, geometry })))(
    "agrees with the reference and tfjs: $title",
    async ({ geometry }) => {
      const x = randomArray(geometry.inputShape, 1);
      const dy = randomArray(geometry.outputShape, 2);
      const got = await run(geometry, x.data, dy.data);
      const terms = geometry.constants.POOL_H * geometry.constants.POOL_W;
      expectClose(got.y, avgPool2dForwardReference(geometry, x.data), { terms });
      expectClose(got.dx, avgPool2dBackwardReference(geometry, dy.data), { terms });
      const f = (t: tfjs.Tensor) => tfjsAvgPool(geometry, t);
      expectClose(got.y, f(tfjs.tensor(x.data, [...x.shape])).dataSync(), { terms });
      expectClose(got.dx, grad(f, [x], dy)[0], { terms });
    },
  );

  it("agrees with tfjs's own avgPool: forward with same padding, backward without padding", async () => {
    const same = pool2dGeometry({ inputShape: [3, 9, 7, 3], poolSize: 3, strides: 2, padding: "same" });
    const valid = pool2dGeometry({ inputShape: [3, 9, 7, 3], poolSize: 3, strides: 2, padding: "valid" });
    const x = randomArray(same.inputShape, 3);
    const pool = (padding: "same" | "valid") => (t: tfjs.Tensor) =>
      tfjs.avgPool(t as tfjs.Tensor4D, 3, 2, padding);
    const gotSame = await run(same, x.data, randomArray(same.outputShape, 4).data);
    expectClose(gotSame.y, pool("same")(tfjs.tensor(x.data, [...x.shape])).dataSync(), { terms: 9 });
    const dy = randomArray(valid.outputShape, 4);
    const gotValid = await run(valid, x.data, dy.data);
    expectClose(gotValid.dx, grad(pool("valid"), [x], dy)[0], { terms: 9 });
  });

  it("does not count padding: a constant picture stays constant up to its border", async () => {
    const geometry = pool2dGeometry({ inputShape: [1, 5, 5, 1], poolSize: 3, strides: 1, padding: "same" });
    const { y, dx } = await run(geometry, new Float32Array(25).fill(2), new Float32Array(25).fill(36));
    expectClose(y, new Float32Array(25).fill(2));
    // The corner is held by windows of 4, 6, 6 and 9 pixels: 36/4 + 36/6 + 36/6 + 36/9.
    expectClose([dx[0]], [25], { magnitude: 36, terms: 4 });
  });

  it("refuses other shapes than the geometry's", () => {
    const geometry = pool2dGeometry({ inputShape: [2, 5, 5, 3], poolSize: 2, padding: "valid" });
    using scope = device().scope();
    expect(() => avgPool2dForward(scope, geometry, scope.tensor([1, 5, 5, 3]))).toThrow(
      "[avgPool2dForward] x is [1,5,5,3], [2,5,5,3] is needed.",
    );
    expect(() => avgPool2dBackward(scope, geometry, scope.tensor([2, 5, 5, 3]))).toThrow(
      "[avgPool2dBackward] dy is [2,5,5,3], [2,2,2,3] is needed.",
    );
  });
});
