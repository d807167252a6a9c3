/** y = scale·x + offset, in double precision. */
export function rescaleReference(x: Float32Array, scale: number, offset: number): Float32Array {
  return x.map((value) => scale * value + offset);
}
