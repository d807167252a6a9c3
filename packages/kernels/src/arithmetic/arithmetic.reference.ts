import type { NdArray } from "../device/tensor.ts";

/** What an element of the result is made of, in plain words. */
export const operationsReference = {
  add: (a: number, b: number) => a + b,
  subtract: (a: number, b: number) => a - b,
  multiply: (a: number, b: number) => a * b,
  maximum: (a: number, b: number) => Math.max(a, b),
  minimum: (a: number, b: number) => Math.min(a, b),
};
export type OperationName = keyof typeof operationsReference;

/** How much of dy each operand gets: ∂y/∂a and ∂y/∂b. Of equal values a is taken. */
const slopes: Readonly<Record<OperationName, (a: number, b: number) => readonly [number, number]>> = {
  add: () => [1, 1],
  subtract: () => [1, -1],
  multiply: (a, b) => [b, a],
  maximum: (a, b) => (a >= b ? [1, 0] : [0, 1]),
  minimum: (a, b) => (a <= b ? [1, 0] : [0, 1]),
};

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

/** y = a ∘ b, for a result of that shape. */
export function arithmeticForwardReference(
  name: OperationName,
  a: NdArray,
  b: NdArray,
  result: readonly number[],
): Float32Array {
  const inA = indicesIn(a.shape, result);
  const inB = indicesIn(b.shape, result);
  return Float32Array.from(inA, (index, i) => operationsReference[name](a.data[index], b.data[inB[i]]));
}

/** The gradients of a and b: the sums over all elements that they are part of, in double precision. */
export function arithmeticBackwardReference(
  name: OperationName,
  a: NdArray,
  b: NdArray,
  dy: NdArray,
): readonly [Float32Array, Float32Array] {
  const da = new Float64Array(a.data.length);
  const db = new Float64Array(b.data.length);
  const inA = indicesIn(a.shape, dy.shape);
  const inB = indicesIn(b.shape, dy.shape);
  inA.forEach((ia, i) => {
    const [ofA, ofB] = slopes[name](a.data[ia], b.data[inB[i]]);
    da[ia] += dy.data[i] * ofA;
    db[inB[i]] += dy.data[i] * ofB;
  });
  return [Float32Array.from(da), Float32Array.from(db)];
}
