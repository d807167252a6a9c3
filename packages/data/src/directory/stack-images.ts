import type { ImageArray, NdArray } from "../types.ts";

/**
 * The float32 value of each byte under `rescale`: both become float32 and are multiplied as such, as NumPy does
 * (their product is exact in float64, so there is one rounding). No `rescale`, or 0, leaves the values 0 … 255.
 */
export function rescaleTable(rescale?: number): Float32Array {
  const factor = Math.fround(rescale || 1);
  return Float32Array.from({ length: 256 }, (_, byte) => byte * factor);
}

/**
 * Pictures of one shape, as one float32 array.
 * @param images `[height, width, channels]` each
 * @param table the value of each byte
 * @returns `[n, height, width, channels]`
 */
export function stackImages(images: readonly ImageArray[], table: Float32Array): NdArray {
  const { shape, data: first } = images[0];
  const data = new Float32Array(images.length * first.length);
  let o = 0;
  for (const image of images) {
    const bytes = image.data;
    for (let i = 0; i < bytes.length; i++) data[o++] = table[bytes[i]];
  }
  return { shape: [images.length, ...shape], data };
}
