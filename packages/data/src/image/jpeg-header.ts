import { ImageError } from "./image-error.ts";
import { startsWith } from "./image-format.ts";
import { checkEnoughData, checkSize } from "./image-size.ts";

/** What is wanted of a JPEG's headers, those before its first scan (ITU-T T.81, B.2). */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** 1 gray, 3 colour, 4 CMYK. */
  readonly components: 1 | 3 | 4;
  /** Whether three components are red, green and blue, and not YCbCr. */
  readonly isRgb: boolean;
  readonly isArithmetic: boolean;
}

/** Frames that are decoded: baseline, extended and progressive, coded by Huffman or arithmetically (SOF 0 1 2 9 10). */
const FRAMES = [0xc0, 0xc1, 0xc2, 0xc9, 0xca];
const [SOI, EOI, SOS, APP0, APP14] = [0xd8, 0xd9, 0xda, 0xe0, 0xee];

/**
 * Reads the headers, and walks over the coded data without decoding them. Nothing is allocated.
 * @throws {ImageError} for sizes out of range, kinds that no decoder here knows, and a file that is cut off: one
 *   without an end marker, as Pillow has it
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader {
  let header: Omit<JpegHeader, "isRgb"> | undefined;
  let names = "";
  let hasJfif = false;
  let adobeTransform: number | undefined;
  let offset = 2;
  while (offset + 4 <= bytes.length) {
    if (bytes[offset] !== 0xff) {
      offset += 1; // junk between segments, which libjpeg skips as well
      continue;
    }
    const marker = bytes[offset + 1];
    if (marker === 0xff || marker === SOI) {
      offset += marker === SOI ? 2 : 1; // 0xff: fill byte
      continue;
    }
    const length = (bytes[offset + 2] << 8) | bytes[offset + 3];
    const segment = bytes.subarray(offset + 4, offset + 2 + length);
    if (marker === SOS) {
      if (header === undefined) {
        throw new ImageError("is a damaged JPEG: its picture data has no frame header.");
      }
      if (!hasEnd(bytes, offset)) throw new ImageError("is truncated: its JPEG data ends too early.");
      if (header.components === 4 && adobeTransform === undefined) {
        throw new ImageError("is a CMYK JPEG that does not say which way its inks count: convert it.");
      }
      // libjpeg's rule (jdapimin.c): JFIF means YCbCr, Adobe says which, and else the components' names do.
      const isRgb = !hasJfif && (adobeTransform === undefined ? names === "RGB" : adobeTransform === 0);
      return { ...header, isRgb };
    }
    if (marker === APP0 && startsWith(segment, "JFIF\0")) hasJfif = true;
    if (marker === APP14 && startsWith(segment, "Adobe") && segment.length >= 12) {
      adobeTransform = segment[11];
    }
    if (isFrame(marker)) {
      if (offset + 2 + length > bytes.length) break;
      if (header !== undefined) throw new ImageError("is a damaged JPEG: it has two frame headers.");
      header = readFrame(marker, segment);
      // Every block of 8 x 8 takes at least one bit.
      checkEnoughData(bytes.length, (header.width * header.height) / 64 / 8, header.width, header.height);
      names = String.fromCharCode(segment[6], segment[9], segment[12]);
    }
    offset += 2 + length;
  }
  throw new ImageError("is truncated: its JPEG header is cut off.");
}

/** SOF 0 to 15; 0xc4, 0xc8 and 0xcc mean other things. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

function readFrame(marker: number, segment: Uint8Array): Omit<JpegHeader, "isRgb"> {
  const [precision, heightHigh, heightLow, widthHigh, widthLow, components] = segment;
  const height = (heightHigh << 8) | heightLow;
  const width = (widthHigh << 8) | widthLow;
  checkSize(width, height);
  if (!FRAMES.includes(marker)) {
    throw new ImageError(`is a lossless or hierarchical JPEG (SOF${marker - 0xc0}): convert it.`);
  }
  if (precision !== 8) {
    throw new ImageError(`is a JPEG of ${precision} bits per sample, not 8: convert it.`);
  }
  if (components !== 1 && components !== 3 && components !== 4) {
    throw new ImageError(`is a JPEG of ${components} components, not 1, 3 or 4: convert it.`);
  }
  return { width, height, components, isArithmetic: marker > 0xc8 };
}

/**
 * Whether an end marker comes after the scans: libjpeg puts one there in place of missing data, and the picture goes
 * on in gray.
 * @param offset of the first SOS
 */
function hasEnd(bytes: Uint8Array, offset: number): boolean {
  for (let i = offset; i >= 0 && i + 1 < bytes.length; i = bytes.indexOf(0xff, i)) {
    const marker = bytes[i + 1];
    if (marker === EOI) return true;
    if (marker === SOI) return false; // another picture begins
    if (marker === 0xff) i += 1;
    else if (hasLength(marker) && i + 3 < bytes.length) i += 2 + ((bytes[i + 2] << 8) | bytes[i + 3]);
    else i += 2; // a stuffed 0xff, a restart, or damage
  }
  return false;
}

/** The segments that may stand between and before scans: DHT, DAC, SOS to DHP, APPn, COM. */
const hasLength = (marker: number): boolean =>
  marker === 0xc4 ||
  marker === 0xcc ||
  (marker >= 0xda && marker <= 0xde) ||
  (marker >= APP0 && marker <= 0xef) ||
  marker === 0xfe;
