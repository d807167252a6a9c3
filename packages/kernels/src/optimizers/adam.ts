import { quadsGrid } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { sizeOf, type Tensor } from "../device/tensor.ts";
import adamWgsl from "./adam.wgsl";
import adamAmsgradWgsl from "./adam-amsgrad.wgsl";
import { checkTensors } from "./check-tensors.ts";

const plain = defineKernel({
  name: "adam",
  wgsl: adamWgsl,
  buffers: ["parameter", "gradient", "m", "v"],
  step: ["quads", "correctedRate", "beta1", "oneMinusBeta1", "beta2", "oneMinusBeta2", "epsilon"],
});
const amsgrad = defineKernel({
  name: "adam.amsgrad",
  wgsl: adamAmsgradWgsl,
  buffers: ["parameter", "gradient", "m", "v", "vHat"],
  step: ["quads", "correctedRate", "beta1", "oneMinusBeta1", "beta2", "oneMinusBeta2", "epsilon"],
});

export interface AdamTensors {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** The running mean of g; begins at 0. */
  readonly m: Tensor;
  /** The running mean of g²; begins at 0. */
  readonly v: Tensor;
  /** The greatest v so far; begins at 0. Where it is given, this is amsgrad. */
  readonly vHat?: Tensor;
}

export interface AdamOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Which step this is: 1 for the first (Keras's `iterations + 1`). */
  readonly t: number;
}

/**
 * One step of Adam, in place, as Keras 2.2.4: m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², p ← p − η_t·m/(√v + ε) with
 * η_t = η·√(1−β₂^t)/(1−β₁^t). All tensors have the parameter's shape.
 * @throws where a shape differs, or t is not a whole number of 1 or more
 */
export function adamUpdate(scope: Scope, tensors: AdamTensors, options: AdamOptions): void {
  const { parameter, gradient, m, v, vHat } = tensors;
  const { learningRate, beta1, beta2, epsilon, t } = options;
  checkTensors("adam", parameter, { gradient, m, v, vHat });
  if (!(Number.isInteger(t) && t >= 1)) throw new Error(`[adam] t is ${t}: the first step is 1.`);
  const quads = Math.ceil(sizeOf(parameter.shape) / 4);
  const grid = quadsGrid(quads);
  // In float64: 1−β₂ in float32 would be off by 1e−5 of itself, and the first steps' size with it.
  const step = {
    quads,
    correctedRate: (learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t),
    beta1,
    oneMinusBeta1: 1 - beta1,
    beta2,
    oneMinusBeta2: 1 - beta2,
    epsilon,
  };
  if (vHat) scope.device.run(amsgrad, { parameter, gradient, m, v, vHat }, {}, { grid, step });
  else scope.device.run(plain, { parameter, gradient, m, v }, {}, { grid, step });
}
