/** Gradients scaled by the norm of all of them, in double precision. @returns copies */
export function clipByNormReference(gradients: readonly Float32Array[], clipnorm: number): Float64Array[] {
  let sum = 0;
  for (const gradient of gradients) for (const value of gradient) sum += value ** 2;
  const norm = Math.sqrt(sum);
  const scale = norm >= clipnorm ? clipnorm / norm : 1;
  return gradients.map((gradient) => Float64Array.from(gradient, (value) => value * scale));
}

/** A gradient's elements between −clipvalue and clipvalue. NaN stays NaN. @returns a copy */
export function clipByValueReference(gradient: ArrayLike<number>, clipvalue: number): Float64Array {
  return Float64Array.from(gradient, (value) => Math.min(Math.max(value, -clipvalue), clipvalue));
}
