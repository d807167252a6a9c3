import type { ImageArray, NdArray } from "../types.ts";

/** Where the channels stand: `[height, width, channels]`, the default, or `[channels, height, width]`. */
export type DataFormat = "channelsLast" | "channelsFirst";

/** Arrays by the names of their numbers, those that a picture's values fit. */
interface ArrayOf {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly uint8: Uint8Array;
}
type Dtype = keyof ArrayOf;

const DTYPES: { readonly [D in Dtype]: new (length: number) => ArrayOf[D] } = {
  float32: Float32Array,
  float64: Float64Array,
  uint8: Uint8Array,
};

/**
 * Keras's `img_to_array`: the same values 0 … 255 in an array of their own.
 * @param options.dtype default `"float32"`
 */
export function imgToArray<D extends Dtype = "float32">(
  image: ImageArray,
  { dataFormat = "channelsLast", dtype }: { readonly dataFormat?: DataFormat; readonly dtype?: D } = {},
): { readonly shape: readonly [number, number, number]; readonly data: ArrayOf[D] } {
  const channelsFirst = isChannelsFirst("imgToArray", dataFormat);
  const name = dtype ?? "float32";
  if (!Object.hasOwn(DTYPES, name)) {
    throw new Error(
      `[imgToArray] dtype is ${JSON.stringify(name)}; "float32", "float64" or "uint8" was needed.`,
    );
  }
  const data = new DTYPES[name as D](image.data.length);
  const [height, width, channels] = image.shape;
  if (channelsFirst) {
    copyChannelsFirst(image.data, data, channels);
    return { shape: [channels, height, width], data };
  }
  data.set(image.data);
  return { shape: [height, width, channels], data };
}

export interface ArrayToImgOptions {
  /** Default `"channelsLast"`. */
  readonly dataFormat?: DataFormat;
  /**
   * true, the default: stretched so that the smallest value becomes 0 and the largest 255. false: kept, and clipped to
   * 0 … 255 (NumPy would wrap around).
   */
  readonly scale?: boolean;
}

/**
 * Keras's `array_to_img` (keras-preprocessing 1.1.1 and newer): float32 arithmetic, then truncated to bytes.
 * @param x `[height, width, 1, 3 or 4]`, or the channels first
 * @throws for another shape
 */
export function arrayToImg(
  x: NdArray,
  { dataFormat = "channelsLast", scale = true }: ArrayToImgOptions = {},
): ImageArray {
  if (x.shape.length !== 3) {
    throw new Error(
      "[arrayToImg] Expected image array to have rank 3 (single image). " +
        `Got array with shape: [${x.shape.join(", ")}].`,
    );
  }
  const channelsFirst = isChannelsFirst("arrayToImg", dataFormat);
  const [height, width, channels] = channelsFirst ? [x.shape[1], x.shape[2], x.shape[0]] : x.shape;
  if (![1, 3, 4].includes(channels)) {
    throw new Error(
      `[arrayToImg] Unsupported channel number: ${channels}, in an array of shape [${x.shape.join(", ")}] with ` +
        `${dataFormat}; 1, 3 or 4 was needed.`,
    );
  }
  const { min, max } = scale ? valueRange(x.data) : { min: 0, max: 0 };
  const span = Math.fround(max - min);
  const bytes = new Uint8ClampedArray(x.data.length);
  for (let i = 0; i < bytes.length; i++) {
    let value = x.data[i];
    if (scale) {
      value = Math.fround(value - min);
      if (span !== 0) value = Math.fround(Math.fround(value / span) * 255);
    }
    bytes[i] = Math.trunc(value);
  }
  const values = new Uint8Array(bytes.buffer);
  const data = channelsFirst ? channelsLast(values, channels) : values;
  return { shape: [height, width, channels], data };
}

/** @throws for what is neither, in Keras's words; Python's spelling is taken as well */
function isChannelsFirst(where: string, dataFormat: string): boolean {
  if (dataFormat === "channelsLast" || dataFormat === "channels_last") return false;
  if (dataFormat === "channelsFirst" || dataFormat === "channels_first") return true;
  throw new Error(
    `[${where}] Unknown data_format: ${JSON.stringify(dataFormat)}; "channelsLast" or "channelsFirst" was needed.`,
  );
}

function copyChannelsFirst(source: Uint8Array, data: ArrayOf[Dtype], channels: number): void {
  const pixels = source.length / channels;
  for (let pixel = 0, i = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < channels; channel++) data[channel * pixels + pixel] = source[i++];
  }
}

function channelsLast(source: Uint8Array, channels: number): Uint8Array {
  const data = new Uint8Array(source.length);
  const pixels = source.length / channels;
  for (let pixel = 0, o = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < channels; channel++) data[o++] = source[channel * pixels + pixel];
  }
  return data;
}

/** The smallest and the largest of some values. */
export function valueRange(values: Float32Array): { min: number; max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
