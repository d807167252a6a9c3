import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { formatShape, sizeOf, type Tensor } from "../device/tensor.ts";
import backwardWgsl from "./backward.wgsl";
import forwardWgsl from "./forward.wgsl";

const forward = defineKernel({
  name: "sigmoid.forward",
  wgsl: forwardWgsl,
  buffers: ["x", "y"],
  step: ["count"],
});
const backward = defineKernel({
  name: "sigmoid.backward",
  wgsl: backwardWgsl,
  buffers: ["y", "dy", "dx"],
  step: ["count"],
});

/** y = 1 / (1 + exp(−x)), of x's shape; exact 0 and 1 far out, never NaN. */
export function sigmoidForward(scope: Scope, x: Tensor): Tensor {
  const y = scope.tensor(x.shape);
  const count = sizeOf(x.shape);
  scope.device.run(forward, { x, y }, {}, { grid: gridFor(count), step: { count } });
  return y;
}

/**
 * dx = dy·y·(1 − y), from the forward's own result y.
 * @throws where y and dy differ in shape
 */
export function sigmoidBackward(scope: Scope, y: Tensor, dy: Tensor): Tensor {
  if (formatShape(y.shape) !== formatShape(dy.shape)) {
    throw new Error(
      `[sigmoid] backward: y is ${formatShape(y.shape)} and dy is ${formatShape(dy.shape)}: both must have one shape.`,
    );
  }
  const dx = scope.tensor(y.shape);
  const count = sizeOf(y.shape);
  scope.device.run(backward, { y, dy, dx }, {}, { grid: gridFor(count), step: { count } });
  return dx;
}
