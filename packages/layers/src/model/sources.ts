import type { NdArray } from "@convscope/kernels";
import { RandomStream } from "@convscope/kernels/philox";
import { type Batch, type BatchSource, gatherRows, rows } from "./input-data.ts";

function checkCount(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 1) {
    throw new Error(`[model] ${name} must be a whole number of at least 1, got ${value}.`);
  }
  return value;
}

/** Arrays, cut into batches; shuffled anew before each epoch, as Keras's array mode. The last batch may be short. */
export class ArraySource {
  readonly samples: number;
  readonly steps: number;
  readonly #x: NdArray;
  readonly #y: NdArray;
  readonly #batchSize: number;
  readonly #shuffle: boolean;
  readonly #seed: number;
  #order: Int32Array | undefined;

  constructor(
    x: NdArray,
    y: NdArray,
    { batchSize = 32, shuffle = true }: { batchSize?: number; shuffle?: boolean },
    seed: number,
  ) {
    this.samples = checkCount("the number of samples", x.shape[0]);
    this.#x = x;
    this.#y = y;
    this.#batchSize = checkCount("batchSize", batchSize);
    this.#shuffle = shuffle;
    this.#seed = seed;
    this.steps = Math.ceil(this.samples / batchSize);
  }

  /** Draws the order of an epoch. */
  begin(epoch: number): void {
    if (this.#shuffle) this.#order = new RandomStream(this.#seed, "shuffle", epoch).permutation(this.samples);
  }

  async next(step: number): Promise<Batch> {
    const from = step * this.#batchSize;
    const to = Math.min(from + this.#batchSize, this.samples);
    if (!this.#order) return { x: rows(this.#x, from, to), y: rows(this.#y, from, to) };
    const indices = this.#order.subarray(from, to);
    return { x: gatherRows(this.#x, indices), y: gatherRows(this.#y, indices) };
  }
}

/** Batches from an iterator, `steps` of them a pass; the iterator goes on where it was. */
export class IteratorSource {
  readonly steps: number;
  readonly #source: BatchSource;
  readonly #option: string;

  /** @param option the name of the option that says the number of steps, for messages */
  constructor(source: BatchSource, option: string, steps: number | undefined) {
    const count = steps ?? source.length;
    if (count === undefined) {
      throw new Error(`[model] \`${option}\` is needed: this iterator of batches does not say its length.`);
    }
    this.steps = checkCount(option, count);
    this.#source = source;
    this.#option = option;
  }

  begin(_epoch: number): void {}

  async next(_step?: number): Promise<Batch> {
    const { done, value } = await this.#source.next();
    if (!done) return value;
    throw new Error(
      "Your input ran out of data; interrupting training. Make sure that your dataset or generator can generate " +
        `at least \`${this.#option} * epochs\` batches (here ${this.steps} a pass).`,
    );
  }
}
