import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import type { Tensor } from "../device/tensor.ts";
import { wantsLanes, wideLanesGrid } from "../variants/lanes.ts";
import { type Pass, runPass, type Variant } from "../variants/pass.ts";
import naiveWgsl from "./backward-input-1-naive.wgsl";
import registersWgsl from "./backward-input-2-registers.wgsl";
import subgroupsWgsl from "./backward-input-3-subgroups.wgsl";
import { fastestVariants } from "./fastest.ts";
import { blocksGrid, type DenseGeometry } from "./geometry.ts";
import type { BackwardInputOperands } from "./operands.ts";
import { halfTilesBackwardInput, tilesBackwardInput } from "./tiles.ts";

type BackwardInputVariant = Variant<DenseGeometry, BackwardInputOperands>;

const constantsOf = ({ inputs, outputs }: DenseGeometry, { rectified }: BackwardInputOperands) => ({
  IN: inputs,
  OUT: outputs,
  IS_RECTIFIED: rectified ? 1 : 0,
});

const naiveKernel = defineKernel({
  name: "dense.backwardInput.naive",
  wgsl: naiveWgsl,
  buffers: ["dy", "w", "x", "dx"],
  constants: ["IN", "OUT", "IS_RECTIFIED"],
  step: ["count"],
});
const naive: BackwardInputVariant = {
  name: "naive",
  run(scope, geometry, operands) {
    const { dy, w, rectified } = operands;
    const dx = scope.tensor(geometry.inputShape);
    const count = geometry.rows * geometry.inputs;
    const launch = { grid: gridFor(count), step: { count }, flop: geometry.flop };
    scope.device.run(naiveKernel, { dy, w, x: rectified ?? dy, dx }, constantsOf(geometry, operands), launch);
    return dx;
  },
};

const registersKernel = defineKernel({
  name: "dense.backwardInput.registers",
  wgsl: registersWgsl,
  buffers: ["dy", "w", "x", "dx"],
  constants: ["IN", "OUT", "IS_RECTIFIED"],
  step: ["rows", "outputs"],
});
const registers: BackwardInputVariant = {
  name: "registers",
  run(scope, geometry, operands) {
    const { dy, w, rectified } = operands;
    const { rows, inputs, outputs, inputShape, flop } = geometry;
    const dx = scope.tensor(inputShape);
    const buffers = { dy, w, x: rectified ?? dy, dx };
    const launch = { grid: blocksGrid(inputs, rows), step: { rows, outputs }, flop };
    scope.device.run(registersKernel, buffers, constantsOf(geometry, operands), launch);
    return dx;
  },
};

const subgroupsKernel = defineKernel({
  name: "dense.backwardInput.subgroups",
  wgsl: subgroupsWgsl,
  buffers: ["dy", "w", "x", "dx"],
  constants: ["IN", "OUT", "IS_RECTIFIED", "IS_WIDE"],
  step: ["rows", "rounds"],
});
const subgroups: BackwardInputVariant = {
  name: "subgroups",
  refuses: (device, { inputs, outputs }) => wantsLanes(device, { IN: inputs, OUT: outputs }),
  run(scope, geometry, operands) {
    const { dy, w, rectified } = operands;
    const { rows, inputs, outputs, inputShape, flop } = geometry;
    const dx = scope.tensor(inputShape);
    const buffers = { dy, w, x: rectified ?? dy, dx };
    const { grid, isWide } = wideLanesGrid(inputs, rows);
    const launch = { grid, step: { rows, rounds: outputs / 2 }, flop };
    scope.device.run(
      subgroupsKernel,
      buffers,
      { ...constantsOf(geometry, operands), IS_WIDE: isWide ? 1 : 0 },
      launch,
    );
    return dx;
  },
};

export const denseBackwardInputPass: Pass<DenseGeometry, BackwardInputOperands> = {
  name: "dense.backwardInput",
  variants: [naive, registers, subgroups, tilesBackwardInput, halfTilesBackwardInput],
  fastest: fastestVariants,
  key: ({ key }) => key,
  flop: ({ flop }) => flop,
  operands: (scope, { inputShape, outputShape, inputs, outputs }) => ({
    dy: scope.tensor(outputShape),
    w: scope.tensor([inputs, outputs]),
    rectified: scope.tensor(inputShape),
  }),
};

/**
 * dx = dy·wᵀ, of x's shape; dy is the gradient before the activation.
 * @param rectified the x of the forward pass where a rectifier made it: dx is then the gradient before that rectifier,
 *   0 where x is
 */
export function denseBackwardInput(
  scope: Scope,
  geometry: DenseGeometry,
  dy: Tensor,
  w: Tensor,
  rectified?: Tensor,
): Tensor {
  return runPass(scope, denseBackwardInputPass, geometry, { dy, w, rectified });
}
