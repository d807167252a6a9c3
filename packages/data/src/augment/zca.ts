import type { NdArray } from "../types.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

/**
 * The matrix of ZCA whitening, `U · diag(1 / √(s + ε)) · Uᵀ` of the covariance `U · diag(s) · Uᵀ` of some flattened pictures:
 * pictures times it have uncorrelated values and look like pictures still. As in keras-preprocessing up to 1.1.2.
 * @param data the pictures without their channels' means, one after the other
 * @param size values of one picture; the time grows with its cube
 */
export function zcaMatrix(data: Float32Array, size: number, epsilon: number): NdArray {
  const { values, vectors } = symmetricEigen(covariance(data, size), size);
  const matrix = new Float64Array(size * size);
  for (let k = 0; k < size; k++) {
    const scale = 1 / Math.sqrt(Math.max(values[k], 0) + epsilon); // rounding can make a 0 negative
    const vector = vectors.subarray(k * size, (k + 1) * size);
    for (let i = 0; i < size; i++) addScaled(matrix, i * size, vector, scale * vector[i]);
  }
  return { shape: [size, size], data: new Float32Array(matrix) };
}

/** Xᵀ · X / n. */
function covariance(data: Float32Array, size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let start = 0; start < data.length; start += size) {
    const picture = data.subarray(start, start + size);
    for (let i = 0; i < size; i++) addScaled(matrix, i * size, picture, picture[i]);
  }
  const count = data.length / size;
  return matrix.map((sum) => sum / count);
}

/** Adds a multiple of a row to the row that begins at `start`. */
function addScaled(
  rows: Float64Array,
  start: number,
  row: Float32Array | Float64Array,
  factor: number,
): void {
  for (let j = 0; j < row.length; j++) rows[start + j] += factor * row[j];
}
