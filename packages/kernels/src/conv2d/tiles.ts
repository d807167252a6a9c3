import { activationCode } from "../activation/activation.ts";
import { sumPartials } from "../bias-gradient/bias-gradient.ts";
import type { Device } from "../device/device.ts";
import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import { bytesOf, sizeOf } from "../device/tensor.ts";
import type { Variant } from "../variants/pass.ts";
import { type TilesName, wantsOfTiles } from "../variants/tiles.ts";
import backwardFilterWgsl from "./backward-filter-5-tiles.wgsl";
import halfBackwardFilterWgsl from "./backward-filter-6-half-tiles.wgsl";
import backwardInputWgsl from "./backward-input-5-tiles.wgsl";
import halfBackwardInputWgsl from "./backward-input-6-half-tiles.wgsl";
import forwardWgsl from "./forward-5-tiles.wgsl";
import halfForwardWgsl from "./forward-6-half-tiles.wgsl";
import { type Conv2dGeometry, conv2dConstants } from "./geometry.ts";
import type { BackwardFilterOperands, BackwardInputOperands, ForwardOperands } from "./operands.ts";
import { transposeFilter } from "./transpose-filter.ts";

// A thread holds 8 × 4 results in all the kernels; how many threads stand side by side is chosen here. Guesses, all of
// these numbers: no GPU was at hand to measure on.

/** Threads along the channels, of 4 each: a tile of 64 channels, or of 32 where there are no more. */
const threadsAlongChannels = (channels: number): number => (channels <= 32 ? 8 : 16);
/** Threads along the rows of df, of 8 each. */
const threadsAlongRows = (rows: number): number => (rows <= 32 ? 4 : 8);
/** Pixels of a tile, in the passes whose results are pixels by channels. */
const TILE_PIXELS = 128;
/** Workgroups that fill a large GPU a few times over. */
const WORKGROUPS = 512;
/** More parts than that cost more to add up than they gain. */
const MOST_PARTS = 256;

/** The grid of pixel tiles by channel tiles, the pixels folded into y and z. */
function tilesGrid(channels: number, pixels: number): [number, number, number] {
  const [y, z] = gridFor(Math.ceil(pixels / TILE_PIXELS), 1);
  return [Math.ceil(channels / (4 * threadsAlongChannels(channels))), y, z];
}

function forwardTiles(name: TilesName, wgsl: string): Variant<Conv2dGeometry, ForwardOperands> {
  const kernel = defineKernel({
    name: `conv2d.forward.${name}`,
    wgsl,
    buffers: ["x", "x4", "f", "b", "y"],
    constants: [...conv2dConstants, "ACTIVATION", "HAS_BIAS", "THREADS_C"],
    step: ["pixels", "terms", "depthQuads"],
  });
  return {
    name,
    refuses: (device, { constants }) => wantsOfTiles[name](device, { OUT_C: constants.OUT_C }),
    run(scope, geometry, { x, f, b, activation }) {
      const y = scope.tensor(geometry.outputShape);
      const { FILTER_H, FILTER_W, IN_C, OUT_C } = geometry.constants;
      const pixels = sizeOf(y.shape) / OUT_C;
      const constants = {
        ...geometry.constants,
        ACTIVATION: activationCode[activation],
        HAS_BIAS: b ? 1 : 0,
        THREADS_C: threadsAlongChannels(OUT_C),
      };
      scope.device.run(kernel, { x, x4: x, f, b: b ?? f, y }, constants, {
        grid: tilesGrid(OUT_C, pixels),
        step: { pixels, terms: FILTER_H * FILTER_W * IN_C, depthQuads: 4 },
        flop: geometry.flop,
      });
      return y;
    },
  };
}
export const tilesForward = forwardTiles("tiles", forwardWgsl);
export const halfTilesForward = forwardTiles("half-tiles", halfForwardWgsl);

function backwardInputTiles(name: TilesName, wgsl: string): Variant<Conv2dGeometry, BackwardInputOperands> {
  const kernel = defineKernel({
    name: `conv2d.backwardInput.${name}`,
    wgsl,
    buffers: ["dy", "dy4", "t", "x", "dx"],
    constants: [...conv2dConstants, "IS_RECTIFIED", "THREADS_C"],
    step: ["pixels", "terms", "depthQuads"],
  });
  return {
    name,
    refuses: (device, { constants }) => wantsOfTiles[name](device, { IN_C: constants.IN_C }),
    run(scope, geometry, { dy, f, rectified }) {
      const t = transposeFilter(scope, geometry, f);
      const dx = scope.tensor(geometry.inputShape);
      const { FILTER_H, FILTER_W, IN_C, OUT_C } = geometry.constants;
      const pixels = sizeOf(dx.shape) / IN_C;
      const constants = {
        ...geometry.constants,
        IS_RECTIFIED: rectified ? 1 : 0,
        THREADS_C: threadsAlongChannels(IN_C),
      };
      scope.device.run(kernel, { dy, dy4: dy, t, x: rectified ?? dy, dx }, constants, {
        grid: tilesGrid(IN_C, pixels),
        step: { pixels, terms: FILTER_H * FILTER_W * OUT_C, depthQuads: 4 },
        flop: geometry.flop,
      });
      return dx;
    },
  };
}
export const tilesBackwardInput = backwardInputTiles("tiles", backwardInputWgsl);
export const halfTilesBackwardInput = backwardInputTiles("half-tiles", halfBackwardInputWgsl);

function backwardFilterTiles(name: TilesName, wgsl: string): Variant<Conv2dGeometry, BackwardFilterOperands> {
  const kernel = defineKernel({
    name: `conv2d.backwardFilter.${name}`,
    wgsl,
    buffers: ["x", "x4", "dy", "partial"],
    constants: [...conv2dConstants, "PARTS", "THREADS_R", "THREADS_C"],
    step: ["pixels", "depthQuads"],
  });
  return {
    name,
    refuses: (device, { constants }) => wantsOfTiles[name](device, { OUT_C: constants.OUT_C }),
    run(scope, geometry, { x, dy }) {
      const { FILTER_H, FILTER_W, IN_C, OUT_C } = geometry.constants;
      const rows = FILTER_H * FILTER_W * IN_C;
      const [THREADS_R, THREADS_C] = [threadsAlongRows(rows), threadsAlongChannels(OUT_C)];
      const grid = [Math.ceil(OUT_C / (4 * THREADS_C)), Math.ceil(rows / (8 * THREADS_R))] as const;
      const parts = partsOf(scope.device, geometry, grid[0] * grid[1]);
      const partial = scope.tensor([parts, ...geometry.filterShape]);
      const constants = { ...geometry.constants, PARTS: parts, THREADS_R, THREADS_C };
      scope.device.run(kernel, { x, x4: x, dy, partial }, constants, {
        grid: [...grid, parts],
        step: { pixels: sizeOf(dy.shape) / OUT_C, depthQuads: 4 },
        flop: geometry.flop,
      });
      return sumPartials(scope, partial, geometry.filterShape);
    },
  };
}
export const tilesBackwardFilter = backwardFilterTiles("tiles", backwardFilterWgsl);
export const halfTilesBackwardFilter = backwardFilterTiles("half-tiles", halfBackwardFilterWgsl);

/**
 * The parts into which backwardFilter cuts the output pixels of a batch: workgroups enough for a GPU, but at least 16
 * pixels of a picture each, and sums of some thousand terms, whose rounding stays small. The batch size plays no role,
 * so that a short batch compiles nothing.
 * @param tiles workgroups of one part
 */
function partsOf(device: Device, { constants, filterShape }: Conv2dGeometry, tiles: number): number {
  const pixels = constants.OUT_H * constants.OUT_W;
  const forWorkgroups = Math.min(Math.ceil(WORKGROUPS / tiles), Math.ceil(pixels / 16));
  const forRounding = Math.ceil(pixels / 256);
  const fitting = Math.floor(device.largestTensor / bytesOf(filterShape));
  return Math.max(1, Math.min(MOST_PARTS, fitting, Math.max(forWorkgroups, forRounding)));
}
