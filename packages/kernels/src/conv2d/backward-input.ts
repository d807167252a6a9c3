import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { sizeOf, type Tensor } from "../device/tensor.ts";
import { lanesGrid, wantsLanes } from "../variants/lanes.ts";
import { type Pass, runPass, type Variant } from "../variants/pass.ts";
import naiveWgsl from "./backward-input-1-naive.wgsl";
import registersWgsl from "./backward-input-2-registers.wgsl";
import subgroupsWgsl from "./backward-input-3-subgroups.wgsl";
import { fastestVariants } from "./fastest.ts";
import { type Conv2dGeometry, conv2dConstants } from "./geometry.ts";
import { type BackwardInputOperands, checkShape } from "./operands.ts";
import { registersGrid } from "./registers-grid.ts";
import { halfTilesBackwardInput, tilesBackwardInput } from "./tiles.ts";
import { transposeFilter } from "./transpose-filter.ts";
import { winogradBackwardInput } from "./winograd/winograd.ts";

type BackwardInputVariant = Variant<Conv2dGeometry, BackwardInputOperands>;

const constantNames = [...conv2dConstants, "IS_RECTIFIED"] as const;
const constantsOf = ({ constants }: Conv2dGeometry, { rectified }: BackwardInputOperands) => ({
  ...constants,
  IS_RECTIFIED: rectified ? 1 : 0,
});

const naiveKernel = defineKernel({
  name: "conv2d.backwardInput.naive",
  wgsl: naiveWgsl,
  buffers: ["dy", "f", "x", "dx"],
  constants: constantNames,
  step: ["count"],
});
const naive: BackwardInputVariant = {
  name: "naive",
  run(scope, geometry, operands) {
    const { dy, f, rectified } = operands;
    const dx = scope.tensor(geometry.inputShape);
    const count = sizeOf(dx.shape);
    const launch = { grid: gridFor(count), step: { count }, flop: geometry.flop };
    const buffers = { dy, f, x: rectified ?? dy, dx };
    scope.device.run(naiveKernel, buffers, constantsOf(geometry, operands), launch);
    return dx;
  },
};

const registersKernel = defineKernel({
  name: "conv2d.backwardInput.registers",
  wgsl: registersWgsl,
  buffers: ["dy", "f", "x", "dx"],
  constants: constantNames,
  step: ["pixels", "taps", "channels"],
});
const registers: BackwardInputVariant = {
  name: "registers",
  run(scope, geometry, operands) {
    const { dy, f, rectified } = operands;
    const dx = scope.tensor(geometry.inputShape);
    const { FILTER_H, FILTER_W, IN_C, OUT_C } = geometry.constants;
    const pixels = sizeOf(dx.shape) / IN_C;
    const buffers = { dy, f, x: rectified ?? dy, dx };
    scope.device.run(registersKernel, buffers, constantsOf(geometry, operands), {
      grid: registersGrid(IN_C, pixels),
      step: { pixels, taps: FILTER_H * FILTER_W, channels: OUT_C },
      flop: geometry.flop,
    });
    return dx;
  },
};

const subgroupsKernel = defineKernel({
  name: "conv2d.backwardInput.subgroups",
  wgsl: subgroupsWgsl,
  buffers: ["dy", "t", "x", "dx"],
  constants: constantNames,
  step: ["pixels", "taps", "channels"],
});
const subgroups: BackwardInputVariant = {
  name: "subgroups",
  refuses: (device, { constants }) => wantsLanes(device, { IN_C: constants.IN_C }),
  run(scope, geometry, operands) {
    const { dy, f, rectified } = operands;
    const t = transposeFilter(scope, geometry, f);
    const dx = scope.tensor(geometry.inputShape);
    const { FILTER_H, FILTER_W, IN_C, OUT_C } = geometry.constants;
    const pixels = sizeOf(dx.shape) / IN_C;
    const buffers = { dy, t, x: rectified ?? dy, dx };
    scope.device.run(subgroupsKernel, buffers, constantsOf(geometry, operands), {
      grid: lanesGrid(IN_C, pixels),
      step: { pixels, taps: FILTER_H * FILTER_W, channels: OUT_C },
      flop: geometry.flop,
    });
    return dx;
  },
};

export const conv2dBackwardInputPass: Pass<Conv2dGeometry, BackwardInputOperands> = {
  name: "conv2d.backwardInput",
  variants: [naive, registers, subgroups, winogradBackwardInput, tilesBackwardInput, halfTilesBackwardInput],
  fastest: fastestVariants,
  key: ({ key }) => key,
  flop: ({ flop }) => flop,
  operands: (scope, { inputShape, filterShape, outputShape }) => ({
    dy: scope.tensor(outputShape),
    f: scope.tensor(filterShape),
    rectified: scope.tensor(inputShape),
  }),
};

/**
 * dx from dy (the gradient before the activation) and the filter.
 * @param rectified the x of the forward pass where a rectifier made it: dx is then the gradient before that rectifier,
 *   0 where x is
 */
export function conv2dBackwardInput(
  scope: Scope,
  geometry: Conv2dGeometry,
  dy: Tensor,
  f: Tensor,
  rectified?: Tensor,
): Tensor {
  checkShape("dy", dy, geometry.outputShape, geometry);
  checkShape("the filter", f, geometry.filterShape, geometry);
  if (rectified) checkShape("x", rectified, geometry.inputShape, geometry);
  return runPass(scope, conv2dBackwardInputPass, geometry, { dy, f, rectified });
}
