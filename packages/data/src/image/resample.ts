import type { ImageArray } from "../types.ts";
import type { ResizeFilter } from "./resize-filters.ts";

/** Weights are whole numbers of 2^-22: 32 bits less the 8 of a sample and 2 to spare. */
const PRECISION_BITS = 32 - 8 - 2;
const HALF = 1 << (PRECISION_BITS - 1);

/** Which pixels make a pixel of the new side, and with which weights. */
interface Kernel {
  /** Of new pixel i the first pixel, and how many there are. */
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `stride` for each new pixel. */
  readonly weights: Int32Array;
  readonly stride: number;
}

/**
 * Resizes to `[height, width]` as Pillow resamples 8-bit pictures (libImaging/Resample.c), to the bit: each new pixel is
 * a weighted mean of those under the filter, which is as wide as the step when the picture shrinks; first along the
 * rows, rounded to bytes, then along the columns. Colours are weighted by alpha.
 */
export function resample(
  image: ImageArray,
  [height, width]: readonly [number, number],
  filter: ResizeFilter,
): ImageArray {
  const [fromHeight, fromWidth, channels] = image.shape;
  if (height === fromHeight && width === fromWidth) return image;
  let data = channels === 4 ? premultiply(image.data) : image.data;
  let rows: Kernel | undefined;
  let firstRow = 0;
  let rowCount = fromHeight;
  if (height !== fromHeight) {
    rows = makeKernel(fromHeight, height, filter);
    // The rows that no new one needs are left out.
    firstRow = rows.first[0];
    rowCount = rows.first[height - 1] + rows.count[height - 1] - firstRow;
  }
  if (width !== fromWidth) {
    const columns = makeKernel(fromWidth, width, filter);
    data = alongRows(data, { fromWidth, width, channels, firstRow, rowCount }, columns);
  } else if (rowCount !== fromHeight) {
    data = data.subarray(firstRow * width * channels, (firstRow + rowCount) * width * channels);
  }
  if (rows !== undefined) data = alongColumns(data, { rowLength: width * channels, height, firstRow }, rows);
  return { shape: [height, width, channels], data: channels === 4 ? unpremultiply(data) : data };
}

function makeKernel(from: number, to: number, { support: unit, weight }: ResizeFilter): Kernel {
  const scale = from / to;
  const filterScale = Math.max(scale, 1);
  const support = unit * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Int32Array(to * stride);
  const exact = new Float64Array(stride);
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale;
    const inverse = 1 / filterScale;
    const begin = Math.max(Math.trunc(center - support + 0.5), 0);
    const n = Math.min(Math.trunc(center + support + 0.5), from) - begin;
    let sum = 0;
    for (let k = 0; k < n; k++) {
      exact[k] = weight((k + begin - center + 0.5) * inverse);
      sum += exact[k];
    }
    for (let k = 0; k < n; k++) {
      const value = (sum === 0 ? exact[k] : exact[k] / sum) * (1 << PRECISION_BITS);
      weights[i * stride + k] = Math.trunc(value + (value < 0 ? -0.5 : 0.5));
    }
    first[i] = begin;
    count[i] = n;
  }
  return { first, count, weights, stride };
}

function alongRows(
  source: Uint8Array,
  size: { fromWidth: number; width: number; channels: number; firstRow: number; rowCount: number },
  { first, count, weights, stride }: Kernel,
): Uint8Array {
  const { fromWidth, width, channels, firstRow, rowCount } = size;
  const data = new Uint8ClampedArray(rowCount * width * channels);
  let o = 0;
  for (let row = 0; row < rowCount; row++) {
    const start = (firstRow + row) * fromWidth;
    for (let column = 0; column < width; column++) {
      const w = column * stride;
      const n = count[column];
      let i = (start + first[column]) * channels;
      if (channels === 3) {
        let r = HALF;
        let g = HALF;
        let b = HALF;
        for (let k = 0; k < n; k++, i += 3) {
          const factor = weights[w + k];
          r = (r + source[i] * factor) | 0;
          g = (g + source[i + 1] * factor) | 0;
          b = (b + source[i + 2] * factor) | 0;
        }
        data[o] = r >> PRECISION_BITS;
        data[o + 1] = g >> PRECISION_BITS;
        data[o + 2] = b >> PRECISION_BITS;
        o += 3;
        continue;
      }
      for (let channel = 0; channel < channels; channel++) {
        let sum = HALF;
        for (let k = 0; k < n; k++) sum = (sum + source[i + channel + k * channels] * weights[w + k]) | 0;
        data[o++] = sum >> PRECISION_BITS;
      }
    }
  }
  return new Uint8Array(data.buffer);
}

function alongColumns(
  source: Uint8Array,
  { rowLength, height, firstRow }: { rowLength: number; height: number; firstRow: number },
  { first, count, weights, stride }: Kernel,
): Uint8Array {
  const data = new Uint8ClampedArray(height * rowLength);
  const sums = new Int32Array(rowLength);
  for (let row = 0; row < height; row++) {
    sums.fill(HALF);
    // Row after row, as they lie in memory.
    for (let k = 0; k < count[row]; k++) {
      const factor = weights[row * stride + k];
      const start = (first[row] - firstRow + k) * rowLength;
      for (let x = 0; x < rowLength; x++) sums[x] += source[start + x] * factor;
    }
    const start = row * rowLength;
    for (let x = 0; x < rowLength; x++) data[start + x] = sums[x] >> PRECISION_BITS;
  }
  return new Uint8Array(data.buffer);
}

/** RGBA to RGBa: colours times alpha / 255, rounded (Pillow's MULDIV255). */
function premultiply(source: Uint8Array): Uint8Array {
  const data = new Uint8Array(source.length);
  for (let i = 0; i < data.length; i += 4) {
    const alpha = source[i + 3];
    for (let channel = 0; channel < 3; channel++) {
      const product = source[i + channel] * alpha + 128;
      data[i + channel] = ((product >> 8) + product) >> 8;
    }
    data[i + 3] = alpha;
  }
  return data;
}

/** RGBa to RGBA: divided and cut off, as Pillow does. */
function unpremultiply(source: Uint8Array): Uint8Array {
  const data = source.slice();
  for (let i = 0; i < data.length; i += 4) {
    const alpha = source[i + 3];
    if (alpha === 0 || alpha === 255) continue;
    for (let channel = 0; channel < 3; channel++) {
      data[i + channel] = Math.min(Math.trunc((255 * source[i + channel]) / alpha), 255);
    }
  }
  return data;
}
