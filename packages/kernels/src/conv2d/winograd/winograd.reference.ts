import type { Conv2dGeometry } from "../geometry.ts";

/** The matrices of F(tile×tile, 3×3), Winograd's algorithm for a 3×3 filter. */
export interface Transforms {
  readonly BT: Matrix;
  readonly G: Matrix;
  readonly AT: Matrix;
}

/**
 * F(4×4, 3×3): Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2015), section 4.1.2; polynomials
 * interpolated at 0, 1, −1, 2, −2 and infinity.
 */
const BT4 = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
];
const G4 = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
];
const AT4 = [
  [1, 1, 1, 1, 1, 0],
  [0, 1, -1, 2, -2, 0],
  [0, 1, 1, 4, 4, 0],
  [0, 1, -1, 8, -8, 1],
];

/** F(3×3, 3×3): the same construction (Toom and Cook), at 0, 1, −1, 2 and infinity. */
const BT3 = [
  [2, -1, -2, 1, 0],
  [0, -2, -1, 1, 0],
  [0, 2, -3, 1, 0],
  [0, -1, 0, 1, 0],
  [0, 2, -1, -2, 1],
];
const G3 = [
  [1 / 2, 0, 0],
  [-1 / 2, -1 / 2, -1 / 2],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 6, 1 / 3, 2 / 3],
  [0, 0, 1],
];
const AT3 = [
  [1, 1, 1, 1, 0],
  [0, 1, -1, 2, 0],
  [0, 1, 1, 4, 1],
];

/** By the side of a tile. */
export const transforms: Readonly<Record<3 | 4, Transforms>> = {
  3: { BT: BT3, G: G3, AT: AT3 },
  4: { BT: BT4, G: G4, AT: AT4 },
};

export type Matrix = readonly (readonly number[])[];

export const transposed = (m: Matrix): Matrix => m[0].map((_, j) => m.map((row) => row[j]));

/** L m Lᵀ. */
export function both(l: Matrix, m: Matrix): Matrix {
  const product = (a: Matrix, b: Matrix) =>
    a.map((row) => b[0].map((_, j) => row.reduce((sum, value, k) => sum + value * b[k][j], 0)));
  return product(product(l, m), transposed(l));
}

/**
 * The outputs of one tile, in one channel: y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A.
 * @param d the inputs of the tile, tile + 2 on a side
 * @param g the 3×3 filter
 */
export function tileReference({ BT, G, AT }: Transforms, d: Matrix, g: Matrix): Matrix {
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
 * values of one size, over that of the 9 products there. For dx it is the same: a convolution of dy. The 4×4 tiling's is
 * the larger.
 */
export function amplification({ BT, G, AT }: Transforms = transforms[4]): number {
  return Math.sqrt(largest(squares(AT), both(squares(G), ones(3)), both(squares(BT), ones(BT.length))) / 9);
}

/** The same for df: over the products of a tile that each value of it is the sum of, as many as the tile has outputs. */
export function gradientAmplification({ BT, G, AT }: Transforms = transforms[4]): number {
  const d = both(squares(transposed(AT)), ones(AT.length));
  const largestTerm = largest(squares(transposed(G)), d, both(squares(BT), ones(BT.length)));
  return Math.sqrt(largestTerm) / AT.length;
}

/** Whether the algorithm takes these sizes, on a device that has what it needs. */
export function takesWinograd({ constants: c }: Conv2dGeometry): boolean {
  const isOne = [c.STRIDE_H, c.STRIDE_W, c.DILATION_H, c.DILATION_W].every((value) => value === 1);
  return c.FILTER_H === 3 && c.FILTER_W === 3 && isOne && c.IN_C % 4 === 0 && c.OUT_C % 4 === 0;
}
