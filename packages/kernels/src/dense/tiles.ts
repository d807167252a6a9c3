import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Variant } from "../variants/pass.ts";
import { type TilesName, wantsOfTiles } from "../variants/tiles.ts";
import backwardInputWgsl from "./backward-input-4-tiles.wgsl";
import halfBackwardInputWgsl from "./backward-input-5-half-tiles.wgsl";
import backwardWeightsWgsl from "./backward-weights-4-tiles.wgsl";
import halfBackwardWeightsWgsl from "./backward-weights-5-half-tiles.wgsl";
import forwardWgsl from "./forward-4-tiles.wgsl";
import halfForwardWgsl from "./forward-5-half-tiles.wgsl";
import type { DenseGeometry } from "./geometry.ts";
import type { BackwardInputOperands, BackwardWeightsOperands, ForwardOperands } from "./operands.ts";
import { forwardInParts } from "./parts.ts";

/** Workgroups of `columns` by `rows`, the rows folded into y and z. */
const grid = (columns: number, rows: number): [number, number, number] => {
  const [y, z] = gridFor(rows, 1);
  return [columns, y, z];
};

function forwardTiles(name: TilesName, wgsl: string): Variant<DenseGeometry, ForwardOperands> {
  const kernel = defineKernel({
    name: `dense.forward.${name}`,
    wgsl,
    buffers: ["x", "w", "b", "y"],
    constants: ["IN", "OUT", "ACTIVATION", "HAS_BIAS"],
    step: ["rows", "parts", "inputsOfPart", "depthQuads"],
  });
  return {
    name,
    refuses: (device, { inputs, outputs }) => wantsOfTiles[name](device, { IN: inputs, OUT: outputs }),
    run: (scope, geometry, operands) =>
      forwardInParts(scope, geometry, operands, ({ buffers, constants, grid, step }) => {
        const launch = { grid, step: { ...step, depthQuads: 8 }, flop: geometry.flop };
        scope.device.run(kernel, buffers, constants, launch);
      }),
  };
}
export const tilesForward = forwardTiles("tiles", forwardWgsl);
export const halfTilesForward = forwardTiles("half-tiles", halfForwardWgsl);

function backwardInputTiles(name: TilesName, wgsl: string): Variant<DenseGeometry, BackwardInputOperands> {
  const kernel = defineKernel({
    name: `dense.backwardInput.${name}`,
    wgsl,
    buffers: ["dy", "w", "x", "dx"],
    constants: ["IN", "OUT", "IS_RECTIFIED"],
    step: ["rows", "depthQuads"],
  });
  return {
    name,
    refuses: (device, { outputs }) => wantsOfTiles[name](device, { OUT: outputs }),
    run(scope, { rows, inputs, outputs, inputShape, flop }, { dy, w, rectified }) {
      const dx = scope.tensor(inputShape);
      const constants = { IN: inputs, OUT: outputs, IS_RECTIFIED: rectified ? 1 : 0 };
      scope.device.run(kernel, { dy, w, x: rectified ?? dy, dx }, constants, {
        grid: grid(Math.ceil(inputs / 64), Math.ceil(rows / 32)),
        step: { rows, depthQuads: 8 },
        flop,
      });
      return dx;
    },
  };
}
export const tilesBackwardInput = backwardInputTiles("tiles", backwardInputWgsl);
export const halfTilesBackwardInput = backwardInputTiles("half-tiles", halfBackwardInputWgsl);

function backwardWeightsTiles(
  name: TilesName,
  wgsl: string,
): Variant<DenseGeometry, BackwardWeightsOperands> {
  const kernel = defineKernel({
    name: `dense.backwardWeights.${name}`,
    wgsl,
    buffers: ["x", "dy", "dw"],
    constants: ["IN", "OUT"],
    step: ["rows", "depthQuads"],
  });
  return {
    name,
    refuses: (device, { inputs, outputs }) => wantsOfTiles[name](device, { IN: inputs, OUT: outputs }),
    run(scope, { rows, inputs, outputs, flop }, { x, dy }) {
      const dw = scope.tensor([inputs, outputs]);
      const launch = {
        grid: grid(Math.ceil(outputs / 64), Math.ceil(inputs / 64)),
        step: { rows, depthQuads: 4 },
        flop,
      };
      scope.device.run(kernel, { x, dy, dw }, { IN: inputs, OUT: outputs }, launch);
      return dw;
    },
  };
}
export const tilesBackwardWeights = backwardWeightsTiles("tiles", backwardWeightsWgsl);
export const halfTilesBackwardWeights = backwardWeightsTiles("half-tiles", halfBackwardWeightsWgsl);
