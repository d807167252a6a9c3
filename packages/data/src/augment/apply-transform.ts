import type { FillMode, NdArray, Transform } from "../types.ts";
import { affineMatrix, checkOrder, mappingAbout, warp } from "./affine.ts";
import { shiftBrightness } from "./brightness.ts";
import { shiftChannels } from "./channel-shift.ts";
import { checkFillMode } from "./fill-mode.ts";
import { axesOf, layoutOf } from "./layout.ts";
import type { BrightnessMode, Center, DataFormat, InterpolationOrder } from "./recipe.ts";
import type { Layout } from "./warp.ts";

/** The options of a generator that decide what a transform does. */
export interface TransformOptions {
  readonly dataFormat?: DataFormat;
  readonly fillMode?: FillMode;
  readonly cval?: number;
  readonly interpolationOrder?: InterpolationOrder;
  readonly center?: Center;
  readonly brightnessMode?: BrightnessMode;
}

/**
 * Changes a picture by a transform, in Keras's order: warp, channel shift, horizontal flip, vertical flip, brightness.
 * @param x one picture, in the data format of the options
 * @returns a new array, of the same shape
 */
export function applyTransform(x: NdArray, transform: Transform, options: TransformOptions = {}): NdArray {
  const data = new Float32Array(x.data.length);
  transformInto(x, data, transform, options, 1);
  return { shape: x.shape, data };
}

/**
 * The same into an array, times a factor.
 *
 * The flips are part of the warp's writes: what comes between the two does not know where a value lies. So is the factor,
 * where nothing comes after the warp.
 */
export function transformInto(
  x: NdArray,
  target: Float32Array,
  transform: Transform,
  options: TransformOptions,
  factor: number,
): void {
  const { fillMode = "nearest", cval = 0, interpolationOrder = 1, center = "fixed" } = options;
  checkFillMode("applyTransform", fillMode);
  checkOrder("applyTransform", interpolationOrder);
  const { flipHorizontal = false, flipVertical = false, channelShiftIntensity, brightness } = transform;
  const axes = axesOf({ dataFormat: options.dataFormat });
  const layout = layoutOf("applyTransform", x.shape, axes);
  const isWarpLast = channelShiftIntensity === undefined && brightness === undefined;
  const ofWarp = isWarpLast ? factor : 1;

  const matrix = affineMatrix(transform);
  if (matrix === undefined) {
    copyFlipped(x.data, target, layout, flipHorizontal, flipVertical);
    multiply(target, ofWarp);
  } else {
    const settings = { fillMode, cval, flipHorizontal, flipVertical, factor: ofWarp };
    warp(x.data, target, layout, mappingAbout(matrix, layout, center), interpolationOrder, settings);
  }
  if (channelShiftIntensity !== undefined) shiftChannels(target, channelShiftIntensity);
  if (brightness !== undefined) {
    const { brightnessMode = "fixed" } = options;
    shiftBrightness(target, x.shape, axes.channelAxis, brightness, brightnessMode);
  }
  if (!isWarpLast) multiply(target, factor);
}

function copyFlipped(
  source: Float32Array,
  target: Float32Array,
  { height, width, channels, row, column, channel }: Layout,
  flipHorizontal: boolean,
  flipVertical: boolean,
): void {
  if (!flipHorizontal && !flipVertical) {
    target.set(source);
    return;
  }
  for (let i = 0; i < height; i++) {
    const from = (flipVertical ? height - 1 - i : i) * row;
    for (let j = 0; j < width; j++) {
      const p = from + (flipHorizontal ? width - 1 - j : j) * column;
      const o = i * row + j * column;
      for (let c = 0; c < channels; c++) target[o + c * channel] = source[p + c * channel];
    }
  }
}

function multiply(data: Float32Array, factor: number): void {
  const scale = Math.fround(factor);
  if (scale === 1) return;
  for (let i = 0; i < data.length; i++) data[i] *= scale;
}
