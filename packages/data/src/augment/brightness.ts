import { arrayToImg, valueRange } from "../image/image-array.ts";

import type { NdArray } from "../types.ts";
import { axesOf, type PictureAxes } from "./layout.ts";
import type { BrightnessMode } from "./recipe.ts";

export interface BrightnessOptions extends PictureAxes {
  /** Default `"fixed"`. */
  readonly brightnessMode?: BrightnessMode;
}

/**
 * Makes a picture brighter or darker: Keras's `apply_brightness_shift`. The values become bytes, are multiplied, clipped to
 * 255 and truncated, as Pillow does; alpha stays.
 *
 * `keras2` stretches every picture to 0 … 255 first, and leaves it so. `fixed` takes the values as they are; those of a
 * picture that leaves 0 … 255 are stretched and afterwards put back, as in Keras from 2.4 on.
 * @param x one picture of 1, 3 or 4 channels
 */
export function applyBrightnessShift(
  x: NdArray,
  brightness: number,
  options: BrightnessOptions = {},
): NdArray {
  const { brightnessMode = "fixed" } = options;
  const data = x.data.slice();
  const { channelAxis } = axesOf(options);
  shiftBrightness(data, x.shape, channelAxis, brightness, brightnessMode);
  return { shape: x.shape, data };
}

/** The same, in place. */
export function shiftBrightness(
  data: Float32Array,
  shape: readonly number[],
  channelAxis: number,
  brightness: number,
  mode: BrightnessMode,
): void {
  const channels = shape[channelAxis];
  if (shape.length !== 3 || ![1, 3, 4].includes(channels)) {
    throw new Error(
      `[applyBrightnessShift] the array has shape [${shape}]; one picture of 1, 3 or 4 channels was needed.`,
    );
  }
  const { min, max } = valueRange(data);
  const isInRange = min >= 0 && max <= 255;
  const isStretched = mode === "keras2" || !isInRange;
  // Where the values lie does not matter to `arrayToImg`.
  const bytes = isStretched ? arrayToImg({ shape: [1, data.length, 1], data }).data : new Uint8Array(data);
  const table = brightnessTable(brightness);
  const alpha =
    channels === 4 ? shape.slice(channelAxis + 1).reduce((product, size) => product * size, 1) : 0;
  for (let i = 0; i < data.length; i++) {
    const isAlpha = alpha > 0 && Math.floor(i / alpha) % 4 === 3;
    data[i] = isAlpha ? bytes[i] : table[bytes[i]];
  }
  if (mode === "keras2" || isInRange) return;
  const span = Math.fround(max - min);
  for (let i = 0; i < data.length; i++) data[i] = Math.fround(Math.fround(data[i] / 255) * span) + min;
}

/** Each byte after Pillow's `ImageEnhance.Brightness`: blended with black in float32, clipped and truncated. */
function brightnessTable(brightness: number): Uint8Array {
  const factor = Math.fround(brightness);
  return Uint8Array.from({ length: 256 }, (_, byte) =>
    Math.min(Math.max(Math.fround(factor * byte), 0), 255),
  );
}
