import { quadsGrid } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { sizeOf, type Tensor } from "../device/tensor.ts";
import { checkTensors } from "./check-tensors.ts";
import nadamWgsl from "./nadam.wgsl";

const kernel = defineKernel({
  name: "nadam",
  wgsl: nadamWgsl,
  buffers: ["parameter", "gradient", "m", "v"],
  step: [
    "quads",
    "learningRate",
    "beta1",
    "oneMinusBeta1",
    "beta2",
    "oneMinusBeta2",
    "gradientShare",
    "momentShare",
    "correction",
    "epsilon",
  ],
});

export interface NadamTensors {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** The running mean of g; begins at 0. */
  readonly m: Tensor;
  /** The running mean of g²; begins at 0. */
  readonly v: Tensor;
}

export interface NadamOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Which step this is: 1 for the first. */
  readonly t: number;
  /** How fast the momentum grows: μ_t = β₁·(1 − 0.96^(t·scheduleDecay)/2). */
  readonly scheduleDecay: number;
  /** μ₁·μ₂·…, up to the step before: 1 for the first. */
  readonly momentumProduct: number;
}

/** The momentum μ_t of a step. */
export const nadamMomentum = (beta1: number, scheduleDecay: number, t: number): number =>
  beta1 * (1 - 0.5 * 0.96 ** (t * scheduleDecay));

/**
 * One step of Nadam, in place, as Keras 2.3.1: Adam's m and v, p ← p − η·(c₁g + c₂m)/(√(c₃v) + ε) with
 * c₁ = (1−μ_t)/(1−μ₁…μ_t), c₂ = μ_{t+1}/(1−μ₁…μ_{t+1}), c₃ = 1/(1−β₂^t). All tensors have the parameter's shape.
 * @throws where a shape differs, or t is not a whole number of 1 or more
 */
export function nadamUpdate(scope: Scope, tensors: NadamTensors, options: NadamOptions): void {
  const { parameter, gradient, m, v } = tensors;
  const { learningRate, beta1, beta2, epsilon, t, scheduleDecay, momentumProduct } = options;
  checkTensors("nadam", parameter, { gradient, m, v });
  if (!(Number.isInteger(t) && t >= 1)) throw new Error(`[nadam] t is ${t}: the first step is 1.`);
  const quads = Math.ceil(sizeOf(parameter.shape) / 4);
  const now = nadamMomentum(beta1, scheduleDecay, t);
  const next = nadamMomentum(beta1, scheduleDecay, t + 1);
  const step = {
    quads,
    learningRate,
    beta1,
    oneMinusBeta1: 1 - beta1,
    beta2,
    oneMinusBeta2: 1 - beta2,
    gradientShare: (1 - now) / (1 - momentumProduct * now),
    momentShare: next / (1 - momentumProduct * now * next),
    correction: 1 / (1 - beta2 ** t),
    epsilon,
  };
  scope.device.run(kernel, { parameter, gradient, m, v }, {}, { grid: quadsGrid(quads), step });
}
