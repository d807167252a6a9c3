import { ImageError } from "./image-error.ts";

/**
 * The most pixels a picture may claim, Pillow's limit against decompression bombs (`2 * Image.MAX_IMAGE_PIXELS`:
 * a quarter of a gigabyte at 3 bytes a pixel, doubled).
 */
export const MAX_PIXELS = 178_956_970;

/**
 * Checks a size that a header claims, before anything is allocated for it.
 * @throws {ImageError} for a size of nothing, and for one above `MAX_PIXELS`
 */
export function checkSize(width: number, height: number): void {
  if (width === 0 || height === 0) {
    throw new ImageError(`is damaged: its header claims ${width} x ${height} pixels.`);
  }
  if (width * height > MAX_PIXELS) {
    throw new ImageError(
      `claims ${width} x ${height} pixels, more than the limit of ${MAX_PIXELS} (a decompression bomb?).`,
    );
  }
}

/** What a compressed picture needs at the least to fill its size; fewer bytes are a file cut off, or a bomb. */
export function checkEnoughData(bytes: number, needed: number, width: number, height: number): void {
  if (bytes < needed) {
    throw new ImageError(`is truncated: its ${bytes} bytes of data cannot hold ${width} x ${height} pixels.`);
  }
}
