import { philox4x32, uniformFromWord, type Words4 } from "./philox.ts";

/** What a stream of random numbers is for. Two purposes never share a number, whatever the seed. */
export const purposes = {
  initializer: 1,
  dropout: 2,
  shuffle: 3,
  augmentation: 4,
  drawing: 5,
  test: 6,
} as const;
export type Purpose = keyof typeof purposes;

/** The two Philox key words of a seed: a non-negative safe integer, split into its low and high 32 bits. */
export function keyFromSeed(seed: number): [number, number] {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new Error(`[random] seed must be an integer from 0 to ${Number.MAX_SAFE_INTEGER}, got ${seed}.`);
  }
  return [seed >>> 0, Math.floor(seed / 2 ** 32)];
}

/**
 * A stream of random numbers, addressed by seed, purpose and up to two indices (epoch and sample, layer and step …).
 * The same address always gives the same numbers.
 */
export class RandomStream {
  readonly #key: readonly [number, number];
  readonly #address: readonly [number, number, number];
  #block = 0;
  #words: Words4 = [0, 0, 0, 0];
  #used = 4;

  /** @param indices at most two unsigned 32-bit integers */
  constructor(seed: number, purpose: Purpose, ...indices: [] | [number] | [number, number]) {
    this.#key = keyFromSeed(seed);
    const [first = 0, second = 0] = indices;
    this.#address = [first >>> 0, second >>> 0, purposes[purpose]];
  }

  /** An unsigned 32-bit integer. */
  word(): number {
    if (this.#used === 4) {
      this.#words = philox4x32([this.#block++, ...this.#address], this.#key);
      this.#used = 0;
    }
    return this.#words[this.#used++];
  }

  /** Uniform in [low, high), with 24 random bits. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * uniformFromWord(this.word());
  }

  /** Uniform among 0 … n−1 (n up to 2^32), without the bias of a plain remainder. */
  integer(n: number): number {
    const limit = 2 ** 32 - (2 ** 32 % n);
    let word = this.word();
    while (word >= limit) word = this.word();
    return word % n;
  }

  /** Normal with mean 0 and standard deviation 1, by Box and Muller. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** 0 … n−1 in random order, by Fisher and Yates. */
  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }
}
