/** Σ w·x / count, in float64; w is 1 where it is not given. */
export function meanReference(x: Float32Array, w?: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (w ? w[i] : 1) * x[i];
  return sum / x.length;
}

/** w[n]·x[n, i]; x holds as many values for each sample. */
export function weighSamplesReference(x: Float32Array, w: Float32Array): Float32Array {
  const perSample = x.length / w.length;
  return x.map((value, i) => w[Math.floor(i / perSample)] * value);
}
