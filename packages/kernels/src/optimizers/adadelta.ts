import { quadsGrid } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { sizeOf, type Tensor } from "../device/tensor.ts";
import adadeltaWgsl from "./adadelta.wgsl";
import { checkTensors } from "./check-tensors.ts";

const kernel = defineKernel({
  name: "adadelta",
  wgsl: adadeltaWgsl,
  buffers: ["parameter", "gradient", "accumulator", "deltaAccumulator"],
  step: ["quads", "learningRate", "rho", "oneMinusRho", "epsilon"],
});

export interface AdadeltaTensors {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** The running mean of g²; begins at 0. */
  readonly accumulator: Tensor;
  /** The running mean of the changes' squares; begins at 0. */
  readonly deltaAccumulator: Tensor;
}

export interface AdadeltaOptions {
  readonly learningRate: number;
  readonly rho: number;
  readonly epsilon: number;
}

/**
 * One step of Adadelta, in place, as Keras 2.3.1: a ← ρa + (1−ρ)g², u = g·√(d + ε)/√(a + ε), p ← p − η·u, d ← ρd + (1−ρ)u².
 * All tensors have the parameter's shape.
 * @throws where a shape differs
 */
export function adadeltaUpdate(scope: Scope, tensors: AdadeltaTensors, options: AdadeltaOptions): void {
  const { parameter, gradient, accumulator, deltaAccumulator } = tensors;
  const { learningRate, rho, epsilon } = options;
  checkTensors("adadelta", parameter, { gradient, accumulator, deltaAccumulator });
  const quads = Math.ceil(sizeOf(parameter.shape) / 4);
  const step = { quads, learningRate, rho, oneMinusRho: 1 - rho, epsilon };
  scope.device.run(
    kernel,
    { parameter, gradient, accumulator, deltaAccumulator },
    {},
    { grid: quadsGrid(quads), step },
  );
}
