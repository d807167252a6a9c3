import { ImageError } from "./image-error.ts";

/** What decides how a PNG's inflated bytes lie. */
export interface PngLayout {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  /** Of a pixel. */
  readonly samples: number;
  readonly isInterlaced: boolean;
}

/** Adam7 (ISO/IEC 15948, 8.2): each pass takes the pixels from (x, y) on, every so many columns and rows. */
const ADAM7 = [
  { x: 0, y: 0, columns: 8, rows: 8 },
  { x: 4, y: 0, columns: 8, rows: 8 },
  { x: 0, y: 4, columns: 4, rows: 8 },
  { x: 2, y: 0, columns: 4, rows: 4 },
  { x: 0, y: 2, columns: 2, rows: 4 },
  { x: 1, y: 0, columns: 2, rows: 2 },
  { x: 0, y: 1, columns: 1, rows: 2 },
];
const ONE_PASS = [{ x: 0, y: 0, columns: 1, rows: 1 }];

/** The passes that have pixels. */
function passes({ width, height, depth, samples, isInterlaced }: PngLayout) {
  return (isInterlaced ? ADAM7 : ONE_PASS)
    .map((pass) => ({
      ...pass,
      across: Math.ceil((width - pass.x) / pass.columns),
      down: Math.ceil((height - pass.y) / pass.rows),
    }))
    .filter(({ across, down }) => across > 0 && down > 0)
    .map((pass) => ({ ...pass, rowBytes: Math.ceil((pass.across * samples * depth) / 8) }));
}

/** The bytes of the inflated rows: each begins with the number of its filter. */
export const pngRowBytes = (layout: PngLayout): number =>
  passes(layout).reduce((sum, { down, rowBytes }) => sum + down * (1 + rowBytes), 0);

/**
 * Undoes the filters and the interlacing.
 * @param raw the inflated rows; they are changed
 * @returns the samples as they are stored, 0 … 2^depth − 1: `[height, width, samples]`
 */
export function readPngSamples(raw: Uint8Array, layout: PngLayout): Uint8Array | Uint16Array {
  const { width, height, depth, samples, isInterlaced } = layout;
  const pixelBytes = Math.max((samples * depth) >> 3, 1);
  const all = new (depth === 16 ? Uint16Array : Uint8Array)(width * height * samples);
  let offset = 0;
  for (const { x, y, columns, rows, across, down, rowBytes } of passes(layout)) {
    let above: Uint8Array = new Uint8Array(rowBytes);
    for (let row = 0; row < down; row++) {
      const line = raw.subarray(offset + 1, offset + 1 + rowBytes);
      unfilter(raw[offset], line, above, pixelBytes);
      above = line;
      offset += 1 + rowBytes;
      const start = ((y + row * rows) * width + x) * samples;
      if (depth === 8 && !isInterlaced) {
        all.set(line, start);
        continue;
      }
      const step = columns * samples;
      for (let i = 0; i < across * samples; i++) {
        const pixel = samples === 1 ? i : Math.floor(i / samples);
        all[start + pixel * step + (i - pixel * samples)] = sampleAt(line, i, depth);
      }
    }
  }
  return all;
}

/** Sample `i` of a row; several small ones lie in a byte, the first at the high end. */
function sampleAt(line: Uint8Array, i: number, depth: number): number {
  if (depth === 8) return line[i];
  if (depth === 16) return (line[2 * i] << 8) | line[2 * i + 1];
  const bit = i * depth;
  return (line[bit >> 3] >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
}

/**
 * Adds to each byte what the filter predicts of it (9.2): nothing, the byte to the left, the one above, their mean, or
 * that of left, above and above left which is nearest to left + above − above left (Paeth).
 */
function unfilter(filter: number, line: Uint8Array, above: Uint8Array, pixelBytes: number): void {
  switch (filter) {
    case 0:
      return;
    case 1:
      for (let i = pixelBytes; i < line.length; i++) line[i] += line[i - pixelBytes];
      return;
    case 2:
      for (let i = 0; i < line.length; i++) line[i] += above[i];
      return;
    case 3:
      for (let i = 0; i < line.length; i++) {
        const left = i < pixelBytes ? 0 : line[i - pixelBytes];
        line[i] += (left + above[i]) >> 1;
      }
      return;
    case 4:
      for (let i = 0; i < line.length; i++) {
        const left = i < pixelBytes ? 0 : line[i - pixelBytes];
        const aboveLeft = i < pixelBytes ? 0 : above[i - pixelBytes];
        const toLeft = Math.abs(above[i] - aboveLeft);
        const toAbove = Math.abs(left - aboveLeft);
        const toAboveLeft = Math.abs(left + above[i] - 2 * aboveLeft);
        if (toLeft <= toAbove && toLeft <= toAboveLeft) line[i] += left;
        else line[i] += toAbove <= toAboveLeft ? above[i] : aboveLeft;
      }
      return;
    default:
      throw new ImageError(`is a damaged PNG: there is no row filter ${filter}.`);
  }
}
