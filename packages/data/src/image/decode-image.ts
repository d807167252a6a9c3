import type { ImageArray } from "../types.ts";
import { decodeJpeg, type JpegDecoder } from "./decode-jpeg.ts";
import { decodePng } from "./decode-png.ts";
import { imageFormat } from "./image-format.ts";

/**
 * Decodes a JPEG or PNG picture, told apart by content. Needs no file system.
 * @param bytes the whole file
 * @param options.decoder of JPEGs; default `"exact"`
 * @returns RGB `[height, width, 3]` of a JPEG, RGBA `[height, width, 4]` of a PNG
 * @throws {ImageError} for other formats, damaged or truncated data, and pictures of more than `MAX_PIXELS` pixels
 */
export async function decodeImage(
  bytes: Uint8Array,
  { decoder = "exact" }: { readonly decoder?: JpegDecoder } = {},
): Promise<ImageArray> {
  return imageFormat(bytes) === "jpeg" ? decodeJpeg(bytes, decoder) : decodePng(bytes);
}
