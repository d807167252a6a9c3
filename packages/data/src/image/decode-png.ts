import type { ImageArray } from "../types.ts";
import { ImageError } from "./image-error.ts";
import { checkEnoughData, checkSize } from "./image-size.ts";
import { inflate } from "./inflate.ts";
import { type PngChunk, readPngChunks } from "./png-chunks.ts";

// Our own, because pngjs 7 fills pixels that a truncated file lacks with whatever lies in memory, paints the pixels of
// a transparent colour black, and inflates interlaced data without a bound. pngjs remains the encoder.

const COLOR_TYPE = { gray: 0, rgb: 2, palette: 3, grayAlpha: 4, rgba: 6 } as const;
const SAMPLES_PER_PIXEL: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** No deflate stream expands by more than this (RFC 1951: 258 bytes from 2 bits). */
const MAX_DEFLATE_RATIO = 1032;

/** IHDR (ISO/IEC 15948, 11.2.2). */
interface Header {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample. */
  readonly depth: number;
  readonly colorType: number;
  readonly samples: number;
  readonly isInterlaced: boolean;
}

/** A reduced picture: the pixels at (`x0 + i * dx`, `y0 + j * dy`). */
interface Pass {
  readonly x0: number;
  readonly y0: number;
  readonly dx: number;
  readonly dy: number;
}

const WHOLE: readonly Pass[] = [{ x0: 0, y0: 0, dx: 1, dy: 1 }];

/** The seven passes of interlacing (8.2). */
const ADAM7: readonly Pass[] = [
  { x0: 0, y0: 0, dx: 8, dy: 8 },
  { x0: 4, y0: 0, dx: 8, dy: 8 },
  { x0: 0, y0: 4, dx: 4, dy: 8 },
  { x0: 2, y0: 0, dx: 4, dy: 4 },
  { x0: 0, y0: 2, dx: 2, dy: 4 },
  { x0: 1, y0: 0, dx: 2, dy: 2 },
  { x0: 0, y0: 1, dx: 1, dy: 2 },
];

/**
 * Decodes a PNG: 1 to 16 bits, gray, palette, alpha, interlaced. Of 16-bit samples the high byte is taken (Pillow does
 * so for colour; its gray 16-bit pictures turn white instead). Colours are those stored, also where transparent.
 * @returns RGBA `[height, width, 4]`
 * @throws {ImageError}
 */
export async function decodePng(bytes: Uint8Array): Promise<ImageArray> {
  const chunks = readPngChunks(bytes);
  const header = readHeader(chunks[0]);
  const { width, height } = header;
  checkSize(width, height);

  const passes = (header.isInterlaced ? ADAM7 : WHOLE)
    .map((pass) => ({ ...pass, ...passSize(header, pass) }))
    .filter((pass) => pass.columns > 0 && pass.rows > 0);
  const rawBytes = passes.reduce((sum, { rows, rowBytes }) => sum + rows * (1 + rowBytes), 0);
  const compressed = chunks.filter(({ type }) => type === "IDAT").map(({ content }) => content);
  const compressedBytes = compressed.reduce((sum, part) => sum + part.length, 0);
  checkEnoughData(compressedBytes, rawBytes / MAX_DEFLATE_RATIO, width, height);
  const raw = await inflate(compressed, rawBytes);

  const data = new Uint8Array(width * height * 4);
  const paint = painter(header, chunks, data);
  const bytesPerPixel = Math.max(1, (header.samples * header.depth) >> 3);
  let offset = 0;
  for (const { x0, y0, dx, dy, columns, rows, rowBytes } of passes) {
    let above: Uint8Array = new Uint8Array(rowBytes);
    for (let j = 0; j < rows; j++) {
      const row = raw.subarray(offset + 1, offset + 1 + rowBytes);
      unfilter(raw[offset], row, above, bytesPerPixel);
      const start = (y0 + j * dy) * width + x0;
      for (let i = 0; i < columns; i++) paint(row, i, start + i * dx);
      above = row;
      offset += 1 + rowBytes;
    }
  }
  return { shape: [height, width, 4], data };
}

function readHeader({ type, content }: PngChunk): Header {
  if (type !== "IHDR" || content.length !== 13) throw new ImageError("is a damaged PNG: it has no header.");
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const [depth, colorType, compression, filter, interlace] = content.subarray(8);
  const samples = SAMPLES_PER_PIXEL[colorType];
  const depths = colorType === COLOR_TYPE.gray ? [1, 2, 4, 8, 16] : [8, 16];
  const isKnown =
    samples !== undefined &&
    (colorType === COLOR_TYPE.palette ? [1, 2, 4, 8] : depths).includes(depth) &&
    compression === 0 &&
    filter === 0 &&
    interlace <= 1;
  if (!isKnown) {
    throw new ImageError(`is a damaged PNG: no PNG has colour type ${colorType} with ${depth} bits.`);
  }
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    depth,
    colorType,
    samples,
    isInterlaced: interlace === 1,
  };
}

function passSize({ width, height, samples, depth }: Header, { x0, y0, dx, dy }: Pass) {
  const columns = Math.max(0, Math.ceil((width - x0) / dx));
  const rows = Math.max(0, Math.ceil((height - y0) / dy));
  return { columns, rows, rowBytes: Math.ceil((columns * samples * depth) / 8) };
}

/** Undoes a row's filter in place (9.2). */
function unfilter(filter: number, row: Uint8Array, above: Uint8Array, bytesPerPixel: number): void {
  if (filter > 4) throw new ImageError(`is a damaged PNG: there is no row filter ${filter}.`);
  if (filter === 0) return;
  for (let i = 0; i < row.length; i++) {
    const a = i < bytesPerPixel ? 0 : row[i - bytesPerPixel];
    const b = above[i];
    if (filter === 1) row[i] += a;
    else if (filter === 2) row[i] += b;
    else if (filter === 3) row[i] += (a + b) >> 1;
    else row[i] += paeth(a, b, i < bytesPerPixel ? 0 : above[i - bytesPerPixel]);
  }
}

/** Whichever of left, above and above left is nearest to left + above - above left (9.4). */
function paeth(a: number, b: number, c: number): number {
  const toA = Math.abs(b - c);
  const toB = Math.abs(a - c);
  const toC = Math.abs(a + b - 2 * c);
  if (toA <= toB && toA <= toC) return a;
  return toB <= toC ? b : c;
}

/** Gives the function that writes pixel `i` of an unfiltered row to pixel `p` of the picture. */
function painter(
  { depth, colorType, samples }: Header,
  chunks: readonly PngChunk[],
  data: Uint8Array,
): (row: Uint8Array, i: number, p: number) => void {
  const largest = 2 ** depth - 1;
  const sample = (row: Uint8Array, i: number): number => {
    if (depth === 8) return row[i];
    if (depth === 16) return (row[2 * i] << 8) | row[2 * i + 1];
    const bit = i * depth;
    return (row[bit >> 3] >> (8 - depth - (bit & 7))) & largest;
  };
  const toByte = (value: number): number => (depth === 16 ? value >> 8 : (value * 255) / largest);
  const transparency = chunks.find(({ type }) => type === "tRNS")?.content;

  if (colorType === COLOR_TYPE.palette) {
    const palette = chunks.find(({ type }) => type === "PLTE")?.content;
    if (palette === undefined) throw new ImageError("is a damaged PNG: it has no palette.");
    return (row, i, p) => {
      const index = sample(row, i);
      if (3 * index + 2 >= palette.length) {
        throw new ImageError(`is a damaged PNG: colour ${index} is not in its palette.`);
      }
      for (let channel = 0; channel < 3; channel++) data[4 * p + channel] = palette[3 * index + channel];
      data[4 * p + 3] = transparency?.[index] ?? 255;
    };
  }

  const isColor = colorType === COLOR_TYPE.rgb || colorType === COLOR_TYPE.rgba;
  const hasAlpha = colorType === COLOR_TYPE.grayAlpha || colorType === COLOR_TYPE.rgba;
  // One stored colour that counts as transparent, as 16-bit samples.
  const key = hasAlpha || transparency === undefined ? undefined : keyOf(transparency, samples);
  return (row, i, p) => {
    const first = i * samples;
    const r = sample(row, first);
    const g = isColor ? sample(row, first + 1) : r;
    const b = isColor ? sample(row, first + 2) : r;
    data[4 * p] = toByte(r);
    data[4 * p + 1] = toByte(g);
    data[4 * p + 2] = toByte(b);
    if (hasAlpha) data[4 * p + 3] = toByte(sample(row, first + samples - 1));
    else data[4 * p + 3] = key !== undefined && r === key[0] && g === key[1] && b === key[2] ? 0 : 255;
  };
}

function keyOf(transparency: Uint8Array, samples: number): [number, number, number] | undefined {
  if (transparency.length < 2 * samples) return undefined;
  const value = (i: number): number => (transparency[2 * i] << 8) | transparency[2 * i + 1];
  return samples === 1 ? [value(0), value(0), value(0)] : [value(0), value(1), value(2)];
}
