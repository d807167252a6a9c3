import { type DeviceArray, type NdArray, sizeOf } from "@convscope/kernels";
import type { Shape } from "../layer.ts";
import { formatTuple } from "../python-format.ts";

/** What a model is fed: an array here, or one that is made on the device. */
export type Input = NdArray | DeviceArray;

/** One for each of a model's inputs or outputs: alone where there is one, else in order or by name. */
export type Several<T> = T | readonly T[] | Readonly<Record<string, T>>;

/** A batch of samples as it travels from a data package to a model. */
export interface Batch {
  readonly x: Several<Input>;
  readonly y?: Several<NdArray>;
  /** By what the loss of each sample is multiplied, [n]. */
  readonly sampleWeight?: Several<NdArray | undefined>;
}

/** A batch as a model works with it: what there is for each input and for each output, in order. */
export interface Samples<X extends Input = Input> {
  readonly x: readonly X[];
  /** Empty where nothing is to be compared. */
  readonly y: readonly NdArray[];
  readonly sampleWeight: readonly (NdArray | undefined)[];
}

/** How many samples are in a batch. */
export function samplesIn({ x }: Batch): number {
  const [first] = Array.isArray(x) ? x : isInput(x) ? [x] : Object.values(x);
  return first?.shape[0];
}

/** Samples that lie here, and so can be cut and shuffled. */
export type Arrays = Samples<NdArray>;

export function isNdArray(value: unknown): value is NdArray {
  return typeof value === "object" && value !== null && "data" in value && "shape" in value;
}

export function isDeviceArray(value: unknown): value is DeviceArray {
  return (
    typeof value === "object" &&
    value !== null &&
    "upload" in value &&
    typeof value.upload === "function" &&
    "shape" in value
  );
}

const isInput = (value: unknown): value is Input => isNdArray(value) || isDeviceArray(value);

function isByName(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || isInput(value)) return false;
  return !("next" in value) && !(Symbol.iterator in value) && !(Symbol.asyncIterator in value);
}

/** Whether these are arrays for a model, and not an iterator of batches. */
export function isArrays(value: unknown): value is Several<NdArray> {
  const values = Array.isArray(value) ? value : isByName(value) ? Object.values(value) : [value];
  return values.length > 0 && values.every(isNdArray);
}

/**
 * What was given for a model's inputs or outputs, in their order.
 * @throws where it is not one for each of them
 */
export function inOrder(
  kind: "input" | "target" | "sample_weight",
  names: readonly string[],
  given: unknown,
): readonly unknown[] {
  if (isByName(given) && Object.values(given).some(isInput)) {
    const unknown = Object.keys(given).find((name) => !names.includes(name));
    if (unknown !== undefined) {
      throw new Error(
        `Unknown entry in ${kind} dictionary: "${unknown}". Only expected the following keys: ${names.join(", ")}.`,
      );
    }
    const missing = kind !== "sample_weight" && names.find((name) => !Object.hasOwn(given, name));
    if (missing) {
      throw new Error(`No data provided for "${missing}". Need data for each key in: ${names.join(", ")}.`);
    }
    return names.map((name) => given[name]);
  }
  const isList = Array.isArray(given) && given.every((one) => one === undefined || isInput(one));
  const list = isList ? given : [given];
  if (list.length !== names.length) {
    throw new Error(
      `Error when checking model ${kind}: the list of arrays that you are passing to your model is not the size the ` +
        `model expected. Expected to see ${names.length} array(s), for ${names.join(", ")}, but instead got ${list.length}.`,
    );
  }
  return list;
}

/** What a value is, for messages. */
export function typeName(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return value.constructor?.name ?? "object";
}

/** @throws for what is no { shape, data } of 32-bit floats with a first axis of samples */
export function checkArray(what: string, value: unknown): NdArray {
  if (!isNdArray(value)) {
    throw new Error(
      `[model] ${what} must be an array { shape, data: Float32Array }, got ${typeName(value)}: ` +
        "tensors and nested lists are not taken.",
    );
  }
  const { data } = value;
  if (Object.prototype.toString.call(data) !== "[object Float32Array]") {
    throw new Error(
      `[model] ${what}.data is of type ${typeName(data)}, must be a Float32Array: Float32Array.from(data) makes one.`,
    );
  }
  const shape = checkSides(what, value.shape);
  if (data.length !== sizeOf(shape)) {
    throw new Error(
      `[model] ${what} says shape ${formatTuple(shape)}, which are ${sizeOf(shape)} values, but holds ${data.length}.`,
    );
  }
  return value;
}

function checkSides(what: string, shape: unknown): readonly number[] {
  if (
    !Array.isArray(shape) ||
    shape.length === 0 ||
    shape.some((side) => !Number.isSafeInteger(side) || side < 0)
  ) {
    throw new Error(
      `[model] ${what}.shape is ${JSON.stringify(shape)}, must be a list of whole numbers, the samples first.`,
    );
  }
  return shape;
}

/** What a model is fed, checked; what is made on the device is known by its shape alone. */
export function checkInput(x: unknown): Input {
  if (!isDeviceArray(x)) return asColumn(checkArray("x", x));
  checkSides("x", x.shape);
  return x;
}

/** A list of n numbers as Keras takes it for n samples of one number: (n,) becomes (n, 1). */
export function asColumn(array: NdArray): NdArray {
  return array.shape.length === 1 ? { ...array, shape: [array.shape[0], 1] } : array;
}

/** Keras's check of what a model is fed. @throws in Keras's words where the shape is another one */
export function checkShape(kind: "input" | "target", name: string, wanted: Shape, { shape }: Input): void {
  if (shape.length !== wanted.length + 1) {
    throw new Error(
      `Error when checking ${kind}: expected ${name} to have ${wanted.length + 1} dimensions, ` +
        `but got array with shape ${formatTuple(shape)}`,
    );
  }
  if (wanted.some((side, i) => side !== null && side !== shape[i + 1])) {
    throw new Error(
      `Error when checking ${kind}: expected ${name} to have shape ${formatTuple(wanted)} ` +
        `but got array with shape ${formatTuple(shape.slice(1))}`,
    );
  }
}

/** @throws where inputs, targets and weights are not as many as each other, or none */
export function checkSamples({ x, y, sampleWeight }: Samples): void {
  const [samples] = x[0].shape;
  if (samples === 0) throw new Error("[model] there are no samples: x has the shape (0, …).");
  for (const [kind, arrays] of Object.entries({ input: x, target: y })) {
    if (arrays.every(({ shape }) => shape[0] === arrays[0].shape[0])) continue;
    const shapes = arrays.map(({ shape }) => formatTuple(shape)).join(", ");
    throw new Error(`All ${kind} arrays should have the same number of samples. Got array shapes: ${shapes}`);
  }
  if (y.length > 0 && y[0].shape[0] !== samples) {
    throw new Error(
      "Input arrays should have the same number of samples as target arrays. " +
        `Found ${samples} input samples and ${y[0].shape[0]} target samples.`,
    );
  }
  for (const weights of sampleWeight) {
    if (!weights || formatTuple(weights.shape) === formatTuple([samples])) continue;
    throw new Error(
      `Found a sample_weight array with shape ${formatTuple(weights.shape)} for an input with shape ` +
        `${formatTuple(x[0].shape)}. sample_weight cannot be broadcast.`,
    );
  }
}

/** Rows `from` … `to` of an array, without a copy. */
function rows({ shape: [, ...sample], data }: NdArray, from: number, to: number): NdArray {
  const size = sizeOf(sample);
  return { shape: [to - from, ...sample], data: data.subarray(from * size, to * size) };
}

/** The rows named by `indices`, copied. */
function gatherRows({ shape: [, ...sample], data }: NdArray, indices: Int32Array): NdArray {
  const size = sizeOf(sample);
  const gathered = new Float32Array(indices.length * size);
  indices.forEach((row, i) => {
    gathered.set(data.subarray(row * size, (row + 1) * size), i * size);
  });
  return { shape: [indices.length, ...sample], data: gathered };
}

function each({ x, y, sampleWeight }: Arrays, change: (array: NdArray) => NdArray): Arrays {
  return {
    x: x.map(change),
    y: y.map(change),
    sampleWeight: sampleWeight.map((weights) => weights && change(weights)),
  };
}

/** The samples `from` … `to` of a batch, without a copy. */
export function slice(batch: Arrays, from: number, to: number): Arrays {
  return each(batch, (array) => rows(array, from, to));
}

/** The samples named by `indices`, copied. */
export function gather(batch: Arrays, indices: Int32Array): Arrays {
  return each(batch, (array) => gatherRows(array, indices));
}

/** Batches of results, one after the other. @throws where their samples differ in shape */
export function concatenate(parts: readonly NdArray[]): NdArray {
  const [, ...sample] = parts[0].shape;
  const samples = parts.reduce((sum, part) => sum + part.shape[0], 0);
  const data = new Float32Array(samples * sizeOf(sample));
  let offset = 0;
  for (const part of parts) {
    if (part.shape.slice(1).join() !== sample.join()) {
      throw new Error(
        `[predict] the batches give results of different shapes, ${formatTuple(sample)} and ${formatTuple(part.shape.slice(1))}: ` +
          "predict them one by one, with predictOnBatch.",
      );
    }
    data.set(part.data, offset);
    offset += part.data.length;
  }
  return { shape: [samples, ...sample], data };
}
