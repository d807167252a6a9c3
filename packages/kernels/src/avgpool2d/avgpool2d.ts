import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { sizeOf, type Tensor } from "../device/tensor.ts";
import { checkShape } from "../pool2d/check-shape.ts";
import { type Pool2dGeometry, pool2dConstantNames } from "../pool2d/geometry.ts";
import backwardWgsl from "./backward.wgsl";
import forwardWgsl from "./forward.wgsl";

const forward = defineKernel({
  name: "avgpool2d.forward",
  wgsl: forwardWgsl,
  buffers: ["x", "y"],
  constants: pool2dConstantNames,
  step: ["count"],
});
const backward = defineKernel({
  name: "avgpool2d.backward",
  wgsl: backwardWgsl,
  buffers: ["dy", "dx"],
  constants: pool2dConstantNames,
  step: ["count"],
});

/**
 * The mean of each window's pixels; padding is not counted.
 * @param x of shape `geometry.inputShape`
 * @returns y of shape `geometry.outputShape`
 * @throws where x has another shape
 */
export function avgPool2dForward(scope: Scope, geometry: Pool2dGeometry, x: Tensor): Tensor {
  checkShape("avgPool2dForward", "x", x.shape, geometry.inputShape);
  const y = scope.tensor(geometry.outputShape);
  const count = sizeOf(geometry.outputShape);
  scope.device.run(forward, { x, y }, geometry.constants, { grid: gridFor(count), step: { count } });
  return y;
}

/**
 * Each window's gradient is shared equally among its pixels.
 * @param dy of shape `geometry.outputShape`
 * @returns dx of shape `geometry.inputShape`
 * @throws where dy has another shape
 */
export function avgPool2dBackward(scope: Scope, geometry: Pool2dGeometry, dy: Tensor): Tensor {
  checkShape("avgPool2dBackward", "dy", dy.shape, geometry.outputShape);
  const dx = scope.tensor(geometry.inputShape);
  const count = sizeOf(geometry.inputShape);
  scope.device.run(backward, { dy, dx }, geometry.constants, { grid: gridFor(count), step: { count } });
  return dx;
}
