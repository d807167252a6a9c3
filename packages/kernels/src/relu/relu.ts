import { quadsGrid } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { sizeOf, type Tensor } from "../device/tensor.ts";
import backwardWgsl from "./backward.wgsl";
import forwardWgsl from "./forward.wgsl";

const forward = defineKernel({
  name: "relu.forward",
  wgsl: forwardWgsl,
  buffers: ["x", "y"],
  step: ["quads"],
});
const backward = defineKernel({
  name: "relu.backward",
  wgsl: backwardWgsl,
  buffers: ["y", "dy", "dx"],
  step: ["quads"],
});

/** y = max(x, 0), of x's shape. */
export function reluForward(scope: Scope, x: Tensor): Tensor {
  const y = scope.tensor(x.shape);
  const quads = Math.ceil(sizeOf(x.shape) / 4);
  scope.device.run(forward, { x, y }, {}, { grid: quadsGrid(quads), step: { quads } });
  return y;
}

/** dx from dy and the forward's own result y; the gradient at x = 0 is 0. All of one shape. */
export function reluBackward(scope: Scope, y: Tensor, dy: Tensor): Tensor {
  const dx = scope.tensor(y.shape);
  const quads = Math.ceil(sizeOf(y.shape) / 4);
  scope.device.run(backward, { y, dy, dx }, {}, { grid: quadsGrid(quads), step: { quads } });
  return dx;
}
