import jpeg from "jpeg-js";
import type { ImageArray } from "../types.ts";
import { ImageError, messageOf } from "./image-error.ts";
import { startsWith } from "./image-format.ts";
import { checkEnoughData, checkSize } from "./image-size.ts";

/** jpeg-js keeps every coefficient as an int32: up to 20 bytes a pixel, which makes a gigabyte of this many. */
const MAX_JPEG_PIXELS = 50_000_000;

/** What is wanted of a JPEG's frame header (ITU-T T.81, B.2.2). */
interface Frame {
  readonly width: number;
  readonly height: number;
  /** Whether three components are red, green and blue, and not YCbCr. */
  readonly isRgb: boolean;
}

/**
 * Decodes a JPEG (baseline or progressive; grayscale, YCbCr, RGB, CMYK) to RGB `[height, width, 3]`, with jpeg-js.
 * EXIF rotation and colour profiles are not applied, as in Keras. Chroma is replicated, where libjpeg interpolates it.
 * @throws {ImageError}
 */
export function decodeJpeg(bytes: Uint8Array): ImageArray {
  const { width, height, isRgb } = readFrame(bytes);
  checkSize(width, height);
  // Every block of 8 x 8 takes at least one bit.
  checkEnoughData(bytes.length, (width * height) / 64 / 8, width, height);
  if (width * height > MAX_JPEG_PIXELS) {
    throw new ImageError(
      `is too large: a JPEG of ${width} x ${height} pixels; at most ${MAX_JPEG_PIXELS} are decoded.`,
    );
  }
  try {
    const { data } = jpeg.decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      colorTransform: isRgb ? false : undefined,
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

/** Walks the segments up to the frame header. */
function readFrame(bytes: Uint8Array): Frame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let hasJfif = false;
  let adobeTransform: number | undefined;
  let offset = 2;
  while (offset + 4 <= bytes.length) {
    if (bytes[offset] !== 0xff)
      throw new ImageError("is a damaged JPEG: a marker was expected in its header.");
    const marker = bytes[offset + 1];
    if (marker === 0xff) {
      offset += 1; // fill byte
      continue;
    }
    const length = view.getUint16(offset + 2);
    if (marker === 0xda) throw new ImageError("is a damaged JPEG: its picture data has no frame header.");
    const segment = bytes.subarray(offset + 4, offset + 2 + length);
    if (marker === 0xe0 && startsWith(segment, "JFIF\0")) hasJfif = true;
    if (marker === 0xee && startsWith(segment, "Adobe") && segment.length >= 12) adobeTransform = segment[11];
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) {
      if (offset + 2 + length > bytes.length) break;
      if (marker > 0xc2) {
        throw new ImageError(
          `is a lossless, hierarchical or arithmetic JPEG (SOF${marker - 0xc0}): convert it.`,
        );
      }
      const precision = bytes[offset + 4];
      if (precision !== 8)
        throw new ImageError(`is a JPEG of ${precision} bits per sample, not 8: convert it.`);
      // libjpeg's rule (jdapimin.c): JFIF means YCbCr, Adobe says which, and else the components' names do.
      const areCalledRgb = String.fromCharCode(segment[6], segment[9], segment[12]) === "RGB";
      return {
        height: view.getUint16(offset + 5),
        width: view.getUint16(offset + 7),
        isRgb: !hasJfif && (adobeTransform === undefined ? areCalledRgb : adobeTransform === 0),
      };
    }
    offset += 2 + length;
  }
  throw new ImageError("is truncated: its JPEG header is cut off.");
}
