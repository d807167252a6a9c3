import { activationCode, type FusedActivation } from "../activation/activation.ts";
import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { formatShape, type Tensor } from "../device/tensor.ts";
import { wantsLanes, wideLanesGrid } from "../variants/lanes.ts";
import { type Pass, runPass, type Variant } from "../variants/pass.ts";
import { fastestVariants } from "./fastest.ts";
import naiveWgsl from "./forward-1-naive.wgsl";
import registersWgsl from "./forward-2-registers.wgsl";
import subgroupsWgsl from "./forward-3-subgroups.wgsl";
import { blocksGrid, type DenseGeometry, denseGeometry } from "./geometry.ts";
import { matricesForward } from "./matrices.ts";
import type { ForwardOperands } from "./operands.ts";
import { halfTilesForward, tilesForward } from "./tiles.ts";

type ForwardVariant = Variant<DenseGeometry, ForwardOperands>;

const constantsOf = ({ inputs, outputs }: DenseGeometry, { b, activation }: ForwardOperands) => ({
  IN: inputs,
  OUT: outputs,
  ACTIVATION: activationCode[activation],
  HAS_BIAS: b ? 1 : 0,
});

const naiveKernel = defineKernel({
  name: "dense.forward.naive",
  wgsl: naiveWgsl,
  buffers: ["x", "w", "b", "y"],
  constants: ["IN", "OUT", "ACTIVATION", "HAS_BIAS"],
  step: ["count"],
});
const naive: ForwardVariant = {
  name: "naive",
  run(scope, geometry, operands) {
    const { x, w, b } = operands;
    const y = scope.tensor(geometry.outputShape);
    const count = geometry.rows * geometry.outputs;
    const launch = { grid: gridFor(count), step: { count }, flop: geometry.flop };
    scope.device.run(naiveKernel, { x, w, b: b ?? w, y }, constantsOf(geometry, operands), launch);
    return y;
  },
};

const registersKernel = defineKernel({
  name: "dense.forward.registers",
  wgsl: registersWgsl,
  buffers: ["x", "w", "b", "y"],
  constants: ["IN", "OUT", "ACTIVATION", "HAS_BIAS"],
  step: ["rows", "inputs"],
});
const registers: ForwardVariant = {
  name: "registers",
  run(scope, geometry, operands) {
    const { x, w, b } = operands;
    const { rows, inputs, outputs, outputShape, flop } = geometry;
    const y = scope.tensor(outputShape);
    const launch = { grid: blocksGrid(outputs, rows), step: { rows, inputs }, flop };
    scope.device.run(registersKernel, { x, w, b: b ?? w, y }, constantsOf(geometry, operands), launch);
    return y;
  },
};

const subgroupsKernel = defineKernel({
  name: "dense.forward.subgroups",
  wgsl: subgroupsWgsl,
  buffers: ["x", "w", "b", "y"],
  constants: ["IN", "OUT", "ACTIVATION", "HAS_BIAS", "IS_WIDE"],
  step: ["rows", "rounds"],
});
const subgroups: ForwardVariant = {
  name: "subgroups",
  refuses: (device, { inputs, outputs }) => wantsLanes(device, { IN: inputs, OUT: outputs }),
  run(scope, geometry, operands) {
    const { x, w, b } = operands;
    const { rows, inputs, outputs, outputShape, flop } = geometry;
    const y = scope.tensor(outputShape);
    const { grid, isWide } = wideLanesGrid(outputs, rows);
    const launch = { grid, step: { rows, rounds: inputs / 2 }, flop };
    scope.device.run(
      subgroupsKernel,
      { x, w, b: b ?? w, y },
      { ...constantsOf(geometry, operands), IS_WIDE: isWide ? 1 : 0 },
      launch,
    );
    return y;
  },
};

export const denseForwardPass: Pass<DenseGeometry, ForwardOperands> = {
  name: "dense.forward",
  variants: [naive, registers, subgroups, tilesForward, halfTilesForward, matricesForward],
  fastest: fastestVariants,
  key: ({ key }) => key,
  flop: ({ flop }) => flop,
  operands: (scope, { inputShape, inputs, outputs }) => ({
    x: scope.tensor(inputShape),
    w: scope.tensor([inputs, outputs]),
    b: scope.tensor([outputs]),
    activation: "relu",
  }),
};

/** y = activation(x·w + b). @param x […, inputs] @param w [inputs, outputs] @param b [outputs], or undefined for none */
export function denseForward(
  scope: Scope,
  x: Tensor,
  w: Tensor,
  b?: Tensor,
  activation: FusedActivation = "linear",
): Tensor {
  const geometry = denseGeometry(x.shape, w.shape);
  if (b && formatShape(b.shape) !== formatShape([geometry.outputs])) {
    throw new Error(
      `[dense] the bias is ${formatShape(b.shape)}, must be ${formatShape([geometry.outputs])}.`,
    );
  }
  return runPass(scope, denseForwardPass, geometry, { x, w, b, activation });
}
