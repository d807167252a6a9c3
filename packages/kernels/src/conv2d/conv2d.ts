import { activationCode, type FusedActivation } from "../activation/activation.ts";
import { sumPartials } from "../bias-gradient/bias-gradient.ts";
import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { formatShape, sizeOf, type Tensor } from "../device/tensor.ts";
import backwardFilterNaiveWgsl from "./backward-filter-1-naive.wgsl";
import backwardFilterRegistersWgsl from "./backward-filter-2-registers.wgsl";
import backwardInputNaiveWgsl from "./backward-input-1-naive.wgsl";
import backwardInputRegistersWgsl from "./backward-input-2-registers.wgsl";
import forwardNaiveWgsl from "./forward-1-naive.wgsl";
import forwardRegistersWgsl from "./forward-2-registers.wgsl";
import { type Conv2dGeometry, conv2dConstants } from "./geometry.ts";

const forwardNaive = defineKernel({
  name: "conv2d.forward.naive",
  wgsl: forwardNaiveWgsl,
  buffers: ["x", "f", "b", "y"],
  constants: [...conv2dConstants, "ACTIVATION", "HAS_BIAS"],
  step: ["count"],
});
const forwardRegisters = defineKernel({
  name: "conv2d.forward.registers",
  wgsl: forwardRegistersWgsl,
  buffers: ["x", "f", "b", "y"],
  constants: [...conv2dConstants, "ACTIVATION", "HAS_BIAS"],
  step: ["pixels", "taps", "channels"],
});
const backwardInputNaive = defineKernel({
  name: "conv2d.backwardInput.naive",
  wgsl: backwardInputNaiveWgsl,
  buffers: ["dy", "f", "dx"],
  constants: conv2dConstants,
  step: ["count"],
});
const backwardInputRegisters = defineKernel({
  name: "conv2d.backwardInput.registers",
  wgsl: backwardInputRegistersWgsl,
  buffers: ["dy", "f", "dx"],
  constants: conv2dConstants,
  step: ["pixels", "taps", "channels"],
});
const backwardFilterNaive = defineKernel({
  name: "conv2d.backwardFilter.naive",
  wgsl: backwardFilterNaiveWgsl,
  buffers: ["x", "dy", "df"],
  constants: conv2dConstants,
  step: ["batch"],
});
const backwardFilterRegisters = defineKernel({
  name: "conv2d.backwardFilter.registers",
  wgsl: backwardFilterRegistersWgsl,
  buffers: ["x", "dy", "partial"],
  constants: [...conv2dConstants, "PARTS"],
  step: ["batch", "columns"],
});

/** Workgroups of 8×8 threads, each of 4 channels by 8 pixels; the pixels' dimension is folded into y and z. */
function registerGrid(channels: number, pixels: number): [number, number, number] {
  const [y, z] = gridFor(Math.ceil(pixels / 8), 8);
  return [Math.ceil(channels / 32), y, z];
}

function checkShape(what: string, tensor: Tensor, wanted: readonly number[], geometry: Conv2dGeometry): void {
  if (formatShape(tensor.shape) === formatShape(wanted)) return;
  throw new Error(
    `[conv2d] ${what} is ${formatShape(tensor.shape)}, must be ${formatShape(wanted)} for ${geometry}.`,
  );
}

/**
 * y = activation(x * f + b): a cross-correlation, as Keras's Conv2D.
 * @param x NHWC @param f HWIO @param b [filters], or undefined for none
 */
export function conv2dForward(
  scope: Scope,
  geometry: Conv2dGeometry,
  x: Tensor,
  f: Tensor,
  b?: Tensor,
  activation: FusedActivation = "linear",
): Tensor {
  checkShape("x", x, geometry.inputShape, geometry);
  checkShape("the filter", f, geometry.filterShape, geometry);
  if (b) checkShape("the bias", b, [geometry.constants.OUT_C], geometry);
  const { device } = scope;
  const y = scope.tensor(geometry.outputShape);
  const { FILTER_H, FILTER_W, IN_C, OUT_C } = geometry.constants;
  const constants = { ...geometry.constants, ACTIVATION: activationCode[activation], HAS_BIAS: b ? 1 : 0 };
  const buffers = { x, f, b: b ?? f, y };
  const count = sizeOf(y.shape);
  if (device.kernels === "naive") {
    device.run(forwardNaive, buffers, constants, { grid: gridFor(count), step: { count } });
  } else {
    const pixels = count / OUT_C;
    const step = { pixels, taps: FILTER_H * FILTER_W, channels: IN_C };
    device.run(forwardRegisters, buffers, constants, { grid: registerGrid(OUT_C, pixels), step });
  }
  return y;
}

/** dx from dy (the gradient before the activation) and the filter. */
export function conv2dBackwardInput(scope: Scope, geometry: Conv2dGeometry, dy: Tensor, f: Tensor): Tensor {
  checkShape("dy", dy, geometry.outputShape, geometry);
  const { device } = scope;
  const dx = scope.tensor(geometry.inputShape);
  const { FILTER_H, FILTER_W, IN_C, OUT_C } = geometry.constants;
  const count = sizeOf(dx.shape);
  if (device.kernels === "naive") {
    device.run(backwardInputNaive, { dy, f, dx }, geometry.constants, {
      grid: gridFor(count),
      step: { count },
    });
  } else {
    const pixels = count / IN_C;
    const step = { pixels, taps: FILTER_H * FILTER_W, channels: OUT_C };
    device.run(backwardInputRegisters, { dy, f, dx }, geometry.constants, {
      grid: registerGrid(IN_C, pixels),
      step,
    });
  }
  return dx;
}

/** The parts into which backwardFilter cuts the output rows: enough threads for the cores, few sums to add up. */
function partsOf(geometry: Conv2dGeometry): number {
  const { FILTER_H, FILTER_W, IN_C, OUT_C } = geometry.constants;
  const groups = FILTER_H * FILTER_W * Math.ceil(IN_C / 8) * Math.ceil(OUT_C / 32);
  return Math.max(1, Math.min(16, Math.ceil(128 / groups)));
}

/** df from x and dy (the gradient before the activation). */
export function conv2dBackwardFilter(scope: Scope, geometry: Conv2dGeometry, x: Tensor, dy: Tensor): Tensor {
  checkShape("x", x, geometry.inputShape, geometry);
  checkShape("dy", dy, geometry.outputShape, geometry);
  const { device } = scope;
  const [batch] = geometry.inputShape;
  const { FILTER_H, FILTER_W, IN_C, OUT_C, OUT_W } = geometry.constants;
  if (device.kernels === "naive") {
    const df = scope.tensor(geometry.filterShape);
    const grid = gridFor(sizeOf(df.shape));
    device.run(backwardFilterNaive, { x, dy, df }, geometry.constants, { grid, step: { batch } });
    return df;
  }
  const parts = partsOf(geometry);
  const partial = scope.tensor([parts, ...geometry.filterShape]);
  const grid = [Math.ceil(OUT_C / 32), FILTER_H * FILTER_W * Math.ceil(IN_C / 8), parts] as const;
  const step = { batch, columns: OUT_W };
  device.run(
    backwardFilterRegisters,
    { x, dy, partial },
    { ...geometry.constants, PARTS: parts },
    { grid, step },
  );
  return sumPartials(scope, partial, geometry.filterShape);
}
