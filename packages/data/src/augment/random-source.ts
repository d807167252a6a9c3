import { RandomStream } from "@convscope/kernels/philox";

/** What a transform is drawn from: NumPy's generator (`Mt19937`) or one of the counter-based streams (`fromStream`). */
export interface RandomSource {
  /** Uniform in [0, 1). */
  randomSample(): number;
  /** Uniform in [low, high). */
  uniform(low: number, high: number): number;
  /** A whole number, uniform in low … high − 1. */
  randint(low: number, high: number): number;
}

/** A counter-based stream, as what transforms are drawn from. */
export function fromStream(stream: RandomStream): RandomSource {
  return {
    randomSample: () => stream.uniform(),
    uniform: (low, high) => stream.uniform(low, high),
    randint: (low, high) => low + stream.integer(high - low),
  };
}

/** Numbers from a seed; by chance where none is given. For NumPy's there is `new Mt19937(seed)`. */
export const randomSource = (seed = chooseSeed()): RandomSource =>
  fromStream(new RandomStream(seed, "augmentation"));

/** By chance, once, and then shown, so that the run can be repeated. Small enough for NumPy's seeds and what is added. */
export const chooseSeed = (): number => crypto.getRandomValues(new Uint32Array(1))[0] >>> 1;

/** NumPy's `choice`, with all elements equally likely. */
export function choose(random: RandomSource, values: readonly number[]): number {
  return values[random.randint(0, values.length)];
}
