import { sumPartials } from "../bias-gradient/bias-gradient.ts";
import type { Device } from "../device/device.ts";
import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { bytesOf, sizeOf, type Tensor } from "../device/tensor.ts";
import { wantsLanes } from "../variants/lanes.ts";
import { type Pass, runPass, type Variant } from "../variants/pass.ts";
import naiveWgsl from "./backward-filter-1-naive.wgsl";
import registersWgsl from "./backward-filter-2-registers.wgsl";
import subgroupsWgsl from "./backward-filter-3-subgroups.wgsl";
import { fastestVariants } from "./fastest.ts";
import { type Conv2dGeometry, conv2dConstants } from "./geometry.ts";
import { type BackwardFilterOperands, checkShape } from "./operands.ts";
import { halfTilesBackwardFilter, tilesBackwardFilter } from "./tiles.ts";
import { winogradBackwardFilter } from "./winograd/winograd.ts";

type BackwardFilterVariant = Variant<Conv2dGeometry, BackwardFilterOperands>;

const naiveKernel = defineKernel({
  name: "conv2d.backwardFilter.naive",
  wgsl: naiveWgsl,
  buffers: ["x", "dy", "df"],
  constants: conv2dConstants,
  step: ["batch"],
});
const naive: BackwardFilterVariant = {
  name: "naive",
  run(scope, geometry, { x, dy }) {
    const df = scope.tensor(geometry.filterShape);
    const [batch] = geometry.inputShape;
    const launch = { grid: gridFor(sizeOf(df.shape)), step: { batch }, flop: geometry.flop };
    scope.device.run(naiveKernel, { x, dy, df }, geometry.constants, launch);
    return df;
  },
};

const registersKernel = defineKernel({
  name: "conv2d.backwardFilter.registers",
  wgsl: registersWgsl,
  buffers: ["x", "dy", "partial"],
  constants: [...conv2dConstants, "PARTS"],
  step: ["batch", "columns"],
});
const registers: BackwardFilterVariant = {
  name: "registers",
  run(scope, geometry, { x, dy }) {
    const { FILTER_H, FILTER_W, IN_C, OUT_C, OUT_W } = geometry.constants;
    const columns = Math.ceil(OUT_C / 32);
    const rows = FILTER_H * FILTER_W * Math.ceil(IN_C / 8);
    const parts = partsOf(scope.device, geometry, columns * rows);
    const partial = scope.tensor([parts, ...geometry.filterShape]);
    const constants = { ...geometry.constants, PARTS: parts };
    const step = { batch: geometry.inputShape[0], columns: OUT_W };
    const launch = { grid: [columns, rows, parts], step, flop: geometry.flop } as const;
    scope.device.run(registersKernel, { x, dy, partial }, constants, launch);
    return sumPartials(scope, partial, geometry.filterShape);
  },
};

const subgroupsKernel = defineKernel({
  name: "conv2d.backwardFilter.subgroups",
  wgsl: subgroupsWgsl,
  buffers: ["x", "dy", "partial"],
  constants: [...conv2dConstants, "PARTS"],
  step: ["batch", "columns"],
});
const subgroups: BackwardFilterVariant = {
  name: "subgroups",
  refuses: (device, { constants }) => wantsLanes(device, { OUT_C: constants.OUT_C }),
  run(scope, geometry, { x, dy }) {
    const { FILTER_H, FILTER_W, IN_C, OUT_C, OUT_W } = geometry.constants;
    const columns = Math.ceil(OUT_C / 32);
    const rows = Math.ceil((FILTER_H * FILTER_W * IN_C) / 32);
    const parts = partsOf(scope.device, geometry, columns * rows);
    const partial = scope.tensor([parts, ...geometry.filterShape]);
    const constants = { ...geometry.constants, PARTS: parts };
    const step = { batch: geometry.inputShape[0], columns: OUT_W };
    const launch = { grid: [columns, rows, parts], step, flop: geometry.flop } as const;
    scope.device.run(subgroupsKernel, { x, dy, partial }, constants, launch);
    return sumPartials(scope, partial, geometry.filterShape);
  },
};

/**
 * The parts into which backwardFilter cuts the output rows of a batch: enough workgroups for the cores, and sums of some
 * thousand terms, whose rounding stays small. The batch size plays no role, so that a short batch compiles nothing.
 * @param groups workgroups of one part
 */
function partsOf(device: Device, { constants, filterShape }: Conv2dGeometry, groups: number): number {
  const forCores = Math.ceil(32 / groups);
  const forRounding = Math.ceil((constants.OUT_H * constants.OUT_W) / 256);
  const fitting = Math.floor(device.largestTensor / bytesOf(filterShape));
  return Math.max(1, Math.min(128, fitting, Math.max(forCores, forRounding)));
}

export const conv2dBackwardFilterPass: Pass<Conv2dGeometry, BackwardFilterOperands> = {
  name: "conv2d.backwardFilter",
  variants: [
    naive,
    registers,
    subgroups,
    winogradBackwardFilter,
    tilesBackwardFilter,
    halfTilesBackwardFilter,
  ],
  fastest: fastestVariants,
  key: ({ key }) => key,
  flop: ({ flop }) => flop,
  operands: (scope, { inputShape, outputShape }) => ({
    x: scope.tensor(inputShape),
    dy: scope.tensor(outputShape),
  }),
};

/** df from x and dy (the gradient before the activation). */
export function conv2dBackwardFilter(scope: Scope, geometry: Conv2dGeometry, x: Tensor, dy: Tensor): Tensor {
  checkShape("x", x, geometry.inputShape, geometry);
  checkShape("dy", dy, geometry.outputShape, geometry);
  return runPass(scope, conv2dBackwardFilterPass, geometry, { x, dy });
}
