/** Σ x / count, in float64. */
export function meanReference(x: Float32Array): number {
  let sum = 0;
  for (const value of x) sum += value;
  return sum / x.length;
}
