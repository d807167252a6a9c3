/** db[c] = Σ_row dy[row, c], summed in float64. */
export function biasGradientReference(dy: Float32Array, channels: number): Float32Array {
  const sums = new Float64Array(channels);
  for (let i = 0; i < dy.length; i++) sums[i % channels] += dy[i];
  return Float32Array.from(sums);
}
