/** What a model file holds, as plain data: nothing of it is a layer yet, and nothing of it is ever executed. */

/** JSON as it was read. What a reader needs of it, it checks. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export const modelFileFormats = {
  h5: "Keras HDF5",
  "weights-h5": "Keras HDF5, weights only",
  keras: "Keras 3 .keras",
  "keras3-weights": "Keras 3 .weights.h5",
  safetensors: "safetensors",
  tfjs: "tfjs-layers model.json",
} as const;

export type ModelFileFormat = keyof typeof modelFileFormats;

/** A named array of a file. */
export interface SavedWeight {
  /** As the file names it, such as `conv2d_1/kernel:0`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
  /** The type in the file, where it is not float32. On writing, `int64` is kept and all else becomes float32. */
  readonly dtype?: string;
  /** Of a single `int64`, such as an optimizer's steps, the number exactly: from 2²⁴ on `data` may have it rounded. */
  readonly count?: number;
}

/** A layer's arrays in the file's order. A nested model is one entry with all of its arrays, as in Keras. */
export interface SavedLayerWeights {
  readonly name: string;
  readonly weights: readonly SavedWeight[];
}

export interface SavedModel {
  readonly format: ModelFileFormat;
  /** Missing in files of Keras 1. */
  readonly kerasVersion?: string;
  /** `tensorflow`, `theano`, `cntk`; missing in files of Keras 1. */
  readonly backend?: string;
  /** `{ class_name, config }`. */
  readonly modelConfig?: JsonObject;
  readonly trainingConfig?: JsonObject;
  readonly layers: readonly SavedLayerWeights[];
  readonly optimizerWeights?: readonly SavedWeight[];
  /** What only this project writes and reads, under the attribute `convscope`. */
  readonly extra?: JsonObject;
  /** What a user should know of the file: rounded values, NaN. */
  readonly notes?: readonly string[];
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @throws where the text is no JSON object */
export function parseJsonObject(text: string, what: string): JsonObject {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${what} is not JSON: ${(error as Error).message}`);
  }
  if (!isJsonObject(value)) throw new Error(`${what} is ${describeJson(value)}, not an object.`);
  return value;
}

export function describeJson(value: Json | undefined): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isJsonObject(value)) return "an object";
  return JSON.stringify(value) ?? "missing";
}
