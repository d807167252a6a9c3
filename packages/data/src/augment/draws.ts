import type { Transform } from "../types.ts";

/**
 * What an iterator asks for, batch by batch: which pictures, and how each is changed. Any batch of any pass is a function
 * of the seed alone and can be asked for without those before it. Made by `ImageDataGenerator.draws`.
 */
export interface Draws {
  /** The seed given, or the one that was chosen because none was given. */
  readonly seed: number;
  /** The numbers of the pictures in a batch. */
  indices(pass: number, index: number): Int32Array;
  /** The transform of each of them; undefined where the generator augments nothing. */
  transforms(pass: number, index: number): (Transform | undefined)[];
  /** For each of them the number in the name of its file under `saveToDir`: 0 … below − 1. */
  fileNumbers(pass: number, index: number, below: number): number[];
}

/** What an iterator tells about itself. */
export interface DrawsOptions {
  /** How many pictures there are. */
  readonly samples: number;
  readonly batchSize: number;
  readonly shuffle: boolean;
  /** An integer from 0; chosen by chance where not given. */
  readonly seed?: number;
  /** Of one picture, in the generator's data format. */
  readonly imageShape: readonly number[];
}
