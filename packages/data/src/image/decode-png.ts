/// <reference path="./pngjs.d.ts" />
import { crc32, inflateSync } from "node:zlib";
import pngjs from "pngjs";
import type { ImageArray } from "../types.ts";
import { ImageError, messageOf } from "./image-error.ts";
import { checkEnoughData, checkSize } from "./image-size.ts";

interface Chunk {
  readonly type: string;
  readonly content: Uint8Array;
  /** Length, type, content and checksum. */
  readonly whole: Uint8Array;
}

interface Header {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample. */
  readonly depth: number;
  readonly colorType: number;
  /** Of a pixel. */
  readonly bits: number;
  readonly isInterlaced: boolean;
}

/** Samples of a pixel by colour type: gray, RGB, palette, gray and alpha, RGBA. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Colour type and depth, as far as they go together (ISO/IEC 15948, 11.2.2). */
const KINDS = /^(0 (1|2|4|8|16)|3 (1|2|4|8)|[246] (8|16))$/;
/** Adam7 (8.2): each pass takes the pixels from (x, y) on, every so many columns and rows. */
const PASSES = [
  { x: 0, y: 0, columns: 8, rows: 8 },
  { x: 4, y: 0, columns: 8, rows: 8 },
  { x: 0, y: 4, columns: 4, rows: 8 },
  { x: 2, y: 0, columns: 4, rows: 4 },
  { x: 0, y: 2, columns: 2, rows: 4 },
  { x: 1, y: 0, columns: 2, rows: 2 },
  { x: 0, y: 1, columns: 1, rows: 2 },
];
const ONE_PASS = [{ x: 0, y: 0, columns: 1, rows: 1 }];
/** What some writers leave behind the last row. */
const MAX_PADDING = 1024;
/** Deflate's best: 258 bytes in two bits. */
const MAX_DEFLATE_RATIO = 1032;
const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const IEND = Uint8Array.of(0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82);

/**
 * Decodes a PNG (1 to 16 bits, gray, palette, alpha, interlaced), with pngjs. Of 16-bit samples the high byte is taken
 * (Pillow does so for colour; its gray 16-bit pictures turn white instead). Colours are those stored, also where
 * transparent.
 *
 * pngjs is given a file that is known to be sound: it does not see zlib's errors, and shows whatever lies in memory
 * in place of the pixels.
 * @returns RGBA `[height, width, 4]`
 * @throws {ImageError}
 */
export function decodePng(bytes: Uint8Array): ImageArray {
  const chunks = readChunks(bytes);
  const header = readHeader(chunks);
  const { width, height, depth } = header;
  checkSize(width, height);
  checkPixelData(Buffer.concat(contents(chunks, "IDAT")), header);
  // Text, profiles, animation and what follows the end are not handed on; a missing end is put there.
  const needed = chunks.filter(({ type }) => ["IHDR", "PLTE", "tRNS", "IDAT"].includes(type));
  const file = Buffer.concat([SIGNATURE, ...needed.map(({ whole }) => whole), IEND]);
  try {
    const { data: samples } = pngjs.PNG.sync.read(file, { skipRescale: depth === 16 });
    const data =
      depth === 16
        ? Uint8Array.from(samples, (sample) => sample >> 8)
        : new Uint8Array(samples.buffer, samples.byteOffset, samples.length);
    restoreColor(data, header, contents(chunks, "tRNS")[0]);
    return { shape: [height, width, 4], data };
  } catch (error) {
    throw new ImageError(`is a damaged PNG: ${messageOf(error)}.`, { cause: error });
  }
}

const TRUNCATED = "is truncated: its PNG data ends too early.";

const contents = (chunks: readonly Chunk[], wanted: string): Uint8Array[] =>
  chunks.filter(({ type }) => type === wanted).map(({ content }) => content);

/** The chunks (5.3) up to IEND, or up to where the file was cut off. */
function readChunks(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  let offset = SIGNATURE.length;
  while (offset + 12 <= bytes.length) {
    const end = offset + 12 + view.getUint32(offset);
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    if (type === "IEND" || end > bytes.length) break;
    const isCritical = (bytes[offset + 4] & 0x20) === 0;
    if (isCritical && crc32(bytes.subarray(offset + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw new ImageError(`is a damaged PNG: the checksum of its ${type} chunk is wrong.`);
    }
    chunks.push({ type, content: bytes.subarray(offset + 8, end - 4), whole: bytes.subarray(offset, end) });
    offset = end;
  }
  return chunks;
}

function readHeader([first]: readonly Chunk[]): Header {
  if (first === undefined) throw new ImageError("is truncated: its PNG header is cut off.");
  const { type, content } = first;
  if (type !== "IHDR" || content.length !== 13) throw new ImageError("is a damaged PNG: it has no header.");
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const [depth, colorType] = content.subarray(8);
  if (!KINDS.test(`${colorType} ${depth}`)) {
    throw new ImageError(`is a damaged PNG: no PNG has colour type ${colorType} with ${depth} bits.`);
  }
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    depth,
    colorType,
    bits: SAMPLES[colorType] * depth,
    isInterlaced: content[12] === 1,
  };
}

/** The bytes of the inflated rows: each of a pass that has pixels begins with the number of its filter. */
function rowBytes({ width, height, bits, isInterlaced }: Header): number {
  return (isInterlaced ? PASSES : ONE_PASS).reduce((sum, { x, y, columns, rows }) => {
    const across = Math.ceil((width - x) / columns);
    const down = Math.ceil((height - y) / rows);
    return across > 0 && down > 0 ? sum + down * (1 + Math.ceil((across * bits) / 8)) : sum;
  }, 0);
}

/** Inflates the pixels once, in order to see that they are all there; no more of them than a picture may have. */
function checkPixelData(compressed: Uint8Array, header: Header): void {
  const needed = rowBytes(header);
  checkEnoughData(compressed.length, needed / MAX_DEFLATE_RATIO, header.width, header.height);
  let inflated: Uint8Array;
  try {
    inflated = inflateSync(compressed, { maxOutputLength: needed + MAX_PADDING });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "Z_BUF_ERROR") throw new ImageError(TRUNCATED, { cause: error });
    const reason = code === "ERR_BUFFER_TOO_LARGE" ? "it has more data than pixels" : message;
    throw new ImageError(`is a damaged PNG: ${reason}.`, { cause: error });
  }
  if (inflated.length < needed) throw new ImageError(TRUNCATED);
}

/** pngjs paints the pixels of a colour that counts as transparent black. Pillow keeps the colour. */
function restoreColor(data: Uint8Array, { colorType, depth }: Header, transparency?: Uint8Array): void {
  if (transparency === undefined || (colorType !== 0 && colorType !== 2)) return;
  const color = [0, 1, 2].map((channel) => {
    const i = colorType === 0 ? 0 : 2 * channel;
    const sample = (transparency[i] << 8) | transparency[i + 1];
    return depth === 16 ? sample >> 8 : (sample * 255) / (2 ** depth - 1);
  });
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 0) data.set(color, i);
}
