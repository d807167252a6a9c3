import type { ImageArray } from "../types.ts";
import { decodeJpegExact } from "./decode-jpeg-exact.ts";
import { decodeJpegPortable } from "./decode-jpeg-portable.ts";
import { readJpegHeader } from "./jpeg-header.ts";

/**
 * Who decodes JPEGs: `exact` libjpeg-turbo in WebAssembly, which gives the bytes that Pillow gives, `portable` jpeg-js,
 * in plain JavaScript.
 */
export type JpegDecoder = "exact" | "portable";

export const JPEG_DECODERS: readonly JpegDecoder[] = ["exact", "portable"];

/**
 * Decodes a JPEG (baseline or progressive; gray, YCbCr, RGB, CMYK) to RGB `[height, width, 3]`. EXIF rotation and
 * colour profiles are not applied, as in Keras. CMYK, and the odd subsampling that libjpeg-turbo's simple interface does
 * not take, are decoded by jpeg-js, whatever the choice.
 * @throws {ImageError}
 */
export async function decodeJpeg(bytes: Uint8Array, decoder: JpegDecoder): Promise<ImageArray> {
  const header = readJpegHeader(bytes);
  const exact = decoder === "exact" ? await decodeJpegExact(bytes, header) : undefined;
  return exact ?? decodeJpegPortable(bytes, header);
}
