import { gridFor } from "../../device/grid.ts";
import { defineKernel } from "../../device/kernel.ts";
import type { Scope } from "../../device/memory.ts";
import { sizeOf, type Tensor } from "../../device/tensor.ts";
import {
  type LossGradientOptions,
  type LossOptions,
  sampleGeometry,
  smoothingOf,
} from "../sample-geometry.ts";
import fromLogitsBackwardWgsl from "./from-logits-backward.wgsl";
import fromLogitsForwardWgsl from "./from-logits-forward.wgsl";
import keras224BackwardWgsl from "./keras224-backward.wgsl";
import keras224ForwardWgsl from "./keras224-forward.wgsl";
import probabilitiesBackwardWgsl from "./probabilities-backward.wgsl";
import probabilitiesForwardWgsl from "./probabilities-forward.wgsl";

const fromLogitsForward = defineKernel({
  name: "binaryCrossentropyFromLogits.forward",
  wgsl: fromLogitsForwardWgsl,
  buffers: ["y", "z", "loss"],
  constants: ["PER_SAMPLE"],
  step: ["samples", "smoothing"],
});
const fromLogitsBackward = defineKernel({
  name: "binaryCrossentropyFromLogits.backward",
  wgsl: fromLogitsBackwardWgsl,
  buffers: ["y", "z", "dz"],
  step: ["count", "scale", "smoothing"],
});
const keras224Forward = defineKernel({
  name: "binaryCrossentropyKeras224.forward",
  wgsl: keras224ForwardWgsl,
  buffers: ["y", "p", "loss"],
  constants: ["PER_SAMPLE"],
  step: ["samples", "smoothing"],
});
const keras224Backward = defineKernel({
  name: "binaryCrossentropyKeras224.backward",
  wgsl: keras224BackwardWgsl,
  buffers: ["y", "p", "dp"],
  step: ["count", "scale", "smoothing"],
});
const probabilitiesForward = defineKernel({
  name: "binaryCrossentropy.forward",
  wgsl: probabilitiesForwardWgsl,
  buffers: ["y", "p", "loss"],
  constants: ["PER_SAMPLE"],
  step: ["samples", "smoothing", "epsilon"],
});
const probabilitiesBackward = defineKernel({
  name: "binaryCrossentropy.backward",
  wgsl: probabilitiesBackwardWgsl,
  buffers: ["y", "p", "dp"],
  step: ["count", "scale", "smoothing", "epsilon"],
});

/** Keras's ε, which keeps logarithms away from 0. */
const EPSILON = 1e-7;

/**
 * The losses [n] of n samples from logits z [n,…] and targets y of the same shape ([n] for [n,1]): the numerically
 * stable form, never clipped. This is what tf.keras computes behind a sigmoid.
 * @throws where the shapes differ
 */
export function binaryCrossentropyFromLogitsForward(
  scope: Scope,
  y: Tensor,
  z: Tensor,
  options: LossOptions = {},
): Tensor {
  const op = "binaryCrossentropyFromLogits";
  const { samples, perSample } = sampleGeometry(op, y, z);
  const smoothing = smoothingOf(op, options);
  const loss = scope.tensor([samples]);
  scope.device.run(
    fromLogitsForward,
    { y, z, loss },
    { PER_SAMPLE: perSample },
    { grid: gridFor(samples), step: { samples, smoothing } },
  );
  return loss;
}

/** dz, of z's shape: (σ(z) − t)/(values per sample), times `scale`. @throws where the shapes differ */
export function binaryCrossentropyFromLogitsBackward(
  scope: Scope,
  y: Tensor,
  z: Tensor,
  options: LossGradientOptions = {},
): Tensor {
  const op = "binaryCrossentropyFromLogits";
  const { samples, perSample } = sampleGeometry(op, y, z);
  const smoothing = smoothingOf(op, options);
  const scale = (options.scale ?? 1 / samples) / perSample;
  const count = sizeOf(z.shape);
  const dz = scope.tensor(z.shape);
  scope.device.run(
    fromLogitsBackward,
    { y, z, dz },
    {},
    { grid: gridFor(count), step: { count, scale, smoothing } },
  );
  return dz;
}

/**
 * The losses [n] of n samples from probabilities p [n,…] as Keras 2.2.4 takes them: p is clipped and
 * turned back into a logit. For parity tests.
 * @throws where the shapes differ
 */
export function binaryCrossentropyKeras224Forward(
  scope: Scope,
  y: Tensor,
  p: Tensor,
  options: LossOptions = {},
): Tensor {
  const op = "binaryCrossentropyKeras224";
  const { samples, perSample } = sampleGeometry(op, y, p);
  const smoothing = smoothingOf(op, options);
  const loss = scope.tensor([samples]);
  scope.device.run(
    keras224Forward,
    { y, p, loss },
    { PER_SAMPLE: perSample },
    { grid: gridFor(samples), step: { samples, smoothing } },
  );
  return loss;
}

/** dp, of p's shape; exactly 0 where p was clipped. @throws where the shapes differ */
export function binaryCrossentropyKeras224Backward(
  scope: Scope,
  y: Tensor,
  p: Tensor,
  options: LossGradientOptions = {},
): Tensor {
  const op = "binaryCrossentropyKeras224";
  const { samples, perSample } = sampleGeometry(op, y, p);
  const smoothing = smoothingOf(op, options);
  const scale = (options.scale ?? 1 / samples) / perSample;
  const count = sizeOf(p.shape);
  const dp = scope.tensor(p.shape);
  scope.device.run(
    keras224Backward,
    { y, p, dp },
    {},
    { grid: gridFor(count), step: { count, scale, smoothing } },
  );
  return dp;
}

/**
 * The losses [n] of n samples from probabilities p [n,…] as tf.keras takes them where it cannot see a sigmoid:
 * clipped, and logarithms of p+1e−7 and 1−p+1e−7.
 * @throws where the shapes differ
 */
export function binaryCrossentropyForward(
  scope: Scope,
  y: Tensor,
  p: Tensor,
  options: LossOptions = {},
): Tensor {
  const op = "binaryCrossentropy";
  const { samples, perSample } = sampleGeometry(op, y, p);
  const smoothing = smoothingOf(op, options);
  const loss = scope.tensor([samples]);
  scope.device.run(
    probabilitiesForward,
    { y, p, loss },
    { PER_SAMPLE: perSample },
    { grid: gridFor(samples), step: { samples, smoothing, epsilon: EPSILON } },
  );
  return loss;
}

/** dp, of p's shape; exactly 0 where p was clipped. @throws where the shapes differ */
export function binaryCrossentropyBackward(
  scope: Scope,
  y: Tensor,
  p: Tensor,
  options: LossGradientOptions = {},
): Tensor {
  const op = "binaryCrossentropy";
  const { samples, perSample } = sampleGeometry(op, y, p);
  const smoothing = smoothingOf(op, options);
  const scale = (options.scale ?? 1 / samples) / perSample;
  const count = sizeOf(p.shape);
  const dp = scope.tensor(p.shape);
  scope.device.run(
    probabilitiesBackward,
    { y, p, dp },
    {},
    { grid: gridFor(count), step: { count, scale, smoothing, epsilon: EPSILON } },
  );
  return dp;
}
