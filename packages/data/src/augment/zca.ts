import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { NdArray } from "../types.ts";

/**
 * The matrix of ZCA whitening, `U · diag(1 / √(s + ε)) · Uᵀ` of the covariance `U · diag(s) · Uᵀ` of some flattened pictures:
 * pictures times it have uncorrelated values and look like pictures still. As in keras-preprocessing up to 1.1.2.
 * @param data the pictures without their channels' means, one after the other
 * @param size values of one picture; the time grows with its cube: 32 x 32 x 3 take minutes
 */
export function zcaMatrix(data: Float32Array, size: number, epsilon: number): NdArray {
  const { realEigenvalues, eigenvectorMatrix: u } = new EigenvalueDecomposition(covariance(data, size), {
    assumeSymmetric: true,
  });
  // Rounding makes some that should be 0 negative.
  const scales = realEigenvalues.map((value) => 1 / Math.sqrt(Math.max(value, 0) + epsilon));
  const scaled = Matrix.from1DArray(size, size, u.to1DArray()).mulRowVector(scales);
  return { shape: [size, size], data: Float32Array.from(scaled.mmul(u.transpose()).to1DArray()) };
}

/** Xᵀ · X / n. */
function covariance(data: Float32Array, size: number): Matrix {
  const count = data.length / size;
  const rows = Array.from({ length: size }, () => new Float64Array(size));
  for (let start = 0; start < data.length; start += size) {
    for (let i = 0; i < size; i++) {
      const value = data[start + i];
      const row = rows[i];
      for (let j = 0; j < size; j++) row[j] += value * data[start + j];
    }
  }
  return new Matrix(rows.map((row) => row.map((sum) => sum / count)));
}
