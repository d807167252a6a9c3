/** y = max(x, 0), in plain words. */
export function reluForwardReference(x: Float32Array): Float32Array {
  return x.map((value) => Math.max(value, 0));
}

/** dx = dy where y > 0, else 0. */
export function reluBackwardReference(y: Float32Array, dy: Float32Array): Float32Array {
  return dy.map((value, i) => (y[i] > 0 ? value : 0));
}
