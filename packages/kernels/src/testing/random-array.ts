import type { NdArray } from "../device/tensor.ts";
import { sizeOf } from "../device/tensor.ts";
import { RandomStream } from "../philox/index.ts";

/** Uniform numbers in [low, high), the same for the same seed and shape. */
export function randomArray(shape: readonly number[], seed: number, low = -1, high = 1): NdArray {
  const stream = new RandomStream(seed, "test");
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => stream.uniform(low, high)) };
}

/** Whole numbers in [low, high]: sums of their products are exact in float32, so results must be equal to the bit. */
export function wholeNumbers(shape: readonly number[], seed: number, low = -4, high = 4): NdArray {
  const stream = new RandomStream(seed, "test");
  return {
    shape,
    data: Float32Array.from({ length: sizeOf(shape) }, () => low + stream.integer(high - low + 1)),
  };
}
