import { keyFromSeed, philox4x32, purposes, uniformFromWord } from "../philox/index.ts";
import type { DropoutOptions } from "./dropout.ts";

/** The uniform number in [0, 1) that decides about element i. */
export function dropoutUniform(i: number, { seed, stream, step }: Omit<DropoutOptions, "rate">): number {
  const counter = [Math.floor(i / 4), stream, step, purposes.dropout] as const;
  return uniformFromWord(philox4x32([...counter], keyFromSeed(seed))[i % 4]);
}

/** y = x · scale where u ≥ rate, else 0; rate and scale = 1 / (1 − rate) as float32. */
export function dropoutForwardReference(x: Float32Array, options: DropoutOptions): Float32Array {
  const { rate } = options;
  if (rate <= 0 || rate >= 1) return x;
  const threshold = Math.fround(rate);
  const scale = Math.fround(1 / (1 - rate));
  return x.map((value, i) => (dropoutUniform(i, options) >= threshold ? value * scale : 0));
}
