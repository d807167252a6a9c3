import { RandomStream } from "@convscope/kernels/philox";
import type { Transform } from "../types.ts";
import { changesNothing, drawTransform, type TransformRanges } from "./draw-transform.ts";
import { Mt19937 } from "./mt19937.ts";
import { fromStream, type RandomSource } from "./random-source.ts";

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

/** The same, with the shape read and the seed chosen. */
export interface DrawsSetup extends Omit<DrawsOptions, "imageShape"> {
  readonly seed: number;
  readonly ranges: TransformRanges;
  readonly size: { readonly height: number; readonly width: number };
}

/** The order of one pass at a time. */
class Orders {
  #last: { pass: number; order: Int32Array } | undefined;
  readonly #setup: DrawsSetup;
  readonly #permutation: (pass: number) => Int32Array;

  constructor(setup: DrawsSetup, permutation: (pass: number) => Int32Array) {
    this.#setup = setup;
    this.#permutation = permutation;
  }

  indices(pass: number, index: number): Int32Array {
    const { samples, batchSize, shuffle } = this.#setup;
    const start = index * batchSize;
    const end = Math.min(start + batchSize, samples);
    if (!shuffle) return Int32Array.from({ length: end - start }, (_, i) => start + i);
    if (this.#last?.pass !== pass) this.#last = { pass, order: this.#permutation(pass) };
    return this.#last.order.slice(start, end);
  }
}

/** Every picture's draws have an address of their own: seed, pass and number of the picture. */
export class StreamDraws implements Draws {
  readonly seed: number;
  readonly #setup: DrawsSetup;
  readonly #orders: Orders;

  constructor(setup: DrawsSetup) {
    this.seed = setup.seed;
    this.#setup = setup;
    this.#orders = new Orders(setup, (pass) =>
      new RandomStream(setup.seed, "shuffle", pass).permutation(setup.samples),
    );
  }

  indices(pass: number, index: number): Int32Array {
    return this.#orders.indices(pass, index);
  }

  transforms(pass: number, index: number): (Transform | undefined)[] {
    return this.#each(pass, index, ({ transform }) => transform);
  }

  fileNumbers(pass: number, index: number, below: number): number[] {
    return this.#each(pass, index, ({ random }) => random.randint(0, below));
  }

  #each<T>(
    pass: number,
    index: number,
    take: (drawn: { transform: Transform | undefined; random: RandomSource }) => T,
  ): T[] {
    const { ranges, size, seed } = this.#setup;
    return Array.from(this.indices(pass, index), (sample) => {
      const random = fromStream(new RandomStream(seed, "augmentation", pass, sample));
      const transform = changesNothing(ranges) ? undefined : drawTransform(ranges, size, random);
      return take({ transform, random });
    });
  }
}

/**
 * Keras 2's: NumPy's generator is seeded anew for each batch, with the seed plus the number of batches before it; then come
 * the order, at the start of a pass, the transforms and the numbers of the files.
 */
export class Keras2Draws implements Draws {
  readonly seed: number;
  readonly #setup: DrawsSetup;
  readonly #orders: Orders;

  constructor(setup: DrawsSetup) {
    this.seed = setup.seed;
    this.#setup = setup;
    this.#orders = new Orders(setup, (pass) => this.#randomOf(pass, 0).permutation(setup.samples));
  }

  indices(pass: number, index: number): Int32Array {
    return this.#orders.indices(pass, index);
  }

  transforms(pass: number, index: number): (Transform | undefined)[] {
    return this.#draw(pass, index).transforms;
  }

  fileNumbers(pass: number, index: number, below: number): number[] {
    const { random, transforms } = this.#draw(pass, index);
    return transforms.map(() => random.randint(0, below));
  }

  #randomOf(pass: number, index: number): Mt19937 {
    const { samples, batchSize, seed } = this.#setup;
    return new Mt19937(seed + pass * Math.ceil(samples / batchSize) + index);
  }

  #draw(pass: number, index: number): { random: Mt19937; transforms: (Transform | undefined)[] } {
    const { samples, batchSize, shuffle, ranges, size } = this.#setup;
    const random = this.#randomOf(pass, index);
    if (index === 0 && shuffle) random.permutation(samples); // drawn again, to come to what follows it
    const isKept = changesNothing(ranges);
    const count = Math.min(batchSize, samples - index * batchSize);
    const transforms = Array.from({ length: count }, () => {
      const transform = drawTransform(ranges, size, random);
      return isKept ? undefined : transform;
    });
    return { random, transforms };
  }
}
