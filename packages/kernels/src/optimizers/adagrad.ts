import { quadsGrid } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { sizeOf, type Tensor } from "../device/tensor.ts";
import adagradWgsl from "./adagrad.wgsl";
import { checkTensors } from "./check-tensors.ts";

const kernel = defineKernel({
  name: "adagrad",
  wgsl: adagradWgsl,
  buffers: ["parameter", "gradient", "accumulator"],
  step: ["quads", "learningRate", "epsilon"],
});

export interface AdagradTensors {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** The sum of g²; begins at 0. */
  readonly accumulator: Tensor;
}

export interface AdagradOptions {
  readonly learningRate: number;
  readonly epsilon: number;
}

/**
 * One step of Adagrad, in place, as Keras 2.3.1: a ← a + g², p ← p − η·g/(√a + ε). All tensors have the parameter's shape.
 * @throws where a shape differs
 */
export function adagradUpdate(scope: Scope, tensors: AdagradTensors, options: AdagradOptions): void {
  const { parameter, gradient, accumulator } = tensors;
  const { learningRate, epsilon } = options;
  checkTensors("adagrad", parameter, { gradient, accumulator });
  const quads = Math.ceil(sizeOf(parameter.shape) / 4);
  const step = { quads, learningRate, epsilon };
  scope.device.run(kernel, { parameter, gradient, accumulator }, {}, { grid: quadsGrid(quads), step });
}
