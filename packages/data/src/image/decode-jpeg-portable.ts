import { messageOf } from "@convscope/storage/message-of";
import jpeg from "jpeg-js";
import type { ImageArray } from "../types.ts";
import { ImageError } from "./image-error.ts";
import type { JpegHeader } from "./jpeg-header.ts";

/** jpeg-js keeps every coefficient as an int32: up to 20 bytes a pixel, which makes a gigabyte of this many. */
const MAX_JPEG_PIXELS = 50_000_000;

/**
 * Decodes a JPEG to RGB `[height, width, 3]` with jpeg-js, in plain JavaScript. Chroma is replicated, where libjpeg
 * interpolates it.
 * @throws {ImageError}
 */
export function decodeJpegPortable(bytes: Uint8Array, { width, height, ...header }: JpegHeader): ImageArray {
  if (header.isArithmetic)
    throw new ImageError("is an arithmetic JPEG, which jpeg-js cannot read: convert it.");
  if (width * height > MAX_JPEG_PIXELS) {
    throw new ImageError(
      `is too large: a JPEG of ${width} x ${height} pixels; jpeg-js decodes at most ${MAX_JPEG_PIXELS}.`,
    );
  }
  try {
    const { data } = jpeg.decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      colorTransform: header.isRgb && header.components === 3 ? false : undefined,
      // Checked above, before anything is allocated.
      maxResolutionInMP: Number.POSITIVE_INFINITY,
      maxMemoryUsageInMB: Number.POSITIVE_INFINITY,
    });
    return { shape: [height, width, 3], data };
  } catch (error) {
    throw new ImageError(explain(messageOf(error)), { cause: error });
  }
}

/** Puts jpeg-js's messages in words that help. */
function explain(message: string): string {
  if (/marker was not found|unknown JPEG marker 0$/.test(message)) {
    return "is truncated: its JPEG data ends too early.";
  }
  return `is a damaged JPEG: ${message}.`;
}
