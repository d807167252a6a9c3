import type { NdArray } from "../types.ts";

/** An array in reverse order along one axis: Keras's `flip_axis`. */
export function flipAxis(x: NdArray, axis: number): NdArray {
  if (!Number.isInteger(axis) || axis < 0 || axis >= x.shape.length) {
    throw new Error(
      `[flipAxis] axis is ${axis}; one of the ${x.shape.length} axes of [${x.shape}] was needed.`,
    );
  }
  const length = x.shape[axis];
  const inner = x.shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const data = new Float32Array(x.data.length);
  for (let block = 0; block < data.length; block += length * inner) {
    for (let i = 0; i < length; i++) {
      const from = block + (length - 1 - i) * inner;
      data.set(x.data.subarray(from, from + inner), block + i * inner);
    }
  }
  return { shape: x.shape, data };
}
