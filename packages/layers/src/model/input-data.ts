import { formatShape, type NdArray, sizeOf } from "@convscope/kernels";
import type { Shape } from "../layer.ts";

/** A batch of samples as it travels from a data package to a model. */
export interface Batch {
  readonly x: NdArray;
  readonly y?: NdArray;
}

/** Batches one after the other, endless or not; `length` says how many make a pass, where that is known. */
export interface BatchSource {
  readonly length?: number;
  next(): Promise<IteratorResult<Batch>> | IteratorResult<Batch>;
}

/** What `fit` takes for batches: an iterator, or what gives one. */
export type Batches = BatchSource | ((AsyncIterable<Batch> | Iterable<Batch>) & { readonly length?: number });

export function isNdArray(value: unknown): value is NdArray {
  return typeof value === "object" && value !== null && "data" in value && "shape" in value;
}

/** The iterator behind batches. @throws where it is none */
export function sourceOf(batches: Batches): BatchSource {
  if ("next" in batches && typeof batches.next === "function") return batches as BatchSource;
  const { length } = batches;
  if (Symbol.asyncIterator in batches) {
    const iterator = (batches as AsyncIterable<Batch>)[Symbol.asyncIterator]();
    return { length, next: () => iterator.next() };
  }
  if (Symbol.iterator in batches) {
    const iterator = (batches as Iterable<Batch>)[Symbol.iterator]();
    return { length, next: () => iterator.next() };
  }
  throw new Error("[model] expected arrays ({ shape, data }) or an iterator of batches ({ x, y }).");
}

/** Rows `from` … `to` of an array, without a copy. */
export function rows(array: NdArray, from: number, to: number): NdArray {
  const size = sizeOf(array.shape.slice(1));
  return { shape: [to - from, ...array.shape.slice(1)], data: array.data.subarray(from * size, to * size) };
}

/** The rows named by `indices`, copied. */
export function gatherRows(array: NdArray, indices: Int32Array): NdArray {
  const size = sizeOf(array.shape.slice(1));
  const data = new Float32Array(indices.length * size);
  indices.forEach((row, i) => {
    data.set(array.data.subarray(row * size, (row + 1) * size), i * size);
  });
  return { shape: [indices.length, ...array.shape.slice(1)], data };
}

const tuple = (shape: Shape) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;

/** Keras's check of what a model is fed. @throws in Keras's words */
export function checkInput(name: string, wanted: Shape, given: NdArray): void {
  const { shape } = given;
  if (shape.length !== wanted.length + 1) {
    throw new Error(
      `Error when checking input: expected ${name}_input to have ${wanted.length + 1} dimensions, ` +
        `but got array with shape ${tuple(shape)}`,
    );
  }
  if (shape.slice(1).join() !== wanted.join()) {
    throw new Error(
      `Error when checking input: expected ${name}_input to have shape ${tuple(wanted)} ` +
        `but got array with shape ${tuple(shape.slice(1))}`,
    );
  }
  checkLength("input", given);
}

/** @throws where targets and samples are not as many */
export function checkTarget(x: NdArray, y: NdArray | undefined): NdArray {
  if (!y) throw new Error("[model] training and evaluation need targets: this batch has no y.");
  if (x.shape[0] !== y.shape[0]) {
    throw new Error(
      "Input arrays should have the same number of samples as target arrays. " +
        `Found ${x.shape[0]} input samples and ${y.shape[0]} target samples.`,
    );
  }
  checkLength("target", y);
  return y;
}

function checkLength(what: string, { shape, data }: NdArray): void {
  if (data.length !== sizeOf(shape)) {
    throw new Error(`[model] the ${what} says shape ${formatShape(shape)} but holds ${data.length} values.`);
  }
}
