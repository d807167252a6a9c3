/** y = 1 / (1 + exp(−x)), in double precision. */
export function sigmoidForwardReference(x: Float32Array): Float32Array {
  return x.map((value) => 1 / (1 + Math.exp(-value)));
}

/** dx = dy·y·(1 − y). */
export function sigmoidBackwardReference(y: Float32Array, dy: Float32Array): Float32Array {
  return dy.map((value, i) => value * y[i] * (1 - y[i]));
}
