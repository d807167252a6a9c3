/** y = tanh(x), in double precision. */
export function tanhForwardReference(x: Float32Array): Float32Array {
  return x.map((value) => Math.tanh(value));
}

/** dx = dy·(1 − y²). */
export function tanhBackwardReference(y: Float32Array, dy: Float32Array): Float32Array {
  return dy.map((value, i) => value * (1 - y[i] * y[i]));
}
