/** Eigenvalues of a symmetric matrix, and for each a row of `vectors`: unit eigenvectors at right angles. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/**
 * Householder reflections make the matrix tridiagonal, then QL steps with implicit shifts make it diagonal. Time n³.
 * Source: Golub, Van Loan, "Matrix Computations", 8.3.
 * @param matrix n x n, row-major, symmetric; overwritten
 */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  const vectors = tridiagonalize(matrix, n);
  const diagonal = Float64Array.from({ length: n }, (_, i) => matrix[i * n + i]);
  const beside = Float64Array.from({ length: n }, (_, i) => (i < n - 1 ? matrix[i * n + i + 1] : 0));
  diagonalize(diagonal, beside, vectors, n);
  return { values: diagonal, vectors };
}

/** @returns the product of the reflections, so that `matrix` before was its transpose · `matrix` after · it */
function tridiagonalize(matrix: Float64Array, n: number): Float64Array {
  const product = new Float64Array(n * n);
  for (let i = 0; i < n; i++) product[i * n + i] = 1;
  const v = new Float64Array(n);
  const w = new Float64Array(n);
  for (let k = 0; k < n - 2; k++) {
    // The reflection 1 − 2·v·vᵀ that turns what stands beside the diagonal in row k into one number.
    let square = 0;
    for (let j = k + 1; j < n; j++) square += matrix[k * n + j] ** 2;
    if (square === matrix[k * n + k + 1] ** 2) continue;
    const first = matrix[k * n + k + 1];
    const left = first > 0 ? -Math.sqrt(square) : Math.sqrt(square);
    const length = Math.sqrt(2 * (square - left * first));
    for (let j = k + 1; j < n; j++) v[j] = matrix[k * n + j] / length;
    v[k + 1] = (first - left) / length;

    // From both sides it is a change by v·wᵀ + w·vᵀ.
    let inner = 0;
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += matrix[i * n + j] * v[j];
      w[i] = sum;
      inner += sum * v[i];
    }
    for (let i = k + 1; i < n; i++) w[i] = 2 * (w[i] - inner * v[i]);
    for (let i = k + 1; i < n; i++) {
      for (let j = k + 1; j < n; j++) matrix[i * n + j] -= v[i] * w[j] + w[i] * v[j];
    }
    matrix[k * n + k + 1] = left;
    reflectRows(product, v, w, k + 1, n);
  }
  return product;
}

/** Multiplies by 1 − 2·v·vᵀ from the left: rows from `from` on. */
function reflectRows(rows: Float64Array, v: Float64Array, sums: Float64Array, from: number, n: number): void {
  sums.fill(0);
  for (let i = from; i < n; i++) {
    for (let j = 0; j < n; j++) sums[j] += v[i] * rows[i * n + j];
  }
  for (let i = from; i < n; i++) {
    const twice = 2 * v[i];
    for (let j = 0; j < n; j++) rows[i * n + j] -= twice * sums[j];
  }
  sums.fill(0);
}

/** For one eigenvalue; two are usual. More are only ever needed where there are no numbers. */
const MAX_STEPS = 60;

/** Turns neighbouring rows of `vectors` until nothing stands beside the diagonal. */
function diagonalize(d: Float64Array, e: Float64Array, vectors: Float64Array, n: number): void {
  for (let from = 0; from < n; from++) {
    let steps = 0;
    for (let to = endOfBlock(d, e, from, n); to > from; to = endOfBlock(d, e, from, n)) {
      if (steps++ === MAX_STEPS)
        throw new Error("[symmetricEigen] the matrix holds what is no finite number.");
      qlStep(d, e, vectors, from, to, n);
    }
  }
}

/** The last row of the block that begins at `from`: what stands beside it is lost in rounding. */
function endOfBlock(d: Float64Array, e: Float64Array, from: number, n: number): number {
  for (let i = from; i < n - 1; i++) {
    if (Math.abs(e[i]) <= Number.EPSILON * (Math.abs(d[i]) + Math.abs(d[i + 1]))) return i;
  }
  return n - 1;
}

/** One step on the block, with the shift that its upper 2 x 2 suggests (Wilkinson's). */
function qlStep(
  d: Float64Array,
  e: Float64Array,
  vectors: Float64Array,
  from: number,
  to: number,
  n: number,
): void {
  const half = (d[from + 1] - d[from]) / (2 * e[from]);
  const root = Math.hypot(half, 1);
  let g = d[to] - d[from] + e[from] / (half + (half < 0 ? -root : root));
  let [sin, cos, shift] = [1, 1, 0];
  for (let i = to - 1; i >= from; i--) {
    const f = sin * e[i];
    const b = cos * e[i];
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1] -= shift;
      e[to] = 0;
      return;
    }
    sin = f / r;
    cos = g / r;
    g = d[i + 1] - shift;
    const t = (d[i] - g) * sin + 2 * cos * b;
    shift = sin * t;
    d[i + 1] = g + shift;
    g = cos * t - b;
    rotate(vectors, i * n, n, sin, cos);
  }
  d[from] -= shift;
  e[from] = g;
  e[to] = 0;
}

/** Turns the row that begins at `start` and the next one. */
function rotate(rows: Float64Array, start: number, n: number, sin: number, cos: number): void {
  for (let i = start; i < start + n; i++) {
    const upper = rows[i];
    const lower = rows[i + n];
    rows[i + n] = sin * upper + cos * lower;
    rows[i] = cos * upper - sin * lower;
  }
}
