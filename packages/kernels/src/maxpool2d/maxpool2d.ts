import { gridFor, quadsGrid } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { sizeOf, type Tensor } from "../device/tensor.ts";
import { checkShape } from "../pool2d/check-shape.ts";
import { type Pool2dGeometry, pool2dConstantNames } from "../pool2d/geometry.ts";
import backwardWgsl from "./backward.wgsl";
import backwardCellsWgsl from "./backward-cells.wgsl";
import forwardWgsl from "./forward.wgsl";
import forwardQuadsWgsl from "./forward-quads.wgsl";

const forward = defineKernel({
  name: "maxpool2d.forward",
  wgsl: forwardWgsl,
  buffers: ["x", "y", "argmax"],
  constants: pool2dConstantNames,
  step: ["count"],
});
const forwardQuads = defineKernel({
  name: "maxpool2d.forward-quads",
  wgsl: forwardQuadsWgsl,
  buffers: ["x", "y", "argmax"],
  constants: pool2dConstantNames,
  step: ["quads"],
});
const backward = defineKernel({
  name: "maxpool2d.backward",
  wgsl: backwardWgsl,
  buffers: ["argmax", "dy", "y", "dx"],
  constants: [...pool2dConstantNames, "IS_RECTIFIED"],
  step: ["count"],
});
const backwardCells = defineKernel({
  name: "maxpool2d.backward-cells",
  wgsl: backwardCellsWgsl,
  buffers: ["argmax", "dy", "y", "dx"],
  constants: [...pool2dConstantNames, "IS_RECTIFIED"],
  step: ["quads"],
});

/**
 * The maximum of each window.
 * @param x of shape `geometry.inputShape`
 * @returns `y` of shape `geometry.outputShape`, and `argmax` (uint32, of the same shape): which pixel was chosen, as
 *   the index `(iy·width + ix)·channels + c` within its picture. Of equal maxima it is the first, window rows first.
 * @throws where x has another shape
 */
export function maxPool2dForward(
  scope: Scope,
  geometry: Pool2dGeometry,
  x: Tensor,
): { y: Tensor; argmax: Tensor } {
  checkShape("maxPool2dForward", "x", x.shape, geometry.inputShape);
  const y = scope.tensor(geometry.outputShape);
  const argmax = scope.tensor(geometry.outputShape, "uint32");
  const count = sizeOf(geometry.outputShape);
  const { constants } = geometry;
  if (scope.device.kernels !== "naive" && constants.CHANNELS % 4 === 0) {
    const launch = { grid: quadsGrid(count / 4), step: { quads: count / 4 } };
    scope.device.run(forwardQuads, { x, y, argmax }, constants, launch);
  } else {
    scope.device.run(forward, { x, y, argmax }, constants, { grid: gridFor(count), step: { count } });
  }
  return { y, argmax };
}

/**
 * Each window's gradient goes to the one pixel the forward chose; pixels chosen by several windows get the sum.
 * Windows without holes that do not overlap take a faster kernel where the channels come in quads, unless the device was
 * opened with `kernels: "naive"`.
 * @param argmax the forward's, of shape `geometry.outputShape`
 * @param dy of shape `geometry.outputShape`
 * @param rectified the forward's y where a rectifier made x: dx is then the gradient before that rectifier, 0 where x is
 * @returns dx of shape `geometry.inputShape`
 * @throws where argmax, dy or y has another shape
 */
export function maxPool2dBackward(
  scope: Scope,
  geometry: Pool2dGeometry,
  argmax: Tensor,
  dy: Tensor,
  rectified?: Tensor,
): Tensor {
  checkShape("maxPool2dBackward", "argmax", argmax.shape, geometry.outputShape);
  checkShape("maxPool2dBackward", "dy", dy.shape, geometry.outputShape);
  if (rectified) checkShape("maxPool2dBackward", "y", rectified.shape, geometry.outputShape);
  const dx = scope.tensor(geometry.inputShape);
  const constants = { ...geometry.constants, IS_RECTIFIED: rectified ? 1 : 0 };
  const { POOL_H, POOL_W, STRIDE_H, STRIDE_W, DILATION_H, DILATION_W } = constants;
  const apart = POOL_H <= STRIDE_H && POOL_W <= STRIDE_W && DILATION_H === 1 && DILATION_W === 1;
  const buffers = { argmax, dy, y: rectified ?? dy, dx };
  if (apart && constants.CHANNELS % 4 === 0 && scope.device.kernels !== "naive") {
    const quads = cellCount(geometry) / 4;
    scope.device.run(backwardCells, buffers, constants, { grid: quadsGrid(quads), step: { quads } });
  } else {
    const count = sizeOf(geometry.inputShape);
    scope.device.run(backward, buffers, constants, { grid: gridFor(count), step: { count } });
  }
  return dx;
}

/** Threads of `backward-cells.wgsl`: cells of stride × stride pixels over the picture and its padding before it. */
function cellCount({ inputShape: [batch, inH, inW, channels], constants }: Pool2dGeometry): number {
  const cellsH = Math.ceil((constants.PAD_TOP + inH) / constants.STRIDE_H);
  const cellsW = Math.ceil((constants.PAD_LEFT + inW) / constants.STRIDE_W);
  return batch * cellsH * cellsW * channels;
}
