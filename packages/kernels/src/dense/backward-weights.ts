import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import type { Tensor } from "../device/tensor.ts";
import { wantsLanes, wideLanesGrid } from "../variants/lanes.ts";
import { type Pass, runPass, type Variant } from "../variants/pass.ts";
import naiveWgsl from "./backward-weights-1-naive.wgsl";
import registersWgsl from "./backward-weights-2-registers.wgsl";
import subgroupsWgsl from "./backward-weights-3-subgroups.wgsl";
import { fastestVariants } from "./fastest.ts";
import type { DenseGeometry } from "./geometry.ts";
import type { BackwardWeightsOperands } from "./operands.ts";
import { halfTilesBackwardWeights, tilesBackwardWeights } from "./tiles.ts";

type BackwardWeightsVariant = Variant<DenseGeometry, BackwardWeightsOperands>;

const naiveKernel = defineKernel({
  name: "dense.backwardWeights.naive",
  wgsl: naiveWgsl,
  buffers: ["x", "dy", "dw"],
  constants: ["IN", "OUT"],
  step: ["rows"],
});
const naive: BackwardWeightsVariant = {
  name: "naive",
  run(scope, { rows, inputs, outputs, flop }, { x, dy }) {
    const dw = scope.tensor([inputs, outputs]);
    const launch = { grid: gridFor(inputs * outputs), step: { rows }, flop };
    scope.device.run(naiveKernel, { x, dy, dw }, { IN: inputs, OUT: outputs }, launch);
    return dw;
  },
};

const registersKernel = defineKernel({
  name: "dense.backwardWeights.registers",
  wgsl: registersWgsl,
  buffers: ["x", "dy", "dw"],
  constants: ["IN", "OUT"],
  step: ["rows"],
});
const registers: BackwardWeightsVariant = {
  name: "registers",
  run(scope, { rows, inputs, outputs, flop }, { x, dy }) {
    const dw = scope.tensor([inputs, outputs]);
    const [y, z] = gridFor(Math.ceil(inputs / 4), 1);
    const launch = { grid: [Math.ceil(outputs / 32), y, z], step: { rows }, flop } as const;
    scope.device.run(registersKernel, { x, dy, dw }, { IN: inputs, OUT: outputs }, launch);
    return dw;
  },
};

const subgroupsKernel = defineKernel({
  name: "dense.backwardWeights.subgroups",
  wgsl: subgroupsWgsl,
  buffers: ["x", "dy", "dw"],
  constants: ["IN", "OUT", "IS_WIDE"],
  step: ["rows"],
});
const subgroups: BackwardWeightsVariant = {
  name: "subgroups",
  refuses: (device, { inputs, outputs }) => wantsLanes(device, { IN: inputs, OUT: outputs }),
  run(scope, { rows, inputs, outputs, flop }, { x, dy }) {
    const dw = scope.tensor([inputs, outputs]);
    const { grid, isWide } = wideLanesGrid(outputs, inputs);
    const constants = { IN: inputs, OUT: outputs, IS_WIDE: isWide ? 1 : 0 };
    scope.device.run(subgroupsKernel, { x, dy, dw }, constants, { grid, step: { rows }, flop });
    return dw;
  },
};

export const denseBackwardWeightsPass: Pass<DenseGeometry, BackwardWeightsOperands> = {
  name: "dense.backwardWeights",
  variants: [naive, registers, subgroups, tilesBackwardWeights, halfTilesBackwardWeights],
  fastest: fastestVariants,
  key: ({ key }) => key,
  flop: ({ flop }) => flop,
  operands: (scope, { inputShape, outputShape }) => ({
    x: scope.tensor(inputShape),
    dy: scope.tensor(outputShape),
  }),
};

/** dw = xᵀ·dy, [inputs, outputs]; dy is the gradient before the activation. */
export function denseBackwardWeights(scope: Scope, geometry: DenseGeometry, x: Tensor, dy: Tensor): Tensor {
  return runPass(scope, denseBackwardWeightsPass, geometry, { x, dy });
}
