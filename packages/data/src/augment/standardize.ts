import type { NdArray } from "../types.ts";
import { axesOf } from "./layout.ts";
import type { DataFormat } from "./recipe.ts";

/** What is added to a standard deviation before a picture is divided by it. */
const EPSILON = Math.fround(1e-6);

/** The steps, in the order in which they are taken. */
export interface StandardizeOptions {
  readonly dataFormat?: DataFormat;
  /** Multiplies the values; none or 0 leaves them. */
  readonly rescale?: number;
  readonly samplewiseCenter?: boolean;
  readonly samplewiseStdNormalization?: boolean;
  /** Mean of each channel, subtracted. */
  readonly mean?: Float32Array;
  /** Standard deviation of each channel; what is divided by is it + 1e-6. */
  readonly std?: Float32Array;
  /** ZCA whitening: `[n, n]`, n = all values of a picture. */
  readonly zca?: NdArray;
}

/**
 * Keras's `standardize`, without the preprocessing function.
 * @param x a picture or a batch of them; each is taken by itself
 * @returns a new array, of the same shape
 */
export function standardize(x: NdArray, options: StandardizeOptions): NdArray {
  const { shape } = x;
  if (shape.length !== 3 && shape.length !== 4) {
    throw new Error(`[standardize] the array has shape [${shape}]; a picture or a batch was needed.`);
  }
  const data = x.data.slice();
  const picture = shape.slice(-3);
  const size = picture[0] * picture[1] * picture[2];
  for (let start = 0; start < data.length; start += size) {
    standardizePicture(data.subarray(start, start + size), picture, options);
  }
  return { shape, data };
}

/**
 * One picture, in place. Each step's result is float32, as NumPy's; sums are float64, where NumPy's are float32 in pairs.
 * @param isRescaled whether that step was taken already
 */
export function standardizePicture(
  data: Float32Array,
  shape: readonly number[],
  options: StandardizeOptions,
  { isRescaled = false }: { isRescaled?: boolean } = {},
): void {
  const { rescale, samplewiseCenter, samplewiseStdNormalization, mean, std, zca } = options;
  if (rescale && !isRescaled) {
    const factor = Math.fround(rescale);
    for (let i = 0; i < data.length; i++) data[i] *= factor;
  }
  if (samplewiseCenter) {
    const ofAll = Math.fround(meanOf(data));
    for (let i = 0; i < data.length; i++) data[i] -= ofAll;
  }
  if (samplewiseStdNormalization) {
    const divisor = Math.fround(Math.fround(deviationOf(data)) + EPSILON);
    for (let i = 0; i < data.length; i++) data[i] /= divisor;
  }
  if (mean === undefined && std === undefined && zca === undefined) return;

  const { channelAxis } = axesOf(options);
  const channels = shape[channelAxis];
  const stride = channelAxis === 0 ? shape[1] * shape[2] : 1;
  if (mean) {
    checkChannels("mean", mean, channels);
    eachChannel(data, channels, stride, (value, c) => value - mean[c]);
  }
  if (std) {
    checkChannels("std", std, channels);
    const divisors = std.map((value) => value + EPSILON);
    eachChannel(data, channels, stride, (value, c) => value / divisors[c]);
  }
  if (zca) whiten(data, zca);
}

function eachChannel(
  data: Float32Array,
  channels: number,
  stride: number,
  change: (value: number, channel: number) => number,
): void {
  for (let i = 0; i < data.length; i++) data[i] = change(data[i], Math.floor(i / stride) % channels);
}

function checkChannels(name: string, values: Float32Array, channels: number): void {
  if (values.length === channels) return;
  throw new Error(
    `[standardize] the ${name} is that of ${values.length} channels, but the picture has ${channels}: fit the generator on such pictures.`,
  );
}

/** The flattened picture times a matrix. */
function whiten(data: Float32Array, { shape: [size], data: matrix }: NdArray): void {
  if (size !== data.length) {
    throw new Error(
      `[standardize] ZCA was fitted on pictures of ${size} values, but this one has ${data.length}: fit the generator on such pictures.`,
    );
  }
  const sums = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const value = data[i];
    for (let j = 0; j < size; j++) sums[j] += value * matrix[i * size + j];
  }
  data.set(sums);
}

function meanOf(data: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i];
  return sum / data.length;
}

function deviationOf(data: Float32Array): number {
  const mean = meanOf(data);
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += (data[i] - mean) ** 2;
  return Math.sqrt(sum / data.length);
}
