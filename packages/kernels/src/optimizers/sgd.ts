import { quadsGrid } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { sizeOf, type Tensor } from "../device/tensor.ts";
import { checkTensors } from "./check-tensors.ts";
import sgdWgsl from "./sgd.wgsl";
import sgdMomentumWgsl from "./sgd-momentum.wgsl";

const plain = defineKernel({
  name: "sgd",
  wgsl: sgdWgsl,
  buffers: ["parameter", "gradient"],
  step: ["quads", "learningRate"],
});
const withMomentum = defineKernel({
  name: "sgd.momentum",
  wgsl: sgdMomentumWgsl,
  buffers: ["parameter", "gradient", "velocity"],
  step: ["quads", "learningRate", "momentum", "nesterov"],
});

export interface SgdTensors {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** Only with momentum; begins at 0. */
  readonly velocity?: Tensor;
}

export interface SgdOptions {
  readonly learningRate: number;
  /** Default 0; else `velocity` is needed. */
  readonly momentum?: number;
  /** Default false; where true, `velocity` is needed. */
  readonly nesterov?: boolean;
}

/**
 * One step of gradient descent, in place: p ← p − η·g; with a velocity v ← μ·v − η·g, p ← p + v, or Nesterov's
 * p ← p + μ·v − η·g. All tensors have the parameter's shape.
 * @throws where a shape differs, or momentum has no velocity
 */
export function sgdUpdate(scope: Scope, tensors: SgdTensors, options: SgdOptions): void {
  const { parameter, gradient, velocity } = tensors;
  const { learningRate, momentum = 0, nesterov = false } = options;
  checkTensors("sgd", parameter, { gradient, velocity });
  const quads = Math.ceil(sizeOf(parameter.shape) / 4);
  const grid = quadsGrid(quads);
  if (velocity) {
    scope.device.run(
      withMomentum,
      { parameter, gradient, velocity },
      {},
      { grid, step: { quads, learningRate, momentum, nesterov: nesterov ? 1 : 0 } },
    );
  } else if (momentum === 0 && !nesterov) {
    scope.device.run(plain, { parameter, gradient }, {}, { grid, step: { quads, learningRate } });
  } else {
    throw new Error(
      `[sgd] momentum is ${momentum}, nesterov ${nesterov}, but no velocity was given: they need one.`,
    );
  }
}
