import type { ColorMode, ImageArray } from "../types.ts";

/** Channels of each colour mode. */
export const CHANNELS: Readonly<Record<ColorMode, number>> = { grayscale: 1, rgb: 3, rgba: 4 };

/**
 * Converts a picture to a colour mode, as Pillow's `convert` does: alpha is dropped without blending, and luma is
 * `(19595 R + 38470 G + 7471 B + 32768) >> 16` (ITU-R 601-2, in fixed point).
 * @param image `[height, width, 1, 3 or 4]`
 */
export function convertColorMode(image: ImageArray, mode: ColorMode): ImageArray {
  const [height, width, from] = image.shape;
  const to = CHANNELS[mode];
  if (from === to) return image;
  const source = image.data;
  const data = new Uint8Array(height * width * to);
  for (let i = 0, o = 0; o < data.length; i += from, o += to) {
    const r = source[i];
    const g = from === 1 ? r : source[i + 1];
    const b = from === 1 ? r : source[i + 2];
    if (to === 1) {
      data[o] = (19595 * r + 38470 * g + 7471 * b + 32768) >> 16;
      continue;
    }
    data[o] = r;
    data[o + 1] = g;
    data[o + 2] = b;
    if (to === 4) data[o + 3] = 255;
  }
  return { shape: [height, width, to], data };
}
