import type { ImageArray } from "../types.ts";
import { ImageError } from "./image-error.ts";
import { checkEnoughData, checkSize } from "./image-size.ts";

/** Windows's and OS/2's bitmap: file header (14 bytes), picture header, masks, palette, rows padded to 4 bytes. */
interface Header {
  readonly width: number;
  readonly height: number;
  /** Rows run from the bottom to the top, unless the height was given as negative. */
  readonly isTopDown: boolean;
  /** Of a pixel. */
  readonly bits: number;
  readonly compression: number;
  /** Of a 16, 24 or 32-bit pixel: red, green, blue, alpha; an alpha of 0 is none. */
  readonly masks: readonly [number, number, number, number];
  /** Blue, green, red and, unless `entry` is 3, a byte of nothing, for each colour. */
  readonly palette: Uint8Array;
  readonly entry: 3 | 4;
  /** Where the rows begin. */
  readonly offset: number;
}

const [RAW, RLE8, RLE4, BITFIELDS] = [0, 1, 2, 3];
const CUT_OFF = "is truncated: its BMP header is cut off.";
const TRUNCATED = "is truncated: its BMP data ends too early.";

/**
 * Decodes a BMP: 1, 4, 8, 16, 24 and 32 bits, bit fields, run lengths; either way up. As Pillow has it, 32 bits without
 * bit fields have no alpha.
 * @returns RGB `[height, width, 3]`, or RGBA
 * @throws {ImageError}
 */
export function decodeBmp(bytes: Uint8Array): ImageArray {
  const header = readHeader(bytes);
  const { width, height, isTopDown, bits, compression, offset } = header;
  const rows = bytes.subarray(offset);
  const isRunLength = compression === RLE8 || compression === RLE4;
  const stride = isRunLength ? width : Math.ceil((width * bits) / 32) * 4;
  // A run takes two bytes, and has at most 255 pixels.
  checkEnoughData(rows.length, isRunLength ? (width * height * 2) / 255 : stride * height, width, height);
  const source = isRunLength ? expandRuns(rows, header) : rows;
  const channels = bits > 8 && header.masks[3] !== 0 ? 4 : 3;
  const data = new Uint8Array(width * height * channels);
  const putRow =
    bits <= 8 ? paletteReader(source, header, isRunLength ? 8 : bits) : maskReader(source, header);
  for (let row = 0; row < height; row++) {
    putRow((isTopDown ? row : height - 1 - row) * stride, data, row * width * channels);
  }
  return { shape: [height, width, channels], data };
}

function readHeader(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 18) throw new ImageError(CUT_OFF);
  const size = view.getUint32(14, true);
  if (![12, 40, 52, 56, 64, 108, 124].includes(size)) {
    throw new ImageError(`is a damaged BMP: there is no header of ${size} bytes.`);
  }
  if (bytes.length < 14 + size) throw new ImageError(CUT_OFF);
  const isOld = size === 12;
  const width = isOld ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = isOld ? view.getUint16(20, true) : view.getInt32(22, true);
  const height = Math.abs(signedHeight);
  if (width < 0) throw new ImageError(`is damaged: its header claims ${width} x ${height} pixels.`);
  checkSize(width, height);
  const bits = view.getUint16(isOld ? 24 : 28, true);
  const compression = isOld ? RAW : view.getUint32(30, true);
  checkKind(bits, compression);

  const colors = (isOld ? 0 : view.getUint32(46, true)) || 2 ** bits;
  const entry = isOld ? 3 : 4;
  // The masks stand behind the short header, and inside the longer ones.
  const masksLength = compression === BITFIELDS && size === 40 ? 12 : 0;
  const paletteStart = 14 + size + masksLength;
  if (bytes.length < paletteStart) throw new ImageError(CUT_OFF);
  const paletteLength = bits <= 8 ? Math.min(colors, 2 ** bits) * entry : 0;
  const claimed = view.getUint32(10, true);
  const isForgotten = claimed === 0 || (claimed === 14 + size && bits <= 8); // as some writers have it
  return {
    width,
    height,
    isTopDown: signedHeight < 0,
    bits,
    compression,
    masks: compression === BITFIELDS ? readMasks(view, size, bits) : defaultMasks(bits),
    palette: bytes.subarray(paletteStart, paletteStart + paletteLength),
    entry,
    offset: isForgotten ? paletteStart + paletteLength : claimed,
  };
}

function checkKind(bits: number, compression: number): void {
  const isKnown =
    (compression === RAW && [1, 4, 8, 16, 24, 32].includes(bits)) ||
    (compression === RLE8 && bits === 8) ||
    (compression === RLE4 && bits === 4) ||
    (compression === BITFIELDS && [16, 24, 32].includes(bits));
  if (!isKnown) {
    throw new ImageError(`is a BMP of ${bits} bits with compression ${compression}: convert it.`);
  }
}

const defaultMasks = (bits: number): Header["masks"] =>
  bits === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0];

function readMasks(view: DataView, size: number, bits: number): Header["masks"] {
  const [red, green, blue] = [54, 58, 62].map((offset) => view.getUint32(offset, true));
  const alpha = size >= 56 && bits === 32 ? view.getUint32(66, true) : 0;
  if (red === 0 && green === 0 && blue === 0) return [0xff0000, 0xff00, 0xff, bits === 32 ? 0xff000000 : 0];
  return [red, green, blue, alpha];
}

/** Writes one row of `width` pixels. */
type RowReader = (from: number, data: Uint8Array, to: number) => void;

/** @param bits of an index; several lie in a byte, the first at the high end */
function paletteReader(source: Uint8Array, { width, palette, entry }: Header, bits: number): RowReader {
  const colors = Math.floor(palette.length / entry);
  return (from, data, to) => {
    for (let x = 0, o = to; x < width; x++, o += 3) {
      const bit = x * bits;
      const index = (source[from + (bit >> 3)] >> (8 - bits - (bit & 7))) & (2 ** bits - 1);
      if (index >= colors) throw new ImageError(`is a damaged BMP: index ${index} not in palette.`);
      const i = index * entry;
      data[o] = palette[i + 2];
      data[o + 1] = palette[i + 1];
      data[o + 2] = palette[i];
    }
  };
}

function maskReader(source: Uint8Array, { width, bits, masks }: Header): RowReader {
  const used = masks[3] === 0 ? masks.slice(0, 3) : masks;
  const fields = used.map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return { mask, shift, largest: mask >>> shift };
  });
  const size = bits / 8;
  return (from, data, to) => {
    let o = to;
    for (let i = from; i < from + width * size; i += size) {
      let pixel = 0;
      for (let k = size - 1; k >= 0; k--) pixel = (pixel << 8) | source[i + k];
      for (const { mask, shift, largest } of fields) {
        data[o++] = largest === 0 ? 0 : Math.trunc((((pixel & mask) >>> shift) * 255) / largest);
      }
    }
  };
}

/** Run lengths to one index a byte. What an escape passes over is colour 0. */
function expandRuns(source: Uint8Array, { width, height, compression }: Header): Uint8Array {
  const isRle4 = compression === RLE4;
  const indices = new Uint8Array(width * height);
  let x = 0;
  let y = 0;
  let i = 0;
  const put = (index: number): void => {
    if (x < width) indices[y * width + x] = index; // what is too much for a row is dropped
    x += 1;
  };
  const nibble = (byte: number, k: number): number => ((k & 1) === 0 ? byte >> 4 : byte & 15);
  while (y < height) {
    if (i + 2 > source.length) throw new ImageError(TRUNCATED);
    const count = source[i];
    const value = source[i + 1];
    i += 2;
    if (count > 0) {
      for (let k = 0; k < count; k++) put(isRle4 ? nibble(value, k) : value);
    } else if (value === 0) {
      x = 0;
      y += 1;
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      if (i + 2 > source.length) throw new ImageError(TRUNCATED);
      x += source[i];
      y += source[i + 1];
      i += 2;
    } else {
      const length = isRle4 ? Math.ceil(value / 2) : value;
      if (i + length > source.length) throw new ImageError(TRUNCATED);
      for (let k = 0; k < value; k++) put(isRle4 ? nibble(source[i + (k >> 1)], k) : source[i + k]);
      i += length + (length & 1); // an even number of bytes
    }
  }
  return indices;
}
