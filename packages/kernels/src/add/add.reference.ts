import type { NdArray } from "../device/tensor.ts";

/**
 * For each element of the result, the index of the element of an operand that it is made of: NumPy's rules, an axis of 1
 * and a missing axis are broadcast.
 */
function indicesIn(shape: readonly number[], result: readonly number[]): number[] {
  let indices = [0];
  result.forEach((size, axis) => {
    const own = shape[axis - result.length + shape.length] ?? 1;
    indices = indices.flatMap((index) =>
      Array.from({ length: size }, (_, i) => index * own + (own === 1 ? 0 : i)),
    );
  });
  return indices;
}

/** y = a + b, in plain words, for a result of that shape. */
export function addForwardReference(a: NdArray, b: NdArray, result: readonly number[]): Float32Array {
  const inA = indicesIn(a.shape, result);
  const inB = indicesIn(b.shape, result);
  return Float32Array.from(inA, (index, i) => a.data[index] + b.data[inB[i]]);
}

/** The gradient of an operand of that shape: the sum of dy over all elements that it is part of, in double precision. */
export function addBackwardReference(dy: NdArray, shape: readonly number[]): Float32Array {
  const dx = new Float64Array(shape.reduce((product, extent) => product * extent, 1));
  indicesIn(shape, dy.shape).forEach((index, i) => {
    dx[index] += dy.data[i];
  });
  return Float32Array.from(dx);
}
