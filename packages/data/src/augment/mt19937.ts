import type { RandomSource } from "./random-source.ts";

const STATE_WORDS = 624;
const SHIFT_WORDS = 397;
const TWIST = 0x9908b0df;

/**
 * NumPy's legacy generator, `numpy.random.RandomState(seed)`, which `numpy.random.seed` and the functions of `numpy.random`
 * stand for: the Mersenne twister MT19937 and NumPy's own ways to make numbers of its words. NumPy has frozen them
 * (NEP 19): the same seed gives the same numbers in every version.
 * Source: Matsumoto, Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998).
 */
export class Mt19937 implements RandomSource {
  readonly #state = new Uint32Array(STATE_WORDS);
  #position = STATE_WORDS;

  /**
   * @param seed 0 … 2^32 − 1
   * @throws for another seed, in NumPy's words
   */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
      throw new Error(`[Mt19937] Seed must be between 0 and 2**32 - 1, a whole number; got ${seed}.`);
    }
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < STATE_WORDS; i++) {
      state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
  }

  /** An unsigned 32-bit word. */
  word(): number {
    if (this.#position === STATE_WORDS) this.#refill();
    let word = this.#state[this.#position++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  /** Uniform in [0, 1), 53 random bits of two words. */
  randomSample(): number {
    const high = this.word() >>> 5;
    const low = this.word() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  uniform(low = 0, high = 1): number {
    return low + (high - low) * this.randomSample();
  }

  /** Of at most 2^32 numbers. */
  randint(low: number, high: number): number {
    return low + this.#upTo(high - low - 1);
  }

  /** Of 0 … n − 1 for a number, else of the values. */
  choice(from: number | ArrayLike<number>): number {
    if (typeof from === "number") return this.randint(0, from);
    return from[this.randint(0, from.length)];
  }

  /** Changes the order of the values, in place. */
  shuffle(values: { [index: number]: number; readonly length: number }): void {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.#upTo(i);
      const value = values[i];
      values[i] = values[j];
      values[j] = value;
    }
  }

  /** 0 … n − 1 in random order. */
  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    this.shuffle(order);
    return order;
  }

  /** 0 … most: the low bits of words, until they make such a number. No word is taken where there is no choice. */
  #upTo(most: number): number {
    if (most === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(most);
    for (;;) {
      const value = (this.word() & mask) >>> 0;
      if (value <= most) return value;
    }
  }

  #refill(): void {
    const state = this.#state;
    for (let i = 0; i < STATE_WORDS; i++) {
      const mixed = (state[i] & 0x80000000) | (state[(i + 1) % STATE_WORDS] & 0x7fffffff);
      state[i] = state[(i + SHIFT_WORDS) % STATE_WORDS] ^ (mixed >>> 1) ^ (mixed & 1 ? TWIST : 0);
    }
    this.#position = 0;
  }
}
