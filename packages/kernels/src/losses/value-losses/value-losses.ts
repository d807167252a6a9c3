import { gridFor } from "../../device/grid.ts";
import { defineKernel } from "../../device/kernel.ts";
import type { Scope } from "../../device/memory.ts";
import { sizeOf, type Tensor } from "../../device/tensor.ts";
import { type LossGradientOptions, sampleGeometry } from "../sample-geometry.ts";
import backwardWgsl from "./backward.wgsl";
import forwardWgsl from "./forward.wgsl";

const forward = defineKernel({
  name: "valueLoss.forward",
  wgsl: forwardWgsl,
  buffers: ["y", "p", "loss"],
  constants: ["PER_SAMPLE", "DIVISOR", "KIND"],
  step: ["samples", "delta"],
});
const backward = defineKernel({
  name: "valueLoss.backward",
  wgsl: backwardWgsl,
  buffers: ["y", "p", "dp"],
  constants: ["KIND"],
  step: ["count", "scale", "delta"],
});

/** The losses that go value by value, in the order of the kernels' `KIND`. */
export const valueLossKinds = [
  "meanAbsoluteError",
  "meanAbsolutePercentageError",
  "meanSquaredLogarithmicError",
  "hinge",
  "squaredHinge",
  "logcosh",
  "poisson",
  "kullbackLeiblerDivergence",
  "huberLoss",
] as const;
export type ValueLossKind = (typeof valueLossKinds)[number];

export interface ValueLossOptions {
  readonly kind: ValueLossKind;
  /** Huber's: up to which error it is quadratic. Default 1. */
  readonly delta?: number;
}

/** @throws where the shapes differ, or delta is not positive */
function geometryOf(y: Tensor, p: Tensor, { kind, delta = 1 }: ValueLossOptions) {
  if (!(delta > 0)) throw new Error(`[${kind}] delta is ${delta}: it needs to be greater than 0.`);
  const { samples, perSample } = sampleGeometry(kind, y, p);
  // A divergence is that of whole rows, of which the mean is taken.
  const divisor = kind === "kullbackLeiblerDivergence" ? sizeOf(p.shape.slice(1, -1)) : perSample;
  return { samples, perSample, divisor, delta, code: valueLossKinds.indexOf(kind) };
}

/**
 * The losses [n] of n samples, by a formula of [forward.wgsl](forward.wgsl). p is [n,…], y of the same shape ([n] for [n,1]).
 * @throws where the shapes differ, or delta is not positive
 */
export function valueLossForward(scope: Scope, y: Tensor, p: Tensor, options: ValueLossOptions): Tensor {
  const { samples, perSample, divisor, delta, code } = geometryOf(y, p, options);
  const loss = scope.tensor([samples]);
  scope.device.run(
    forward,
    { y, p, loss },
    { PER_SAMPLE: perSample, DIVISOR: divisor, KIND: code },
    { grid: gridFor(samples), step: { samples, delta } },
  );
  return loss;
}

/** dp, of p's shape, times `scale` (default 1/n). @throws as the forward does */
export function valueLossBackward(
  scope: Scope,
  y: Tensor,
  p: Tensor,
  { scale, ...options }: ValueLossOptions & Pick<LossGradientOptions, "scale">,
): Tensor {
  const { samples, divisor, delta, code } = geometryOf(y, p, options);
  const count = sizeOf(p.shape);
  const dp = scope.tensor(p.shape);
  const step = { count, scale: (scale ?? 1 / samples) / divisor, delta };
  scope.device.run(backward, { y, p, dp }, { KIND: code }, { grid: gridFor(count), step });
  return dp;
}
