import type { ImageArray } from "../types.ts";
import { decodeBmp } from "./decode-bmp.ts";
import { decodeJpeg, type JpegDecoder } from "./decode-jpeg.ts";
import { decodePng } from "./decode-png.ts";
import { decodePnm } from "./decode-pnm.ts";
import { imageFormat } from "./image-format.ts";

/**
 * Decodes a JPEG, PNG, BMP or PNM (PPM, PGM, PBM) picture, told apart by content. Needs no file system.
 * @param bytes the whole file
 * @param options.decoder of JPEGs; default `"exact"`
 * @returns `[height, width, channels]`: gray, RGB or RGBA; RGB of every JPEG, RGBA of every PNG
 * @throws {ImageError} for other formats, damaged or truncated data, and pictures of more than `MAX_PIXELS` pixels
 */
export async function decodeImage(
  bytes: Uint8Array,
  { decoder = "exact" }: { readonly decoder?: JpegDecoder } = {},
): Promise<ImageArray> {
  switch (imageFormat(bytes)) {
    case "jpeg":
      return decodeJpeg(bytes, decoder);
    case "png":
      return decodePng(bytes);
    case "bmp":
      return decodeBmp(bytes);
    case "pnm":
      return decodePnm(bytes);
  }
}
