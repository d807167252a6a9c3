import { quadsGrid } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { sizeOf, type Tensor } from "../device/tensor.ts";
import adamaxWgsl from "./adamax.wgsl";
import { checkTensors } from "./check-tensors.ts";

const kernel = defineKernel({
  name: "adamax",
  wgsl: adamaxWgsl,
  buffers: ["parameter", "gradient", "m", "u"],
  step: ["quads", "correctedRate", "beta1", "oneMinusBeta1", "beta2", "epsilon"],
});

export interface AdamaxTensors {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** The running mean of g; begins at 0. */
  readonly m: Tensor;
  /** The greatest |g|, fading by β₂ with each step; begins at 0. */
  readonly u: Tensor;
}

export interface AdamaxOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Which step this is: 1 for the first. */
  readonly t: number;
}

/**
 * One step of Adamax, in place, as Keras 2.3.1: m ← β₁m + (1−β₁)g, u ← max(β₂u, |g|), p ← p − η_t·m/(u + ε) with
 * η_t = η/(1−β₁^t). All tensors have the parameter's shape.
 * @throws where a shape differs, or t is not a whole number of 1 or more
 */
export function adamaxUpdate(scope: Scope, tensors: AdamaxTensors, options: AdamaxOptions): void {
  const { parameter, gradient, m, u } = tensors;
  const { learningRate, beta1, beta2, epsilon, t } = options;
  checkTensors("adamax", parameter, { gradient, m, u });
  if (!(Number.isInteger(t) && t >= 1)) throw new Error(`[adamax] t is ${t}: the first step is 1.`);
  const quads = Math.ceil(sizeOf(parameter.shape) / 4);
  const correctedRate = learningRate / (1 - beta1 ** t);
  const step = { quads, correctedRate, beta1, oneMinusBeta1: 1 - beta1, beta2, epsilon };
  scope.device.run(kernel, { parameter, gradient, m, u }, {}, { grid: quadsGrid(quads), step });
}
