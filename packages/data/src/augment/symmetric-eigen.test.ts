import { RandomStream } from "@convscope/kernels/philox";
import { expectClose } from "@convscope/kernels/testing";
import { describe, expect, it } from "vitest";
import { symmetricEigen } from "./symmetric-eigen.ts";

const random = new RandomStream(4, "test");

/** Of some rank: below n, eigenvalues are 0 several times over. */
function symmetric(n: number, rank: number): Float64Array {
  const matrix = new Float64Array(n * n);
  for (let k = 0; k < rank; k++) {
    const v = Float64Array.from({ length: n }, () => random.normal());
    for (let i = 0; i < n * n; i++) matrix[i] += v[Math.floor(i / n)] * v[i % n] * (k % 2 ? -1 : 1);
  }
  return matrix;
}

describe("symmetricEigen", () => {
  it.each([
    ["a number", 1, new Float64Array([3])],
    ["a diagonal", 3, new Float64Array([2, 0, 0, 0, 2, 0, 0, 0, -1])],
    ["nothing", 2, new Float64Array(4)],
    ["a pair", 2, new Float64Array([1, 2, 2, 1])],
    ["random numbers", 40, symmetric(40, 60)],
    ["few directions", 40, symmetric(40, 7)],
  ])("takes apart %s", (_, n, matrix) => {
    const { values, vectors } = symmetricEigen(matrix.slice(), n);
    const size = Math.max(...matrix.map(Math.abs), 1);
    const at = (i: number, j: number) => {
      let inner = 0;
      let sum = 0;
      for (let k = 0; k < n; k++) {
        inner += vectors[i * n + k] * vectors[j * n + k];
        sum += values[k] * vectors[k * n + i] * vectors[k * n + j];
      }
      return { inner, sum };
    };
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const { inner, sum } = at(i, j);
        expectClose([inner, sum], [i === j ? 1 : 0, matrix[i * n + j]], {
          absolute: 1e-12 * n * size,
          relative: 0,
        });
      }
    }
    expect(values).toHaveLength(n);
  });

  it("ends where there are no numbers", () => {
    expect(() => symmetricEigen(new Float64Array(9).fill(Number.NaN), 3)).toThrow("no finite number");
  });
});
