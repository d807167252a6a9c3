/** Losses [samples]: the mean of (p − y)² over each sample's values, in float64. */
export function meanSquaredErrorForwardReference(
  y: Float32Array,
  p: Float32Array,
  samples: number,
): number[] {
  const perSample = p.length / samples;
  const losses: number[] = [];
  for (let n = 0; n < samples; n++) {
    let sum = 0;
    for (let i = n * perSample; i < (n + 1) * perSample; i++) sum += (p[i] - y[i]) ** 2;
    losses.push(sum / perSample);
  }
  return losses;
}

/** The gradient of the mean loss with respect to p. */
export function meanSquaredErrorBackwardReference(y: Float32Array, p: Float32Array): number[] {
  return Array.from(p, (value, i) => (2 * (value - y[i])) / p.length);
}
