import type { PenaltyOptions } from "./penalty.ts";

/** l1·Σ|x| + l2·Σx², in double precision. */
export function penaltyForwardReference(x: Float32Array, { l1, l2 }: PenaltyOptions): number {
  let sum = 0;
  for (const value of x) sum += l1 * Math.abs(value) + l2 * value ** 2;
  return sum;
}

/** dx, in double precision. */
export function penaltyBackwardReference(x: Float32Array, { l1, l2 }: PenaltyOptions): Float32Array {
  return x.map((value) => l1 * Math.sign(value) + 2 * l2 * value);
}
