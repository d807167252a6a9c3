import { quadsGrid } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { sizeOf, type Tensor } from "../device/tensor.ts";
import { checkTensors } from "./check-tensors.ts";
import rmspropWgsl from "./rmsprop.wgsl";
import rmspropCenteredWgsl from "./rmsprop-centered.wgsl";
import rmspropMomentumWgsl from "./rmsprop-momentum.wgsl";

const plain = defineKernel({
  name: "rmsprop",
  wgsl: rmspropWgsl,
  buffers: ["parameter", "gradient", "accumulator"],
  step: ["quads", "learningRate", "rho", "oneMinusRho", "epsilon"],
});
const withMomentum = defineKernel({
  name: "rmsprop.momentum",
  wgsl: rmspropMomentumWgsl,
  buffers: ["parameter", "gradient", "accumulator", "momentumBuffer"],
  step: ["quads", "learningRate", "rho", "oneMinusRho", "epsilon", "momentum"],
});
const centered = defineKernel({
  name: "rmsprop.centered",
  wgsl: rmspropCenteredWgsl,
  buffers: ["parameter", "gradient", "accumulator", "meanGradient", "momentumBuffer"],
  step: ["quads", "learningRate", "rho", "oneMinusRho", "epsilon", "momentum"],
});

export interface RmspropTensors {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** The running mean of g²; begins at 0. */
  readonly accumulator: Tensor;
  /** Only with momentum, and where it is centered; begins at 0. */
  readonly momentumBuffer?: Tensor;
  /** The running mean of g; begins at 0. Where it is given, this is the centered form. */
  readonly meanGradient?: Tensor;
}

export interface RmspropOptions {
  readonly learningRate: number;
  readonly rho: number;
  readonly epsilon: number;
  /** Default 0; else `momentumBuffer` is needed. */
  readonly momentum?: number;
}

/**
 * One step of RMSprop, in place, ε outside the root: a ← ρa + (1−ρ)g², p ← p − η·g/(√a + ε). The centered form divides by
 * √(a − ḡ² + ε), with ε inside, as tf.keras. All tensors have the parameter's shape.
 * @throws where a shape differs, or momentum has no buffer
 */
export function rmspropUpdate(scope: Scope, tensors: RmspropTensors, options: RmspropOptions): void {
  const { parameter, gradient, accumulator, momentumBuffer, meanGradient } = tensors;
  const { learningRate, rho, epsilon, momentum = 0 } = options;
  checkTensors("rmsprop", parameter, { gradient, accumulator, momentumBuffer, meanGradient });
  const quads = Math.ceil(sizeOf(parameter.shape) / 4);
  const grid = quadsGrid(quads);
  // 1−ρ in float64: in float32 it would carry ρ's rounding error, many times greater in proportion.
  const step = { quads, learningRate, rho, oneMinusRho: 1 - rho, epsilon };
  if (momentumBuffer && meanGradient) {
    scope.device.run(
      centered,
      { parameter, gradient, accumulator, meanGradient, momentumBuffer },
      {},
      { grid, step: { ...step, momentum } },
    );
  } else if (momentumBuffer) {
    scope.device.run(
      withMomentum,
      { parameter, gradient, accumulator, momentumBuffer },
      {},
      { grid, step: { ...step, momentum } },
    );
  } else if (momentum === 0 && !meanGradient) {
    scope.device.run(plain, { parameter, gradient, accumulator }, {}, { grid, step });
  } else {
    const why = meanGradient ? "it is centered" : `momentum is ${momentum}`;
    throw new Error(`[rmsprop] ${why} but no momentumBuffer was given: it needs one.`);
  }
}
