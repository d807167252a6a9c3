import { valueRange } from "../image/image-array.ts";
import type { NdArray } from "../types.ts";

/**
 * Adds a number to all channels of a picture, clipped to the picture's own smallest and largest value: Keras's
 * `apply_channel_shift`.
 */
export function applyChannelShift(x: NdArray, intensity: number): NdArray {
  const data = x.data.slice();
  shiftChannels(data, intensity);
  return { shape: x.shape, data };
}

/** The same, in place. */
export function shiftChannels(data: Float32Array, intensity: number): void {
  const { min, max } = valueRange(data);
  const added = Math.fround(intensity);
  for (let i = 0; i < data.length; i++) data[i] = Math.min(Math.max(data[i] + added, min), max);
}
