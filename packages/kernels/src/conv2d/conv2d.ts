import { activationCode, type FusedActivation } from "../activation/activation.ts";
import { sumPartials } from "../bias-gradient/bias-gradient.ts";
import type { Device } from "../device/device.ts";
import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { bytesOf, formatShape, sizeOf, type Tensor } from "../device/tensor.ts";
import backwardFilterNaiveWgsl from "./backward-filter-1-naive.wgsl";
import backwardFilterRegistersWgsl from "./backward-filter-2-registers.wgsl";
import backwardFilterSubgroupsWgsl from "./backward-filter-3-subgroups.wgsl";
import backwardInputNaiveWgsl from "./backward-input-1-naive.wgsl";
import backwardInputRegistersWgsl from "./backward-input-2-registers.wgsl";
import backwardInputSubgroupsWgsl from "./backward-input-3-subgroups.wgsl";
import forwardNaiveWgsl from "./forward-1-naive.wgsl";
import forwardRegistersWgsl from "./forward-2-registers.wgsl";
import forwardSubgroupsWgsl from "./forward-3-subgroups.wgsl";
import { type Conv2dGeometry, conv2dConstants } from "./geometry.ts";
import transposeFilterWgsl from "./transpose-filter.wgsl";

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
const forwardSubgroups = defineKernel({
  name: "conv2d.forward.subgroups",
  wgsl: forwardSubgroupsWgsl,
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
const backwardInputSubgroups = defineKernel({
  name: "conv2d.backwardInput.subgroups",
  wgsl: backwardInputSubgroupsWgsl,
  buffers: ["dy", "t", "dx"],
  constants: conv2dConstants,
  step: ["pixels", "taps", "channels"],
});
const filterTransposed = defineKernel({
  name: "conv2d.transposeFilter",
  wgsl: transposeFilterWgsl,
  buffers: ["f", "t"],
  constants: ["TAPS", "IN_C", "OUT_C"],
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
const backwardFilterSubgroups = defineKernel({
  name: "conv2d.backwardFilter.subgroups",
  wgsl: backwardFilterSubgroupsWgsl,
  buffers: ["x", "dy", "partial"],
  constants: [...conv2dConstants, "PARTS"],
  step: ["batch", "columns"],
});

/** The numbers in the names of the files: 1 naive, 2 registers, 3 subgroups. */
type Variant = "naive" | "registers" | "subgroups";

/**
 * Kernels 3 are for processors that play the GPU: there the lanes of a subgroup are those of a SIMD register.
 * @param channels which the lanes share out, four each
 */
function variantFor({ kernels, adapter, features }: Device, channels: number): Variant {
  if (kernels !== "auto") return kernels;
  const canShare = adapter.isSoftware && adapter.subgroupSize >= 8 && features.has("subgroups");
  return canShare && channels % 4 === 0 ? "subgroups" : "registers";
}

/** The grid of registers: workgroups of 8×8 threads, each of 4 channels by 8 pixels, the pixels folded into y and z. */
function registersGrid(channels: number, pixels: number): [number, number, number] {
  const [y, z] = gridFor(Math.ceil(pixels / 8), 8);
  return [Math.ceil(channels / 32), y, z];
}

/** The grid of subgroups: workgroups of 8 lanes, together 32 channels by 32 pixels, the pixels folded into y and z. */
function subgroupsGrid(channels: number, pixels: number): [number, number, number] {
  const [y, z] = gridFor(Math.ceil(pixels / 32), 1);
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
  const pixels = count / OUT_C;
  const step = { pixels, taps: FILTER_H * FILTER_W, channels: IN_C };
  switch (variantFor(device, OUT_C)) {
    case "naive":
      device.run(forwardNaive, buffers, constants, { grid: gridFor(count), step: { count } });
      break;
    case "registers":
      device.run(forwardRegisters, buffers, constants, { grid: registersGrid(OUT_C, pixels), step });
      break;
    case "subgroups":
      device.run(forwardSubgroups, buffers, constants, { grid: subgroupsGrid(OUT_C, pixels), step });
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
  const pixels = count / IN_C;
  const step = { pixels, taps: FILTER_H * FILTER_W, channels: OUT_C };
  switch (variantFor(device, IN_C)) {
    case "naive": {
      const grid = gridFor(count);
      device.run(backwardInputNaive, { dy, f, dx }, geometry.constants, { grid, step: { count } });
      break;
    }
    case "registers": {
      const grid = registersGrid(IN_C, pixels);
      device.run(backwardInputRegisters, { dy, f, dx }, geometry.constants, { grid, step });
      break;
    }
    case "subgroups": {
      const t = transposeFilter(scope, geometry, f);
      const grid = subgroupsGrid(IN_C, pixels);
      device.run(backwardInputSubgroups, { dy, t, dx }, geometry.constants, { grid, step });
    }
  }
  return dx;
}

/** The filter with its channels exchanged: HWIO to HWOI. */
function transposeFilter(scope: Scope, { constants }: Conv2dGeometry, f: Tensor): Tensor {
  const { FILTER_H, FILTER_W, IN_C, OUT_C } = constants;
  const t = scope.tensor([FILTER_H, FILTER_W, OUT_C, IN_C]);
  const sizes = { TAPS: FILTER_H * FILTER_W, IN_C, OUT_C };
  scope.device.run(filterTransposed, { f, t }, sizes, { grid: gridFor(sizeOf(t.shape)) });
  return t;
}

/**
 * The parts into which backwardFilter cuts the output rows of a batch: enough workgroups for the cores, and sums of some
 * thousand terms, whose rounding stays small. The batch size plays no role, so that a short batch compiles nothing.
 * @param groups workgroups of one part
 * @param most parts that fit into one binding
 */
function partsOf({ constants: { OUT_H, OUT_W } }: Conv2dGeometry, groups: number, most: number): number {
  const forCores = Math.ceil(32 / groups);
  const forRounding = Math.ceil((OUT_H * OUT_W) / 256);
  return Math.max(1, Math.min(128, most, Math.max(forCores, forRounding)));
}

/** df from x and dy (the gradient before the activation). */
export function conv2dBackwardFilter(scope: Scope, geometry: Conv2dGeometry, x: Tensor, dy: Tensor): Tensor {
  checkShape("x", x, geometry.inputShape, geometry);
  checkShape("dy", dy, geometry.outputShape, geometry);
  const { device } = scope;
  const [batch] = geometry.inputShape;
  const { FILTER_H, FILTER_W, IN_C, OUT_C, OUT_W } = geometry.constants;
  const variant = variantFor(device, OUT_C);
  if (variant === "naive") {
    const df = scope.tensor(geometry.filterShape);
    const grid = gridFor(sizeOf(df.shape));
    device.run(backwardFilterNaive, { x, dy, df }, geometry.constants, { grid, step: { batch } });
    return df;
  }
  const taps = FILTER_H * FILTER_W;
  const columns = Math.ceil(OUT_C / 32);
  const rows = variant === "registers" ? taps * Math.ceil(IN_C / 8) : Math.ceil((taps * IN_C) / 32);
  const most = Math.floor(device.limits.maxStorageBufferBindingSize / bytesOf(geometry.filterShape));
  const parts = partsOf(geometry, columns * rows, most);
  const partial = scope.tensor([parts, ...geometry.filterShape]);
  const kernel = variant === "registers" ? backwardFilterRegisters : backwardFilterSubgroups;
  const constants = { ...geometry.constants, PARTS: parts };
  const step = { batch, columns: OUT_W };
  device.run(kernel, { x, dy, partial }, constants, { grid: [columns, rows, parts], step });
  return sumPartials(scope, partial, geometry.filterShape);
}
