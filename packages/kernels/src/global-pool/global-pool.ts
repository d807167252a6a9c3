import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { formatShape, sizeOf, type Tensor } from "../device/tensor.ts";
import { checkShape } from "../pool2d/check-shape.ts";
import averageBackwardWgsl from "./average-backward.wgsl";
import averageForwardWgsl from "./average-forward.wgsl";
import maxBackwardWgsl from "./max-backward.wgsl";
import maxForwardWgsl from "./max-forward.wgsl";

const averageForward = defineKernel({
  name: "global-average-pool.forward",
  wgsl: averageForwardWgsl,
  buffers: ["x", "y"],
  constants: ["PIXELS", "CHANNELS"],
  step: ["count"],
});
const averageBackward = defineKernel({
  name: "global-average-pool.backward",
  wgsl: averageBackwardWgsl,
  buffers: ["dy", "dx"],
  constants: ["PIXELS", "CHANNELS"],
  step: ["count"],
});
const maxForward = defineKernel({
  name: "global-max-pool.forward",
  wgsl: maxForwardWgsl,
  buffers: ["x", "y", "argmax"],
  constants: ["PIXELS", "CHANNELS"],
  step: ["count"],
});
const maxBackward = defineKernel({
  name: "global-max-pool.backward",
  wgsl: maxBackwardWgsl,
  buffers: ["argmax", "dy", "dx"],
  constants: ["PIXELS", "CHANNELS"],
  step: ["count"],
});

/** The pipeline constants and the result's shape [batch, channels]. @throws on a shape that is not NHWC with pixels */
function geometryOf(where: string, inputShape: readonly number[]) {
  const [batch, height, width, channels] = inputShape;
  if (inputShape.length !== 4 || height < 1 || width < 1 || channels < 1) {
    throw new Error(
      `[${where}] the input is ${formatShape(inputShape)}: [batch,height,width,channels] with at least one pixel is needed.`,
    );
  }
  return { constants: { PIXELS: height * width, CHANNELS: channels }, outputShape: [batch, channels] };
}

/** The mean of each channel's pixels: x [n,h,w,c] → y [n,c]. @throws where x is not NHWC */
export function globalAveragePool2dForward(scope: Scope, x: Tensor): Tensor {
  const { constants, outputShape } = geometryOf("globalAveragePool2dForward", x.shape);
  const y = scope.tensor(outputShape);
  const count = sizeOf(outputShape);
  scope.device.run(averageForward, { x, y }, constants, { grid: gridFor(count), step: { count } });
  return y;
}

/** dx of shape `inputShape` [n,h,w,c] from dy [n,c]: shared equally among the pixels. @throws on other shapes */
export function globalAveragePool2dBackward(scope: Scope, inputShape: readonly number[], dy: Tensor): Tensor {
  const { constants, outputShape } = geometryOf("globalAveragePool2dBackward", inputShape);
  checkShape("globalAveragePool2dBackward", "dy", dy.shape, outputShape);
  const dx = scope.tensor(inputShape);
  const count = sizeOf(inputShape);
  scope.device.run(averageBackward, { dy, dx }, constants, { grid: gridFor(count), step: { count } });
  return dx;
}

/**
 * The maximum of each channel's pixels: x [n,h,w,c] → y [n,c], and `argmax` (uint32, [n,c]): which pixel was chosen, as
 * the index `(iy·width + ix)·channels + c` within its picture; of equal maxima the first in row-major order.
 * @throws where x is not NHWC
 */
export function globalMaxPool2dForward(scope: Scope, x: Tensor): { y: Tensor; argmax: Tensor } {
  const { constants, outputShape } = geometryOf("globalMaxPool2dForward", x.shape);
  const y = scope.tensor(outputShape);
  const argmax = scope.tensor(outputShape, "uint32");
  const count = sizeOf(outputShape);
  scope.device.run(maxForward, { x, y, argmax }, constants, { grid: gridFor(count), step: { count } });
  return { y, argmax };
}

/** dx of shape `inputShape` [n,h,w,c] from the forward's argmax and dy, both [n,c]. @throws on other shapes */
export function globalMaxPool2dBackward(
  scope: Scope,
  inputShape: readonly number[],
  argmax: Tensor,
  dy: Tensor,
): Tensor {
  const { constants, outputShape } = geometryOf("globalMaxPool2dBackward", inputShape);
  checkShape("globalMaxPool2dBackward", "argmax", argmax.shape, outputShape);
  checkShape("globalMaxPool2dBackward", "dy", dy.shape, outputShape);
  const dx = scope.tensor(inputShape);
  const count = sizeOf(inputShape);
  scope.device.run(maxBackward, { argmax, dy, dx }, constants, { grid: gridFor(count), step: { count } });
  return dx;
}
