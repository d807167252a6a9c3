/** y = a + b, in plain words. */
export function addForwardReference(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value + b[i]);
}
