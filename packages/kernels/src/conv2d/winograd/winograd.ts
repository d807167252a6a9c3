import { activationCode, type FusedActivation } from "../../activation/activation.ts";
import type { Device } from "../../device/device.ts";
import { gridFor } from "../../device/grid.ts";
import { defineKernel } from "../../device/kernel.ts";
import type { Scope } from "../../device/memory.ts";
import { bytesOf, type Tensor } from "../../device/tensor.ts";
import { wantsLanes, wideColumns } from "../../variants/lanes.ts";
import type { Variant } from "../../variants/pass.ts";
import type { Conv2dGeometry } from "../geometry.ts";
import type { BackwardFilterOperands, BackwardInputOperands, ForwardOperands } from "../operands.ts";
import multiplyWgsl from "./multiply.wgsl";
import multiplyGradientWgsl from "./multiply-gradient.wgsl";
import { multiplicationsOf, type Tiling, tilingFor } from "./tilings.ts";

const multiply = defineKernel({
  name: "conv2d.winograd.multiply",
  wgsl: multiplyWgsl,
  buffers: ["v", "u", "m"],
  constants: ["IS_WIDE"],
  step: ["tiles", "planeV", "planeU", "planeM", "rounds", "quads"],
});
const multiplyGradient = defineKernel({
  name: "conv2d.winograd.multiplyGradient",
  wgsl: multiplyGradientWgsl,
  buffers: ["v", "d", "du"],
  constants: ["IS_WIDE"],
  step: ["tiles", "quadsV", "quads", "planeV", "planeD", "planeU", "isFirst"],
});

/** A slice's planes should stay in the processor's caches, or nearly. */
const SLICE_BYTES = 24 * 2 ** 20;

/** Why Winograd's algorithm cannot run, or undefined where it can. */
function wants(device: Device, { constants: c, key }: Conv2dGeometry): string | undefined {
  if (c.FILTER_H !== 3 || c.FILTER_W !== 3) return "the filter is not 3×3";
  if (c.STRIDE_H !== 1 || c.STRIDE_W !== 1) return "the strides are not 1";
  if (c.DILATION_H !== 1 || c.DILATION_W !== 1) return "the dilation is not 1";
  if (c.PAD_TOP > 2 || c.PAD_LEFT > 2) return "there are more than 2 pixels of padding";
  const lanes = wantsLanes(device, { IN_C: c.IN_C, OUT_C: c.OUT_C });
  if (lanes) return lanes;
  const most = device.largestTensor;
  const needed = Math.max(
    ...[sizesOfForward(c), sizesOfBackward(c)].map(
      ({ tiling: { planes }, tilesH, tilesW }) =>
        4 * planes * Math.max(tilesH * tilesW * Math.max(c.IN_C, c.OUT_C), c.IN_C * c.OUT_C) * 1.01,
    ),
  );
  return needed > most ? `a picture's planes for ${key} do not fit into a binding` : undefined;
}

/**
 * Whether it is likely to be the fastest on a processor that plays the GPU: with few channels the transforms cost more than
 * they save, and of small pictures the tiles stand out over the edge.
 */
export function winogradPays({ constants: c, outputShape }: Conv2dGeometry): boolean {
  const [, height, width] = outputShape;
  const multiplications = multiplicationsOf(tilingFor(height, width), height, width);
  const direct = c.FILTER_H * c.FILTER_W * height * width;
  return c.IN_C >= 16 && c.OUT_C >= 16 && multiplications <= 0.6 * direct;
}

/** A convolution as Winograd's kernels see it: that of the forward pass, or the one that makes dx from dy. */
interface Sizes {
  readonly tiling: Tiling;
  readonly inH: number;
  readonly inW: number;
  readonly inC: number;
  readonly outH: number;
  readonly outW: number;
  readonly outC: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly tilesH: number;
  readonly tilesW: number;
}

function sizesOfForward(c: Conv2dGeometry["constants"]): Sizes {
  const tiling = tilingFor(c.OUT_H, c.OUT_W);
  return {
    tiling,
    inH: c.IN_H,
    inW: c.IN_W,
    inC: c.IN_C,
    outH: c.OUT_H,
    outW: c.OUT_W,
    outC: c.OUT_C,
    padTop: c.PAD_TOP,
    padLeft: c.PAD_LEFT,
    tilesH: Math.ceil(c.OUT_H / tiling.tile),
    tilesW: Math.ceil(c.OUT_W / tiling.tile),
  };
}

/** dx is the convolution of dy with the filter turned upside down, and what padding the forward lacked of 2. */
function sizesOfBackward(c: Conv2dGeometry["constants"]): Sizes {
  const tiling = tilingFor(c.IN_H, c.IN_W);
  return {
    tiling,
    inH: c.OUT_H,
    inW: c.OUT_W,
    inC: c.OUT_C,
    outH: c.IN_H,
    outW: c.IN_W,
    outC: c.IN_C,
    padTop: 2 - c.PAD_TOP,
    padLeft: 2 - c.PAD_LEFT,
    tilesH: Math.ceil(c.IN_H / tiling.tile),
    tilesW: Math.ceil(c.IN_W / tiling.tile),
  };
}

/**
 * From one plane to the next, in elements: an odd number of 64-byte lines, since planes that lie a multiple of 4 KiB apart
 * fall into the same few lines of a cache.
 */
function planeOf(elements: number): number {
  return (Math.ceil(elements / 16) | 1) * 16;
}

/** The pictures that are worked on at a time: what fits into a slice, and at least one. */
function picturesOf(batch: number, { tiling, tilesH, tilesW, inC, outC }: Sizes): number {
  const bytes = tiling.planes * tilesH * tilesW * Math.max(inC, outC) * 4;
  return Math.max(1, Math.min(batch, Math.floor(SLICE_BYTES / bytes)));
}

/** The slices of a batch: first picture, pictures. */
function* slicesOf(batch: number, pictures: number): Generator<{ first: number; count: number }> {
  for (let first = 0; first < batch; first += pictures) {
    yield { first, count: Math.min(pictures, batch - first) };
  }
}

interface Epilogue {
  readonly b?: Tensor;
  readonly activation?: FusedActivation;
  readonly rectified?: Tensor;
}

/** The convolution of x with the filter f, or f turned. */
function convolve(
  scope: Scope,
  sizes: Sizes,
  { x, f, y, isTurned }: { x: Tensor; f: Tensor; y: Tensor; isTurned: boolean },
  { b, activation = "linear", rectified }: Epilogue,
  flop: number,
): void {
  const { device } = scope;
  const { inC, outC, tilesH, tilesW } = sizes;
  const { planes, kernels } = sizes.tiling;
  const [batch] = x.shape;
  const pictures = picturesOf(batch, sizes);
  const most = pictures * tilesH * tilesW;
  const planeU = planeOf(inC * outC);
  const u = scope.tensor([planes, planeU]);
  const v = scope.tensor([planes, planeOf(most * inC)]);
  const m = scope.tensor([planes, planeOf(most * outC)]);
  const { groups, isWide } = wideColumns(outC);
  const [filterInC, filterOutC] = isTurned ? [outC, inC] : [inC, outC];
  const filterLaunch = {
    grid: gridFor(inC * outC),
    step: { inC: filterInC, outC: filterOutC, plane: planeU },
  };
  device.run(kernels.filter, { f, u }, { IS_TURNED: isTurned ? 1 : 0 }, filterLaunch);
  for (const { first, count } of slicesOf(batch, pictures)) {
    const ofSlice = (whole: number) => (whole * count) / batch;
    const tiles = count * tilesH * tilesW;
    const planeV = planeOf(tiles * inC);
    const planeM = planeOf(tiles * outC);
    device.run(
      kernels.input,
      { x, v },
      { IN_C: inC },
      {
        grid: tilesGrid(sizes, count, inC),
        step: { ...inputSizes(sizes), first, plane: planeV },
        bytes: ofSlice(bytesOf(x.shape)) + 4 * planes * (tiles * inC),
      },
    );
    device.run(
      multiply,
      { v, u, m },
      { IS_WIDE: isWide ? 1 : 0 },
      {
        grid: [groups, Math.ceil(tiles / 32), planes],
        step: {
          tiles,
          planeV: planeV / 2,
          planeU: planeU / 4,
          planeM: planeM / 4,
          rounds: inC / 2,
          quads: outC / 4,
        },
        flop: ofSlice(flop),
        bytes: 4 * planes * (tiles * inC + inC * outC + tiles * outC),
      },
    );
    const constants = {
      OUT_C: outC,
      ACTIVATION: activationCode[activation],
      HAS_BIAS: b ? 1 : 0,
      IS_RECTIFIED: rectified ? 1 : 0,
    };
    device.run(kernels.output, { m, b: b ?? f, x: rectified ?? f, y }, constants, {
      grid: tilesGrid(sizes, count, outC),
      step: { ...outputSizes(sizes), first, plane: planeM },
      bytes: 4 * planes * (tiles * outC) + ofSlice(bytesOf(y.shape)) * (rectified ? 2 : 1),
    });
  }
}

/** The step numbers of the transforms: not pipeline constants, so that one pipeline serves all sizes of pictures. */
const inputSizes = ({ inH, inW, padTop, padLeft, tilesH, tilesW }: Sizes) => ({
  height: inH,
  width: inW,
  padTop,
  padLeft,
  tilesH,
  tilesW,
});
const outputSizes = ({ outH, outW, tilesH, tilesW }: Sizes) => ({
  height: outH,
  width: outW,
  tilesH,
  tilesW,
});

/** The grid of the transforms: a row of tiles and their channels, by rows of tiles, by pictures. */
const tilesGrid = ({ tilesH, tilesW }: Sizes, pictures: number, channels: number) =>
  [Math.ceil((tilesW * channels) / 64), tilesH, pictures] as const;

export const winogradForward: Variant<Conv2dGeometry, ForwardOperands> = {
  name: "winograd",
  refuses: wants,
  run(scope, geometry, { x, f, b, activation }) {
    const y = scope.tensor(geometry.outputShape);
    const sizes = sizesOfForward(geometry.constants);
    convolve(scope, sizes, { x, f, y, isTurned: false }, { b, activation }, geometry.flop);
    return y;
  },
};

export const winogradBackwardInput: Variant<Conv2dGeometry, BackwardInputOperands> = {
  name: "winograd",
  refuses: wants,
  run(scope, geometry, { dy, f, rectified }) {
    const dx = scope.tensor(geometry.inputShape);
    const sizes = sizesOfBackward(geometry.constants);
    convolve(scope, sizes, { x: dy, f, y: dx, isTurned: true }, { rectified }, geometry.flop);
    return dx;
  },
};

export const winogradBackwardFilter: Variant<Conv2dGeometry, BackwardFilterOperands> = {
  name: "winograd",
  refuses: wants,
  run(scope, geometry, { x, dy }) {
    const { device } = scope;
    const df = scope.tensor(geometry.filterShape);
    const sizes = sizesOfForward(geometry.constants);
    const { inC, outC, tilesH, tilesW } = sizes;
    const { planes, kernels } = sizes.tiling;
    const [batch] = geometry.inputShape;
    const pictures = picturesOf(batch, sizes);
    const most = pictures * tilesH * tilesW;
    const planeU = planeOf(inC * outC);
    const du = scope.tensor([planes, planeU]);
    const v = scope.tensor([planes, planeOf(most * inC)]);
    const d = scope.tensor([planes, planeOf(most * outC)]);
    const { groups, isWide } = wideColumns(outC);
    for (const { first, count } of slicesOf(batch, pictures)) {
      const ofSlice = (whole: number) => (whole * count) / batch;
      const tiles = count * tilesH * tilesW;
      const planeV = planeOf(tiles * inC);
      const planeD = planeOf(tiles * outC);
      device.run(
        kernels.input,
        { x, v },
        { IN_C: inC },
        {
          grid: tilesGrid(sizes, count, inC),
          step: { ...inputSizes(sizes), first, plane: planeV },
          bytes: ofSlice(bytesOf(x.shape)) + 4 * planes * (tiles * inC),
        },
      );
      device.run(
        kernels.outputGradient,
        { dy, d },
        { OUT_C: outC },
        {
          grid: tilesGrid(sizes, count, outC),
          step: { ...outputSizes(sizes), first, plane: planeD },
          bytes: ofSlice(bytesOf(dy.shape)) + 4 * planes * (tiles * outC),
        },
      );
      device.run(
        multiplyGradient,
        { v, d, du },
        { IS_WIDE: isWide ? 1 : 0 },
        {
          grid: [groups, Math.ceil(inC / 32), planes],
          step: {
            tiles,
            quadsV: inC / 4,
            quads: outC / 4,
            planeV: planeV / 4,
            planeD: planeD / 4,
            planeU: planeU / 4,
            isFirst: first === 0 ? 1 : 0,
          },
          flop: ofSlice(geometry.flop),
          bytes: 4 * planes * (tiles * inC + tiles * outC + inC * outC),
        },
      );
    }
    const ofFilter = { grid: gridFor(inC * outC), step: { count: inC * outC, plane: planeU } };
    device.run(kernels.filterGradient, { du, df }, {}, ofFilter);
    return df;
  },
};
