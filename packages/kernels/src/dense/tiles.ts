import { activationCode } from "../activation/activation.ts";
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
import sumPartsWgsl from "./sum-parts.wgsl";

// Guesses, both: no GPU was at hand to measure on.
/** Workgroups that fill a large GPU. */
const WORKGROUPS = 256;
/** Inputs of a part, at least: fewer cost more to add up than they gain. */
const LEAST_INPUTS = 256;

/** Workgroups of `columns` by `rows`, the rows folded into y and z. */
const grid = (columns: number, rows: number): [number, number, number] => {
  const [y, z] = gridFor(rows, 1);
  return [columns, y, z];
};

const sumParts = defineKernel({
  name: "dense.forward.sumParts",
  wgsl: sumPartsWgsl,
  buffers: ["partial", "b", "y"],
  constants: ["OUT", "ACTIVATION", "HAS_BIAS"],
  step: ["quads", "parts"],
});

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
    run(scope, geometry, { x, w, b, activation }) {
      const { rows, inputs, outputs, outputShape, flop } = geometry;
      const y = scope.tensor(outputShape);
      const tilesOfOutputs = Math.ceil(outputs / 64);
      const tilesOfRows = Math.ceil(rows / 32);
      const { parts, inputsOfPart } = partsOf(inputs, tilesOfOutputs * tilesOfRows);
      const partial = parts > 1 ? scope.tensor([parts, rows, outputs]) : y;
      const epilogue = { OUT: outputs, ACTIVATION: activationCode[activation], HAS_BIAS: b ? 1 : 0 };
      scope.device.run(
        kernel,
        { x, w, b: b ?? w, y: partial },
        { ...epilogue, IN: inputs },
        {
          grid: grid(tilesOfOutputs, parts * tilesOfRows),
          step: { rows, parts, inputsOfPart, depthQuads: 8 },
          flop,
        },
      );
      if (parts > 1) {
        const quads = (rows * outputs) / 4;
        scope.device.run(sumParts, { partial, b: b ?? w, y }, epilogue, {
          grid: gridFor(quads),
          step: { quads, parts },
        });
      }
      return y;
    },
  };
}
export const tilesForward = forwardTiles("tiles", forwardWgsl);
export const halfTilesForward = forwardTiles("half-tiles", halfForwardWgsl);

/**
 * The parts of the forward's sum: workgroups enough for a GPU where there are few tiles. They are step numbers, so that a short
 * batch compiles nothing.
 */
function partsOf(inputs: number, tiles: number): { parts: number; inputsOfPart: number } {
  const wanted = Math.max(1, Math.min(Math.ceil(WORKGROUPS / tiles), Math.floor(inputs / LEAST_INPUTS)));
  const inputsOfPart = 4 * Math.ceil(inputs / 4 / wanted);
  return { parts: Math.ceil(inputs / inputsOfPart), inputsOfPart };
}

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
