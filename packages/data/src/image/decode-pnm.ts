import type { ImageArray } from "../types.ts";
import { ImageError } from "./image-error.ts";
import { checkEnoughData, checkSize } from "./image-size.ts";

const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
const HASH = 0x23;
const [ZERO, NINE] = [0x30, 0x39];

/** Whether bytes begin as a PBM, PGM or PPM does: P1 to P6, then space or a comment. */
export const isPnm = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x50 && bytes[1] > ZERO && bytes[1] <= ZERO + 6 && (isSpace(bytes[2]) || bytes[2] === HASH);

/**
 * Decodes Netpbm's pictures, those that Keras lists as .ppm and their kin: PBM, PGM and PPM, as text (P1 to P3) and as
 * bytes (P4 to P6). Values are scaled from 0 … maxval to 0 … 255 and rounded as Pillow does, half to even.
 * @returns gray `[height, width, 1]`, or RGB `[height, width, 3]`
 * @throws {ImageError}
 */
export function decodePnm(bytes: Uint8Array): ImageArray {
  const kind = bytes[1] - ZERO;
  const isText = kind <= 3;
  const isBitmap = kind === 1 || kind === 4;
  const channels = kind === 3 || kind === 6 ? 3 : 1;
  const reader = new Reader(bytes, 2);
  const width = reader.number();
  const height = reader.number();
  const largest = isBitmap ? 1 : reader.number();
  checkSize(width, height);
  if (largest < 1 || largest > 65_535) {
    throw new ImageError(`is a damaged PNM: its largest value is ${largest}, not 1 to 65535.`);
  }
  const start = reader.offset + 1; // one space
  const samples = width * height * channels;
  const data = new Uint8Array(enough(samples));
  if (isText && isBitmap) for (let i = 0; i < samples; i++) data[i] = reader.digit() === 0 ? 255 : 0;
  else if (isText) for (let i = 0; i < samples; i++) data[i] = scale(reader.number(), largest);
  else if (isBitmap) {
    const stride = Math.ceil(width / 8);
    for (let i = 0; i < samples; i++) {
      const x = i % width;
      const byte = bytes[start + Math.floor(i / width) * stride + (x >> 3)];
      data[i] = (byte >> (7 - (x & 7))) & 1 ? 0 : 255;
    }
  } else if (largest === 255) data.set(bytes.subarray(start, start + samples));
  else if (largest < 256) for (let i = 0; i < samples; i++) data[i] = scale(bytes[start + i], largest);
  else {
    for (let i = 0, o = start; i < samples; i++, o += 2) {
      data[i] = scale((bytes[o] << 8) | bytes[o + 1], largest);
    }
  }
  return { shape: [height, width, channels], data };

  /** Checked before anything is allocated. */
  function enough(length: number): number {
    const rowBytes = isBitmap ? Math.ceil(width / 8) : width * channels * (largest > 255 ? 2 : 1);
    const needed = isText ? (isBitmap ? length : 2 * length - 1) : rowBytes * height;
    checkEnoughData(bytes.length - start, needed, width, height);
    return length;
  }
}

/** 0 … largest to 0 … 255. Above the largest, bytes are cut off, as in Pillow. */
function scale(value: number, largest: number): number {
  const exact = (value / largest) * 255;
  const floor = Math.floor(exact);
  const rest = exact - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  return Math.min(rounded, 255);
}

/** Numbers in decimal, between spaces and comments (# to the end of the line). */
class Reader {
  readonly #bytes: Uint8Array;
  /** Of the byte after the last number. */
  offset: number;

  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.offset = offset;
  }

  number(): number {
    let value = this.digit();
    while (this.offset < this.#bytes.length) {
      const byte = this.#bytes[this.offset];
      if (byte < ZERO || byte > NINE) break;
      value = Math.min(value * 10 + byte - ZERO, 1e9);
      this.offset += 1;
    }
    return value;
  }

  /** The next digit; in a PBM, spaces between the pixels may be left out. */
  digit(): number {
    const bytes = this.#bytes;
    while (this.offset < bytes.length) {
      const byte = bytes[this.offset++];
      if (byte >= ZERO && byte <= NINE) return byte - ZERO;
      if (byte === HASH) {
        while (this.offset < bytes.length && bytes[this.offset] !== 0x0a && bytes[this.offset] !== 0x0d) {
          this.offset += 1;
        }
      } else if (!isSpace(byte)) {
        throw new ImageError("is a damaged PNM: a number was expected.");
      }
    }
    throw new ImageError("is truncated: its PNM data ends too early.");
  }
}
