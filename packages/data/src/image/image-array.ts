import type { ImageArray, NdArray } from "../types.ts";

/** Keras's `img_to_array`: the same values 0 … 255 as float32 `[height, width, channels]`. */
export function imgToArray(image: ImageArray): NdArray {
  return { shape: image.shape, data: Float32Array.from(image.data) };
}

/**
 * Keras's `array_to_img` (keras-preprocessing 1.1.1 and newer): float32 arithmetic, then truncated to bytes.
 * @param x `[height, width, 1, 3 or 4]`
 * @param options.scale true, the default: stretched so that the smallest value becomes 0 and the largest 255.
 *   false: kept, and clipped to 0 … 255 (NumPy would wrap around).
 * @throws for another shape
 */
export function arrayToImg(x: NdArray, { scale = true }: { scale?: boolean } = {}): ImageArray {
  const [height, width, channels] = x.shape;
  if (x.shape.length !== 3 || ![1, 3, 4].includes(channels)) {
    throw new Error(
      `[arrayToImg] the array has shape [${x.shape}]; a picture [height, width, 1, 3 or 4 channels] was needed.`,
    );
  }
  const { min, max } = valueRange(x.data);
  const span = Math.fround(max - min);
  const values = !scale
    ? x.data
    : x.data.map((value) => {
        const lifted = Math.fround(value - min);
        return span === 0 ? lifted : Math.fround(lifted / span) * 255; // stored as float32 by map
      });
  const data = new Uint8Array(values.length);
  for (let i = 0; i < data.length; i++) data[i] = Math.min(Math.max(Math.trunc(values[i]), 0), 255);
  return { shape: [height, width, channels], data };
}

/** The smallest and the largest of some values. */
export function valueRange(values: Float32Array): { min: number; max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
