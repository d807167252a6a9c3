import type { NdArray } from "../types.ts";
import { type AffineOptions, applyAffineTransform, type WarpOptions } from "./affine.ts";
import { applyBrightnessShift, type BrightnessOptions } from "./brightness.ts";
import { applyChannelShift } from "./channel-shift.ts";
import { axesOf } from "./layout.ts";
import { type RandomSource, randomSource } from "./random-source.ts";

/** What a function draws from; by chance where it is not given. */
export interface RandomOptions {
  readonly random?: RandomSource;
}

export type RandomWarpOptions = WarpOptions & Pick<AffineOptions, "center" | "shearUnit"> & RandomOptions;

const around = (range: number, { random = randomSource() }: RandomOptions): number =>
  random.uniform(-range, range);

/** Turns a picture by up to `range` degrees: Keras's `random_rotation`. */
export function randomRotation(x: NdArray, range: number, options: RandomWarpOptions = {}): NdArray {
  return applyAffineTransform(x, { ...options, theta: around(range, options) });
}

/** Shifts a picture by up to two fractions of its width and height: Keras's `random_shift`. */
export function randomShift(
  x: NdArray,
  widthRange: number,
  heightRange: number,
  options: RandomWarpOptions = {},
): NdArray {
  const { random = randomSource() } = options;
  const { rowAxis, colAxis } = axesOf(options);
  const tx = around(heightRange, { random }) * x.shape[rowAxis];
  const ty = around(widthRange, { random }) * x.shape[colAxis];
  return applyAffineTransform(x, { ...options, tx, ty });
}

/** Shears a picture by an angle of up to `range` (`shearUnit`; default degrees): Keras's `random_shear`. */
export function randomShear(x: NdArray, range: number, options: RandomWarpOptions = {}): NdArray {
  return applyAffineTransform(x, { ...options, shear: around(range, options) });
}

/**
 * Zooms the rows and the columns of a picture, each by its own factor between two: Keras's `random_zoom`.
 * @throws for other than two numbers, in Keras's words
 */
export function randomZoom(
  x: NdArray,
  zoomRange: readonly [low: number, high: number],
  options: RandomWarpOptions = {},
): NdArray {
  const [low, high] = checkPair("randomZoom", "zoomRange", zoomRange);
  if (low === 1 && high === 1) return applyAffineTransform(x, options);
  const { random = randomSource() } = options;
  const zx = random.uniform(low, high);
  const zy = random.uniform(low, high);
  return applyAffineTransform(x, { ...options, zx, zy });
}

/** Adds up to `range` to all channels, within the picture's own smallest and largest value: Keras's `random_channel_shift`. */
export function randomChannelShift(x: NdArray, range: number, options: RandomOptions = {}): NdArray {
  return applyChannelShift(x, around(range, options));
}

/**
 * Makes a picture brighter or darker by a factor between two: Keras's `random_brightness`.
 * @throws for other than two numbers, in Keras's words
 */
export function randomBrightness(
  x: NdArray,
  brightnessRange: readonly [low: number, high: number],
  options: BrightnessOptions & RandomOptions = {},
): NdArray {
  const [low, high] = checkPair("randomBrightness", "brightnessRange", brightnessRange);
  const { random = randomSource() } = options;
  return applyBrightnessShift(x, random.uniform(low, high), options);
}

function checkPair(where: string, name: string, pair: readonly number[]): readonly number[] {
  if (Array.isArray(pair) && pair.length === 2) return pair;
  throw new Error(
    `[${where}] \`${name}\` should be tuple or list of two floats. Received: ${JSON.stringify(pair)}`,
  );
}
