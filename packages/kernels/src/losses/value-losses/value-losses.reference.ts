import type { ValueLossKind } from "./value-losses.ts";

const EPSILON = 1e-7;
const clipped = (value: number) => Math.min(Math.max(value, EPSILON), 1);
const logOf = (value: number) => Math.log(Math.max(value, EPSILON) + 1);

/** f(y, p) of each loss in float64, from Keras's definitions. */
export const valueLossReference: Readonly<
  Record<ValueLossKind, (y: number, p: number, delta: number) => number>
> = {
  meanAbsoluteError: (y, p) => Math.abs(p - y),
  meanAbsolutePercentageError: (y, p) => 100 * Math.abs((y - p) / Math.max(Math.abs(y), EPSILON)),
  meanSquaredLogarithmicError: (y, p) => (logOf(p) - logOf(y)) ** 2,
  hinge: (y, p) => Math.max(1 - y * p, 0),
  squaredHinge: (y, p) => Math.max(1 - y * p, 0) ** 2,
  logcosh: (y, p) => Math.log(Math.cosh(p - y)),
  poisson: (y, p) => p - y * Math.log(p + EPSILON),
  kullbackLeiblerDivergence: (y, p) => clipped(y) * Math.log(clipped(y) / clipped(p)),
  huberLoss(y, p, delta) {
    const quadratic = Math.min(Math.abs(p - y), delta);
    return 0.5 * quadratic ** 2 + delta * (Math.abs(p - y) - quadratic);
  },
};
