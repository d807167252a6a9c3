import type { CurveOptions } from "./curves.ts";

type Curve = (x: number, alpha: number, scale: number) => number;

/** The curves in float64. */
export const curveReference: Readonly<Record<CurveOptions["kind"], Curve>> = {
  elu: (x, alpha, scale) => scale * (x > 0 ? x : alpha * Math.expm1(x)),
  exponential: (x) => Math.exp(x),
  softplus: (x) => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x))),
  softsign: (x) => x / (1 + Math.abs(x)),
  hardSigmoid: (x) => Math.min(Math.max(0.2 * x + 0.5, 0), 1),
};

/** Their slopes. */
export const curveSlopeReference: Readonly<Record<CurveOptions["kind"], Curve>> = {
  elu: (x, alpha, scale) => scale * (x > 0 ? 1 : alpha * Math.exp(x)),
  exponential: (x) => Math.exp(x),
  softplus: (x) => 1 / (1 + Math.exp(-x)),
  softsign: (x) => 1 / (1 + Math.abs(x)) ** 2,
  hardSigmoid: (x) => (Math.abs(x) <= 2.5 ? 0.2 : 0),
};
