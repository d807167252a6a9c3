import type { Conv2dGeometry } from "../geometry.ts";

/**
 * Winograd's algorithm F(4×4, 3×3) in plain words: the matrices of Lavin and Gray, "Fast Algorithms for Convolutional
 * Neural Networks" (2015), section 4.1.2.
 *
 *   y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A      4×4 outputs y of a 6×6 tile d and a 3×3 filter g, one channel
 */
export const BT = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
];
export const G = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
];
export const AT = [
  [1, 1, 1, 1, 1, 0],
  [0, 1, -1, 2, -2, 0],
  [0, 1, 1, 4, 4, 0],
  [0, 1, -1, 8, -8, 1],
];

export type Matrix = readonly (readonly number[])[];

export const transposed = (m: Matrix): Matrix => m[0].map((_, j) => m.map((row) => row[j]));

/** L m Lᵀ. */
export function both(l: Matrix, m: Matrix): Matrix {
  const product = (a: Matrix, b: Matrix) =>
    a.map((row) => b[0].map((_, j) => row.reduce((sum, value, k) => sum + value * b[k][j], 0)));
  return product(product(l, m), transposed(l));
}

/** The 4×4 outputs of one tile. */
export function tileReference(d: Matrix, g: Matrix): Matrix {
  const u = both(G, g);
  const v = both(BT, d);
  return both(
    AT,
    u.map((row, i) => row.map((value, j) => value * v[i][j])),
  );
}

const squares = (m: Matrix) => m.map((row) => row.map((value) => value * value));
const ones = (n: number): Matrix => Array.from({ length: n }, () => Array(n).fill(1));
/** L (m ⊙ n) Lᵀ, and of that the largest. */
const largest = (l: Matrix, m: Matrix, n: Matrix) =>
  Math.max(
    ...both(
      l,
      m.map((row, i) => row.map((value, j) => value * n[i][j])),
    ).flat(),
  );

/**
 * How much larger than those of the sum that defines the convolution the numbers are that Winograd's algorithm adds up, and
 * with them the rounding errors: the root of the mean square of an output's terms, for inputs and filters of independent
 * values of one size, over that of the 9 products there. For dx it is the same: a convolution of dy.
 */
export function amplification(): number {
  return Math.sqrt(largest(squares(AT), both(squares(G), ones(3)), both(squares(BT), ones(6))) / 9);
}

/** The same for df: over the 16 products of a tile that each value of it is the sum of. */
export function gradientAmplification(): number {
  const d = both(squares(transposed(AT)), ones(4));
  return Math.sqrt(largest(squares(transposed(G)), d, both(squares(BT), ones(6))) / 16);
}

/** Whether the algorithm takes these sizes, on a device that has what it needs. */
export function takesWinograd({ constants: c }: Conv2dGeometry): boolean {
  const isOne = [c.STRIDE_H, c.STRIDE_W, c.DILATION_H, c.DILATION_W].every((value) => value === 1);
  return c.FILTER_H === 3 && c.FILTER_W === 3 && isOne && c.IN_C % 4 === 0 && c.OUT_C % 4 === 0;
}
