import { activationCode, type FusedActivation } from "../activation/activation.ts";
import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { sizeOf, type Tensor } from "../device/tensor.ts";
import { lanesGrid, wantsLanes } from "../variants/lanes.ts";
import { type Pass, runPass, type Variant } from "../variants/pass.ts";
import { fastestVariants } from "./fastest.ts";
import naiveWgsl from "./forward-1-naive.wgsl";
import registersWgsl from "./forward-2-registers.wgsl";
import subgroupsWgsl from "./forward-3-subgroups.wgsl";
import { type Conv2dGeometry, conv2dConstants } from "./geometry.ts";
import { matricesForward } from "./matrices.ts";
import { checkShape, type ForwardOperands } from "./operands.ts";
import { registersGrid } from "./registers-grid.ts";
import { halfTilesForward, tilesForward } from "./tiles.ts";
import { winogradForward } from "./winograd/winograd.ts";

type ForwardVariant = Variant<Conv2dGeometry, ForwardOperands>;

const constantNames = [...conv2dConstants, "ACTIVATION", "HAS_BIAS"] as const;
const constantsOf = ({ constants }: Conv2dGeometry, { b, activation }: ForwardOperands) => ({
  ...constants,
  ACTIVATION: activationCode[activation],
  HAS_BIAS: b ? 1 : 0,
});

const naiveKernel = defineKernel({
  name: "conv2d.forward.naive",
  wgsl: naiveWgsl,
  buffers: ["x", "f", "b", "y"],
  constants: constantNames,
  step: ["count"],
});
const naive: ForwardVariant = {
  name: "naive",
  run(scope, geometry, operands) {
    const { x, f, b } = operands;
    const y = scope.tensor(geometry.outputShape);
    const count = sizeOf(y.shape);
    const launch = { grid: gridFor(count), step: { count }, flop: geometry.flop };
    scope.device.run(naiveKernel, { x, f, b: b ?? f, y }, constantsOf(geometry, operands), launch);
    return y;
  },
};

const registersKernel = defineKernel({
  name: "conv2d.forward.registers",
  wgsl: registersWgsl,
  buffers: ["x", "f", "b", "y"],
  constants: constantNames,
  step: ["pixels", "taps", "channels"],
});
const registers: ForwardVariant = {
  name: "registers",
  run(scope, geometry, operands) {
    const { x, f, b } = operands;
    const y = scope.tensor(geometry.outputShape);
    const { FILTER_H, FILTER_W, IN_C, OUT_C } = geometry.constants;
    const pixels = sizeOf(y.shape) / OUT_C;
    scope.device.run(registersKernel, { x, f, b: b ?? f, y }, constantsOf(geometry, operands), {
      grid: registersGrid(OUT_C, pixels),
      step: { pixels, taps: FILTER_H * FILTER_W, channels: IN_C },
      flop: geometry.flop,
    });
    return y;
  },
};

const subgroupsKernel = defineKernel({
  name: "conv2d.forward.subgroups",
  wgsl: subgroupsWgsl,
  buffers: ["x", "f", "b", "y"],
  constants: constantNames,
  step: ["pixels", "taps", "channels"],
});
const subgroups: ForwardVariant = {
  name: "subgroups",
  refuses: (device, { constants }) => wantsLanes(device, { OUT_C: constants.OUT_C }),
  run(scope, geometry, operands) {
    const { x, f, b } = operands;
    const y = scope.tensor(geometry.outputShape);
    const { FILTER_H, FILTER_W, IN_C, OUT_C } = geometry.constants;
    const pixels = sizeOf(y.shape) / OUT_C;
    scope.device.run(subgroupsKernel, { x, f, b: b ?? f, y }, constantsOf(geometry, operands), {
      grid: lanesGrid(OUT_C, pixels),
      step: { pixels, taps: FILTER_H * FILTER_W, channels: IN_C },
      flop: geometry.flop,
    });
    return y;
  },
};

export const conv2dForwardPass: Pass<Conv2dGeometry, ForwardOperands> = {
  name: "conv2d.forward",
  variants: [naive, registers, subgroups, winogradForward, tilesForward, halfTilesForward, matricesForward],
  fastest: fastestVariants,
  key: ({ key }) => key,
  flop: ({ flop }) => flop,
  operands: (scope, { inputShape, filterShape, constants }) => ({
    x: scope.tensor(inputShape),
    f: scope.tensor(filterShape),
    b: scope.tensor([constants.OUT_C]),
    activation: "relu",
  }),
};

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
  return runPass(scope, conv2dForwardPass, geometry, { x, f, b, activation });
}
