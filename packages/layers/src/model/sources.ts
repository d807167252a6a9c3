import { RandomStream } from "@convscope/kernels/philox";
import { checkCount } from "../options.ts";
import { type Arrays, type Batch, gather, slice, typeName } from "./batch.ts";

/** Samples a batch of arrays, where nothing else is said. */
export const DEFAULT_BATCH_SIZE = 32;

/** Batches one after the other, endless or not; `length` says how many make a pass, where that is known. */
export interface BatchSource {
  readonly length?: number;
  next(): Promise<IteratorResult<Batch>> | IteratorResult<Batch>;
}

/** What `fit` takes for batches: an iterator, or what gives one. */
export type Batches = BatchSource | ((AsyncIterable<Batch> | Iterable<Batch>) & { readonly length?: number });

/** The batches of a pass, wherever they come from. */
export interface Source {
  /** Batches a pass. */
  readonly steps: number;
  /** Samples a pass, where progress counts samples: in arrays. */
  readonly samples: number | undefined;
  /** Begins a pass, and waits until there is a first batch. @param stepsDone training steps done before it */
  begin(epoch: number, stepsDone: number): Promise<void>;
  next(step: number): Promise<Batch>;
}

export interface ArraySourceOptions {
  readonly batchSize?: number;
  readonly shuffle?: boolean | "batch";
}

/**
 * Arrays, cut into batches; the last one may be short. Where they are shuffled the order is drawn anew for each pass,
 * from its epoch and the steps before it, and not from the order before, so that a run can be taken up anywhere.
 */
export class ArraySource implements Source {
  readonly samples: number;
  readonly steps: number;
  readonly #arrays: Arrays;
  readonly #batchSize: number;
  readonly #shuffle: boolean | "batch";
  readonly #seed: number;
  #order: Int32Array | undefined;

  constructor(
    arrays: Arrays,
    { batchSize = DEFAULT_BATCH_SIZE, shuffle = false }: ArraySourceOptions = {},
    seed: number | undefined = 0,
  ) {
    this.samples = arrays.x[0].shape[0];
    this.#arrays = arrays;
    this.#batchSize = checkCount("model", "batchSize", batchSize);
    if (typeof shuffle !== "boolean" && shuffle !== "batch") {
      throw new Error(`[fit] shuffle must be true, false or "batch", got ${JSON.stringify(shuffle)}.`);
    }
    this.#shuffle = shuffle;
    this.#seed = seed;
    this.steps = Math.ceil(this.samples / batchSize);
  }

  async begin(epoch: number, stepsDone: number): Promise<void> {
    if (!this.#shuffle) return;
    const stream = new RandomStream(this.#seed, "shuffle", epoch, stepsDone);
    this.#order = this.#shuffle === "batch" ? this.#blocks(stream) : stream.permutation(this.samples);
  }

  async next(step: number): Promise<Arrays> {
    const from = step * this.#batchSize;
    const to = Math.min(from + this.#batchSize, this.samples);
    return this.#order ? gather(this.#arrays, this.#order.subarray(from, to)) : slice(this.#arrays, from, to);
  }

  /** Whole batches in random order, each in the order of the arrays; a short last batch stays the last. */
  #blocks(stream: RandomStream): Int32Array {
    const size = this.#batchSize;
    const blocks = stream.permutation(Math.floor(this.samples / size));
    return Int32Array.from({ length: this.samples }, (_, i) => {
      const block = blocks[Math.floor(i / size)];
      return block === undefined ? i : block * size + (i % size);
    });
  }
}

/** Batches from an iterator, `steps` of them a pass. The iterator goes on where it was: it need not know of passes. */
export class IteratorSource implements Source {
  readonly steps: number;
  readonly samples = undefined;
  readonly #source: BatchSource;
  readonly #option: string;
  #peeked: Batch | undefined;

  /** @param option the name of the option that says the number of steps, for messages */
  constructor(batches: Batches, option: string, steps: number | undefined) {
    this.#source = sourceOf(batches);
    const count = steps ?? this.#source.length;
    if (count === undefined) {
      throw new Error(
        `\`${snakeCase(option)}=None\` is only valid for a generator based on the \`keras.utils.Sequence\` class. ` +
          `Please specify \`${option}\`, or give batches that say their \`length\`.`,
      );
    }
    this.steps = checkCount("model", option, count);
    this.#option = option;
  }

  async begin(): Promise<void> {
    await this.peek();
  }

  async next(): Promise<Batch> {
    const batch = await this.peek();
    this.#peeked = undefined;
    return batch;
  }

  /** The batch that comes next, without taking it. */
  async peek(): Promise<Batch> {
    this.#peeked ??= await this.#take();
    return this.#peeked;
  }

  async #take(): Promise<Batch> {
    const { done, value } = await this.#source.next();
    if (done) {
      throw new Error(
        "Your input ran out of data; interrupting training. Make sure that your dataset or generator can generate " +
          `at least \`${this.#option} * epochs\` batches (here ${this.steps} a pass).`,
      );
    }
    if (typeof value !== "object" || value === null || !("x" in value)) {
      throw new Error(
        `Output of generator should be a batch \`{ x, y, sampleWeight }\` or \`{ x, y }\`. Found: ${typeName(value)}`,
      );
    }
    return value;
  }
}

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Says so where what is predicted will not stand beside the names of the files. */
export function warnOfOrder(batches: object): void {
  if (!("filenames" in batches && "shuffle" in batches && batches.shuffle === true)) return;
  console.warn(
    "[predict] the batches are shuffled: the results are in their order, and not in that of `filenames`. " +
      "Open the folder with shuffle: false.",
  );
}

/** The iterator behind batches. What can be iterated more than once begins anew at its end. @throws where it is none */
function sourceOf(batches: Batches): BatchSource {
  if (typeof batches === "object" && batches !== null) {
    if ("next" in batches && typeof batches.next === "function") return batches;
    if (Symbol.asyncIterator in batches) return repeated(batches, () => batches[Symbol.asyncIterator]());
    if (Symbol.iterator in batches) return repeated(batches, () => batches[Symbol.iterator]());
  }
  throw new Error(
    `[model] expected arrays ({ shape, data }) or an iterator of batches ({ x, y }), got ${typeName(batches)}.`,
  );
}

function repeated(
  { length }: { readonly length?: number },
  begin: () => AsyncIterator<Batch> | Iterator<Batch>,
): BatchSource {
  let iterator = begin();
  return {
    length,
    async next() {
      const result = await iterator.next();
      if (!result.done) return result;
      iterator = begin();
      return iterator.next();
    },
  };
}
