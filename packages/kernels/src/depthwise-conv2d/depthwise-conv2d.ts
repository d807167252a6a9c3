import { activationCode, type FusedActivation } from "../activation/activation.ts";
import { sumPartials } from "../bias-gradient/bias-gradient.ts";
import { conv2dConstants } from "../conv2d/geometry.ts";
import type { Device } from "../device/device.ts";
import { gridFor, quadsGrid } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { formatShape, sizeOf, type Tensor } from "../device/tensor.ts";
import backwardFilterNaiveWgsl from "./backward-filter-1-naive.wgsl";
import backwardFilterQuadsWgsl from "./backward-filter-2-quads.wgsl";
import backwardInputNaiveWgsl from "./backward-input-1-naive.wgsl";
import backwardInputQuadsWgsl from "./backward-input-2-quads.wgsl";
import forwardNaiveWgsl from "./forward-1-naive.wgsl";
import forwardQuadsWgsl from "./forward-2-quads.wgsl";
import { type DepthwiseConv2dGeometry, depthwiseConv2dConstants } from "./geometry.ts";

const forwardNaive = defineKernel({
  name: "depthwiseConv2d.forward.naive",
  wgsl: forwardNaiveWgsl,
  buffers: ["x", "f", "b", "y"],
  constants: [...depthwiseConv2dConstants, "ACTIVATION", "HAS_BIAS"],
  step: ["count"],
});
const forwardQuads = defineKernel({
  name: "depthwiseConv2d.forward.quads",
  wgsl: forwardQuadsWgsl,
  buffers: ["x", "f", "b", "y"],
  constants: [...conv2dConstants, "ACTIVATION", "HAS_BIAS"],
  step: ["strips", "rows"],
});
const backwardInputNaive = defineKernel({
  name: "depthwiseConv2d.backwardInput.naive",
  wgsl: backwardInputNaiveWgsl,
  buffers: ["dy", "f", "dx"],
  constants: depthwiseConv2dConstants,
  step: ["count"],
});
const backwardInputQuads = defineKernel({
  name: "depthwiseConv2d.backwardInput.quads",
  wgsl: backwardInputQuadsWgsl,
  buffers: ["dy", "f", "dx"],
  constants: conv2dConstants,
  step: ["quads", "rows"],
});
const backwardFilterNaive = defineKernel({
  name: "depthwiseConv2d.backwardFilter.naive",
  wgsl: backwardFilterNaiveWgsl,
  buffers: ["x", "dy", "df"],
  constants: depthwiseConv2dConstants,
  step: ["batch"],
});
const backwardFilterQuads = defineKernel({
  name: "depthwiseConv2d.backwardFilter.quads",
  wgsl: backwardFilterQuadsWgsl,
  buffers: ["x", "dy", "partial"],
  constants: [...conv2dConstants, "PARTS"],
  step: ["batch"],
});

/** Into how many parts the output rows are cut, so that there are threads enough, and sums stay short. */
const PARTS = 32;

/** Whether the kernels for quads run: four channels of one result each. */
const takesQuads = (device: Device, { constants }: DepthwiseConv2dGeometry): boolean =>
  device.kernels !== "naive" && constants.MULTIPLIER === 1 && constants.IN_C % 4 === 0;

/** The constants without the multiplier, which kernels for quads do not have. */
function withoutMultiplier({ constants: { MULTIPLIER: _, ...rest } }: DepthwiseConv2dGeometry) {
  return rest;
}

/** @throws where a tensor has not the shape that the geometry wants */
function checkShape(
  what: string,
  tensor: Tensor,
  wanted: readonly number[],
  geometry: DepthwiseConv2dGeometry,
): void {
  if (formatShape(tensor.shape) === formatShape(wanted)) return;
  throw new Error(
    `[depthwiseConv2d] ${what} is ${formatShape(tensor.shape)}, must be ${formatShape(wanted)} for ${geometry}.`,
  );
}

/**
 * y = activation(x * f + b), each channel by filters of its own.
 * @param x NHWC @param f [rows, columns, channels, multiplier] @param b [channels·multiplier], or undefined for none
 */
export function depthwiseConv2dForward(
  scope: Scope,
  geometry: DepthwiseConv2dGeometry,
  x: Tensor,
  f: Tensor,
  b?: Tensor,
  activation: FusedActivation = "linear",
): Tensor {
  checkShape("x", x, geometry.inputShape, geometry);
  checkShape("the filter", f, geometry.filterShape, geometry);
  if (b) checkShape("the bias", b, [geometry.constants.OUT_C], geometry);
  const y = scope.tensor(geometry.outputShape);
  const buffers = { x, f, b: b ?? f, y };
  const fused = { ACTIVATION: activationCode[activation], HAS_BIAS: b ? 1 : 0 };
  const { flop } = geometry;
  if (takesQuads(scope.device, geometry)) {
    const [batch, outH, outW, outC] = geometry.outputShape;
    const strips = (batch * outH * Math.ceil(outW / 4) * outC) / 4;
    const launch = { grid: gridFor(strips), step: { strips, rows: geometry.constants.FILTER_H }, flop };
    scope.device.run(forwardQuads, buffers, { ...withoutMultiplier(geometry), ...fused }, launch);
  } else {
    const count = sizeOf(y.shape);
    const launch = { grid: gridFor(count), step: { count }, flop };
    scope.device.run(forwardNaive, buffers, { ...geometry.constants, ...fused }, launch);
  }
  return y;
}

/** dx from dy (the gradient before the activation) and f. */
export function depthwiseConv2dBackwardInput(
  scope: Scope,
  geometry: DepthwiseConv2dGeometry,
  dy: Tensor,
  f: Tensor,
): Tensor {
  checkShape("dy", dy, geometry.outputShape, geometry);
  checkShape("the filter", f, geometry.filterShape, geometry);
  const dx = scope.tensor(geometry.inputShape);
  const count = sizeOf(dx.shape);
  const { flop } = geometry;
  if (takesQuads(scope.device, geometry)) {
    const step = { quads: count / 4, rows: geometry.constants.FILTER_H };
    const launch = { grid: quadsGrid(count / 4), step, flop };
    scope.device.run(backwardInputQuads, { dy, f, dx }, withoutMultiplier(geometry), launch);
  } else {
    const launch = { grid: gridFor(count), step: { count }, flop };
    scope.device.run(backwardInputNaive, { dy, f, dx }, geometry.constants, launch);
  }
  return dx;
}

/** df from x and dy (the gradient before the activation). */
export function depthwiseConv2dBackwardFilter(
  scope: Scope,
  geometry: DepthwiseConv2dGeometry,
  x: Tensor,
  dy: Tensor,
): Tensor {
  checkShape("x", x, geometry.inputShape, geometry);
  checkShape("dy", dy, geometry.outputShape, geometry);
  const { filterShape, flop } = geometry;
  const [batch] = geometry.inputShape;
  const count = sizeOf(filterShape);
  if (takesQuads(scope.device, geometry)) {
    const partial = scope.tensor([PARTS, ...filterShape]);
    const grid = [Math.ceil(count / 4 / 8), PARTS, 1] as const;
    const constants = { ...withoutMultiplier(geometry), PARTS };
    scope.device.run(backwardFilterQuads, { x, dy, partial }, constants, { grid, step: { batch }, flop });
    return sumPartials(scope, partial, filterShape);
  }
  const df = scope.tensor(filterShape);
  const launch = { grid: gridFor(count), step: { batch }, flop };
  scope.device.run(backwardFilterNaive, { x, dy, df }, geometry.constants, launch);
  return df;
}
