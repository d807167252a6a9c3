import type { BentReluOptions } from "./bent-relu.ts";

/** y, in plain words. */
export function bentReluForwardReference(
  x: Float32Array,
  { maxValue = Number.POSITIVE_INFINITY, negativeSlope = 0, threshold = 0 }: BentReluOptions,
): Float32Array {
  return x.map((value) => {
    if (Number.isNaN(value)) return value;
    if (value > threshold) return Math.min(value, maxValue);
    return negativeSlope === 0 ? 0 : negativeSlope * (value - threshold);
  });
}

/** dx, in plain words. */
export function bentReluBackwardReference(
  x: Float32Array,
  dy: Float32Array,
  { maxValue = Number.POSITIVE_INFINITY, negativeSlope = 0, threshold = 0 }: BentReluOptions,
): Float32Array {
  return dy.map((gradient, i) => {
    if (x[i] > threshold) return x[i] >= maxValue ? 0 : gradient;
    return negativeSlope * gradient;
  });
}
