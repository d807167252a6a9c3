import jpeg from "jpeg-js";
import type { ImageArray } from "../types.ts";
import { convertColorMode } from "./color-mode.ts";

/**
 * Encodes a picture as a baseline JPEG (JFIF, YCbCr 4:4:4), with jpeg-js. Alpha is dropped.
 * @param options.quality 1 … 100, as libjpeg counts; default 90
 */
export function encodeJpeg(image: ImageArray, { quality = 90 }: { quality?: number } = {}): Uint8Array {
  const [height, width] = image.shape;
  if (width < 1 || height < 1 || width > 65_535 || height > 65_535) {
    throw new Error(
      `[encodeJpeg] the picture has ${width} x ${height} pixels; a JPEG has 1 to 65535 a side.`,
    );
  }
  if (!(quality >= 1 && quality <= 100)) {
    throw new Error(`[encodeJpeg] quality is ${quality}; a number from 1 to 100 was needed.`);
  }
  const { data } = jpeg.encode({ width, height, data: convertColorMode(image, "rgba").data }, quality);
  return new Uint8Array(data); // no Buffer, whose slice() shares memory
}
