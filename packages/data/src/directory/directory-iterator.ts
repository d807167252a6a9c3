import { RandomStream } from "@convscope/kernels/philox";
import type { Batch } from "../types.ts";
import { type ClassMode, targets } from "./class-mode.ts";
import type { Samples } from "./list-samples.ts";
import type { PictureSource } from "./picture-source.ts";
import { rescaleTable, stackImages } from "./stack-images.ts";

/** What `flowFromDirectory` hands over; its options are described there. */
export interface DirectoryIteratorSetup {
  readonly directory: string;
  readonly samples: Samples;
  readonly filepaths: readonly string[];
  readonly source: PictureSource;
  readonly imageShape: readonly [height: number, width: number, channels: number];
  readonly classMode: ClassMode;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly rescale?: number;
  readonly prefetch: number;
}

/**
 * Batches of pictures without end, pass after pass over the directory. Made by `flowFromDirectory`.
 *
 * Batch `index` of pass `pass` is a function of the seed alone: neither workers nor prefetch change it.
 */
export class DirectoryIterator implements AsyncIterableIterator<Batch> {
  readonly directory: string;
  /** Class name to index. */
  readonly classIndices: Readonly<Record<string, number>>;
  /** The class index of each picture. */
  readonly classes: Int32Array;
  /** The path of each picture: relative to the directory, and whole. */
  readonly filenames: readonly string[];
  readonly filepaths: readonly string[];
  /** Number of pictures. */
  readonly samples: number;
  readonly numClasses: number;
  readonly classMode: ClassMode;
  readonly batchSize: number;
  /** `[height, width, channels]` */
  readonly imageShape: readonly [height: number, width: number, channels: number];
  readonly shuffle: boolean;
  /** The seed given, or the one that was chosen because none was given. */
  readonly seed: number;
  /** Batches of a pass; the last one may be short. */
  readonly length: number;

  readonly #source: PictureSource;
  readonly #table: Float32Array;
  readonly #prefetch: number;
  /** Batches that are being made, the next one first. */
  #ahead: Promise<Batch>[] = [];
  /** How many batches were begun since the start or the last `reset`. */
  #begun = 0;
  #order: { pass: number; permutation: Int32Array } | undefined;
  #failure: unknown;

  constructor(setup: DirectoryIteratorSetup) {
    this.directory = setup.directory;
    this.classIndices = setup.samples.classIndices;
    this.classes = setup.samples.classes;
    this.filenames = setup.samples.filenames;
    this.filepaths = setup.filepaths;
    this.samples = setup.filepaths.length;
    this.numClasses = Object.keys(this.classIndices).length;
    this.classMode = setup.classMode;
    this.batchSize = setup.batchSize;
    this.imageShape = setup.imageShape;
    this.shuffle = setup.shuffle;
    this.seed = setup.seed;
    this.length = Math.ceil(this.samples / this.batchSize);
    this.#source = setup.source;
    this.#table = rescaleTable(setup.rescale);
    this.#prefetch = setup.prefetch;
  }

  /** The iterator itself: a loop that is left can be continued by another. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * The next batch, and the request for those to come. Never `done`.
   * @throws for a picture that cannot be decoded, naming its file; the workers have ended then, and every later call
   *   throws the same
   */
  async next(): Promise<IteratorResult<Batch, undefined>> {
    if (this.#failure !== undefined) throw this.#failure;
    while (this.#ahead.length <= this.#prefetch) this.#begin();
    const batch = this.#ahead.shift()!;
    try {
      return { done: false, value: await batch };
    } catch (error) {
      this.#failure ??= error;
      await this.#end();
      throw this.#failure;
    }
  }

  /**
   * Any batch, independent of where the iteration stands.
   * @param pass 0, 1, 2 …
   * @param index 0 … length − 1
   * @throws for an index outside, and for a picture that cannot be decoded, naming its file
   */
  async batch(pass: number, index: number): Promise<Batch> {
    if (this.#failure !== undefined) throw this.#failure;
    const isInside =
      Number.isInteger(pass) && pass >= 0 && Number.isInteger(index) && index >= 0 && index < this.length;
    if (!isInside) {
      throw new Error(
        `[DirectoryIterator] batch ${index} of pass ${pass} was asked for; a pass has the batches 0 to ${this.length - 1}.`,
      );
    }
    return this.#make(pass, index);
  }

  /** The numbers of the pictures in a batch: positions in `filenames`. */
  indices(pass: number, index: number): Int32Array {
    const start = index * this.batchSize;
    const end = Math.min(start + this.batchSize, this.samples);
    if (this.shuffle) return this.#permutation(pass).slice(start, end);
    return Int32Array.from({ length: end - start }, (_, i) => start + i);
  }

  /** Goes back to the first batch of the first pass: the same batches come again. */
  reset(): void {
    this.#ahead = [];
    this.#begun = 0;
  }

  /** Ends the workers and frees the kept pictures. What is under way is rejected. */
  async close(): Promise<void> {
    this.#failure ??= new Error(`[DirectoryIterator] the iterator over ${this.directory} is closed.`);
    await this.#end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #end(): Promise<void> {
    this.#ahead = [];
    await this.#source.close();
  }

  #begin(): void {
    const batch = this.#make(Math.floor(this.#begun / this.length), this.#begun % this.length);
    batch.catch(() => {}); // reported when its turn comes
    this.#ahead.push(batch);
    this.#begun += 1;
  }

  async #make(pass: number, index: number): Promise<Batch> {
    const indices = [...this.indices(pass, index)];
    const images = await Promise.all(indices.map((i) => this.#source.picture(i)));
    const x = stackImages(images, this.#table);
    const labels = indices.map((i) => this.classes[i]);
    const y = targets(this.classMode, labels, this.numClasses, x);
    return y === undefined ? { x } : { x, y };
  }

  #permutation(pass: number): Int32Array {
    if (this.#order?.pass !== pass) {
      const permutation = new RandomStream(this.seed, "shuffle", pass).permutation(this.samples);
      this.#order = { pass, permutation };
    }
    return this.#order.permutation;
  }
}
