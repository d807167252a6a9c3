import type { Batch, NdArray } from "../types.ts";

/** Pictures `[n, height, width, channels]`; or those, and what else belongs to each of them and is handed over as it is. */
export type FlowPictures = NdArray | readonly [pictures: NdArray, others: NdArray | readonly NdArray[]];

/** Keras's arguments of `flow`. */
export interface FlowOptions {
  /** Pictures of a batch; default 32. */
  readonly batchSize?: number;
  /** A new order in every pass; default true. */
  readonly shuffle?: boolean;
  /** A weight for each picture. */
  readonly sampleWeight?: NdArray;
  /** Of order and transforms: an integer from 0. Chosen once, by chance, where not given. */
  readonly seed?: number;
  /** A folder in which every finished picture is put, to look at. */
  readonly saveToDir?: string;
  /** How their names begin; default `""`. */
  readonly savePrefix?: string;
  /** Default `"png"`. */
  readonly saveFormat?: "png" | "jpeg" | "jpg";
  /** With the generator's `validationSplit`: its part of the pictures, or the rest. */
  readonly subset?: "training" | "validation";
}

/** A batch of `flow`. */
export interface ArrayBatch extends Batch {
  /** Of the other arrays that were given with the pictures. */
  readonly others?: readonly NdArray[];
  readonly sampleWeight?: NdArray;
}

/** Batches from arrays, pass after pass, without end. Made by `ImageDataGenerator.flow`. */
export class ArrayIterator implements AsyncIterableIterator<ArrayBatch> {
  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ArrayBatch, undefined>> {
    throw new Error("[ArrayIterator] is being written.");
  }
}
