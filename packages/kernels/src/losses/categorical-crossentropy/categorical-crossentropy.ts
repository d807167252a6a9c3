import { gridFor } from "../../device/grid.ts";
import { defineKernel } from "../../device/kernel.ts";
import type { Scope } from "../../device/memory.ts";
import type { Tensor } from "../../device/tensor.ts";
import {
  classGeometry,
  type LossGradientOptions,
  type LossOptions,
  smoothingOf,
} from "../sample-geometry.ts";
import backwardWgsl from "./backward.wgsl";
import forwardWgsl from "./forward.wgsl";
import fromLogitsBackwardWgsl from "./from-logits-backward.wgsl";
import fromLogitsForwardWgsl from "./from-logits-forward.wgsl";

const forward = defineKernel({
  name: "categoricalCrossentropy.forward",
  wgsl: forwardWgsl,
  buffers: ["y", "p", "loss"],
  constants: ["ROWS", "CLASSES"],
  step: ["samples", "smoothing"],
});
const backward = defineKernel({
  name: "categoricalCrossentropy.backward",
  wgsl: backwardWgsl,
  buffers: ["y", "p", "dp"],
  constants: ["CLASSES"],
  step: ["rows", "scale", "smoothing"],
});
const fromLogitsForward = defineKernel({
  name: "categoricalCrossentropyFromLogits.forward",
  wgsl: fromLogitsForwardWgsl,
  buffers: ["y", "z", "loss"],
  constants: ["ROWS", "CLASSES"],
  step: ["samples", "smoothing"],
});
const fromLogitsBackward = defineKernel({
  name: "categoricalCrossentropyFromLogits.backward",
  wgsl: fromLogitsBackwardWgsl,
  buffers: ["y", "z", "dz"],
  constants: ["CLASSES"],
  step: ["rows", "scale", "smoothing"],
});

/**
 * The losses [n] of n samples from probabilities p [n,…,classes] and targets y of the same shape (one-hot, or any
 * distribution). p is divided by its sum over the classes and clipped, as Keras does.
 * @throws where the shapes differ
 */
export function categoricalCrossentropyForward(
  scope: Scope,
  y: Tensor,
  p: Tensor,
  options: LossOptions = {},
): Tensor {
  const op = "categoricalCrossentropy";
  const { samples, rows, classes } = classGeometry(op, y, p);
  const smoothing = smoothingOf(op, options);
  const loss = scope.tensor([samples]);
  scope.device.run(
    forward,
    { y, p, loss },
    { ROWS: rows, CLASSES: classes },
    { grid: gridFor(samples), step: { samples, smoothing } },
  );
  return loss;
}

/** dp, of p's shape; a clipped value passes nothing of its own on. @throws where the shapes differ */
export function categoricalCrossentropyBackward(
  scope: Scope,
  y: Tensor,
  p: Tensor,
  options: LossGradientOptions = {},
): Tensor {
  const op = "categoricalCrossentropy";
  const { samples, rows, classes } = classGeometry(op, y, p);
  const smoothing = smoothingOf(op, options);
  const scale = (options.scale ?? 1 / samples) / rows;
  const dp = scope.tensor(p.shape);
  scope.device.run(
    backward,
    { y, p, dp },
    { CLASSES: classes },
    { grid: gridFor(samples * rows), step: { rows: samples * rows, scale, smoothing } },
  );
  return dp;
}

/**
 * The losses [n] of n samples from logits z [n,…,classes] and targets y of the same shape: softmax and logarithm in
 * one, never clipped.
 * @throws where the shapes differ
 */
export function categoricalCrossentropyFromLogitsForward(
  scope: Scope,
  y: Tensor,
  z: Tensor,
  options: LossOptions = {},
): Tensor {
  const op = "categoricalCrossentropyFromLogits";
  const { samples, rows, classes } = classGeometry(op, y, z);
  const smoothing = smoothingOf(op, options);
  const loss = scope.tensor([samples]);
  scope.device.run(
    fromLogitsForward,
    { y, z, loss },
    { ROWS: rows, CLASSES: classes },
    { grid: gridFor(samples), step: { samples, smoothing } },
  );
  return loss;
}

/** dz, of z's shape: (softmax(z) − t)/(rows per sample), times `scale`. @throws where the shapes differ */
export function categoricalCrossentropyFromLogitsBackward(
  scope: Scope,
  y: Tensor,
  z: Tensor,
  options: LossGradientOptions = {},
): Tensor {
  const op = "categoricalCrossentropyFromLogits";
  const { samples, rows, classes } = classGeometry(op, y, z);
  const smoothing = smoothingOf(op, options);
  const scale = (options.scale ?? 1 / samples) / rows;
  const dz = scope.tensor(z.shape);
  scope.device.run(
    fromLogitsBackward,
    { y, z, dz },
    { CLASSES: classes },
    { grid: gridFor(samples * rows), step: { rows: samples * rows, scale, smoothing } },
  );
  return dz;
}
