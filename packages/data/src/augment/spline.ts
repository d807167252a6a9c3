/**
 * B-splines of degree 2 to 5: what `scipy.ndimage` interpolates with for these orders. The spline through the pixels has
 * coefficients other than the pixels; a recursive filter finds them.
 * Source: Unser, Aldroubi, Eden, "B-spline signal processing", IEEE Trans. Signal Processing 41 (1993).
 */

/** How the coefficients go on outside: `mirror` about the last pixel, `reflect` about its outer edge, or `period`ic. */
export type SplineBoundary = "mirror" | "reflect" | "period";

/** The poles of the filter, for each degree. */
const POLES: Readonly<Record<number, readonly number[]>> = {
  2: [Math.sqrt(8) - 3],
  3: [Math.sqrt(3) - 2],
  4: [
    Math.sqrt(664 - Math.sqrt(438976)) + Math.sqrt(304) - 19,
    Math.sqrt(664 + Math.sqrt(438976)) - Math.sqrt(304) - 19,
  ],
  5: [
    Math.sqrt(67.5 - Math.sqrt(4436.25)) + Math.sqrt(26.25) - 6.5,
    Math.sqrt(67.5 + Math.sqrt(4436.25)) - Math.sqrt(26.25) - 6.5,
  ],
};

/** Turns a line of pixels into the coefficients of the spline through them, in place. */
export function filterLine(line: Float64Array, order: number, boundary: SplineBoundary): void {
  const n = line.length;
  if (n === 1) return;
  const poles = POLES[order];
  const gain = poles.reduce((product, z) => product * (1 - z) * (1 - 1 / z), 1);
  for (let i = 0; i < n; i++) line[i] *= gain;
  for (const z of poles) {
    line[0] = firstForward(line, z, boundary);
    for (let i = 1; i < n; i++) line[i] += z * line[i - 1];
    line[n - 1] = firstBackward(line, z, boundary);
    for (let i = n - 2; i >= 0; i--) line[i] = z * (line[i + 1] - line[i]);
  }
}

/** The forward filter's first value: Σ zᵏ·line[−k] over the line as it goes on, summed in closed form over its period. */
function firstForward(line: Float64Array, z: number, boundary: SplineBoundary): number {
  const n = line.length;
  let sum = line[0];
  let power = z;
  if (boundary === "period") {
    for (let k = 1; k < n; k++, power *= z) sum += power * line[n - k];
    return sum / (1 - power);
  }
  if (boundary === "mirror") {
    const last = z ** (n - 1);
    sum += last * line[n - 1];
    for (let k = 1; k < n - 1; k++, power *= z) sum += power * (line[k] + last * line[n - 1 - k]);
    return sum / (1 - last * last);
  }
  const last = z ** n;
  sum += last * line[n - 1];
  for (let k = 1; k < n - 1; k++, power *= z) sum += power * (line[k] + last * line[n - 1 - k]);
  sum += power * (line[n - 1] + last * sum); // the sum where line[0] is meant: SciPy's; z²ⁿ⁻¹ makes it small
  return line[0] + (sum * z) / (1 - last * last);
}

/** The backward filter's first value, likewise. */
function firstBackward(line: Float64Array, z: number, boundary: SplineBoundary): number {
  const n = line.length;
  if (boundary === "mirror") return ((z * line[n - 2] + line[n - 1]) * z) / (z * z - 1);
  if (boundary === "reflect") return (line[n - 1] * z) / (z - 1);
  let sum = line[n - 1];
  let power = z;
  for (let k = 0; k < n - 1; k++, power *= z) sum += power * line[k];
  return (sum * z) / (power - 1);
}

/**
 * How much each of the order + 1 nearest coefficients counts at a point.
 * @param t how far the point lies from the middle one: −½ … ½ for even orders, 0 … 1 for odd ones
 * @param weights written
 */
export function splineWeights(t: number, order: number, weights: Float64Array): void {
  const first = order & 1 ? (order - 1) / 2 : order / 2;
  let rest = 1;
  for (let k = 0; k < order; k++) {
    weights[k] = basis(Math.abs(t + first - k), order);
    rest -= weights[k];
  }
  weights[order] = rest;
}

/** The B-spline of a degree, at distance u ≥ 0 from its middle. */
function basis(u: number, order: number): number {
  switch (order) {
    case 2:
      if (u <= 0.5) return 0.75 - u * u;
      return u < 1.5 ? 0.5 * (1.5 - u) ** 2 : 0;
    case 3:
      if (u < 1) return (u * u * (u - 2) * 3 + 4) / 6;
      return u < 2 ? (2 - u) ** 3 / 6 : 0;
    case 4: {
      const s = u * u;
      if (u <= 0.5) return s * (s * 0.25 - 0.625) + 115 / 192;
      if (u <= 1.5) return u * (u * ((u * (5 - u)) / 6 - 1.25) + 5 / 24) + 55 / 96;
      return u < 2.5 ? (2.5 - u) ** 4 / 24 : 0;
    }
    default: {
      const s = u * u;
      if (u < 1) return s * (s * (0.25 - u / 12) - 0.5) + 0.55;
      if (u < 2) return u * (u * (u * (u * (u / 24 - 0.375) + 1.25) - 1.75) + 0.625) + 0.425;
      return u < 3 ? (3 - u) ** 5 / 120 : 0;
    }
  }
}
