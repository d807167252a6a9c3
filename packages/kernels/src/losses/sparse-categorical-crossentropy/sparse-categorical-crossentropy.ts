import { gridFor } from "../../device/grid.ts";
import { defineKernel } from "../../device/kernel.ts";
import type { Scope } from "../../device/memory.ts";
import type { Tensor } from "../../device/tensor.ts";
import { type LossGradientOptions, sparseClassGeometry } from "../sample-geometry.ts";
import backwardWgsl from "./backward.wgsl";
import forwardWgsl from "./forward.wgsl";
import fromLogitsBackwardWgsl from "./from-logits-backward.wgsl";
import fromLogitsForwardWgsl from "./from-logits-forward.wgsl";

const forward = defineKernel({
  name: "sparseCategoricalCrossentropy.forward",
  wgsl: forwardWgsl,
  buffers: ["y", "p", "loss"],
  constants: ["ROWS", "CLASSES"],
  step: ["samples", "invalid"],
});
const backward = defineKernel({
  name: "sparseCategoricalCrossentropy.backward",
  wgsl: backwardWgsl,
  buffers: ["y", "p", "dp"],
  constants: ["CLASSES"],
  step: ["rows", "scale", "invalid"],
});
const fromLogitsForward = defineKernel({
  name: "sparseCategoricalCrossentropyFromLogits.forward",
  wgsl: fromLogitsForwardWgsl,
  buffers: ["y", "z", "loss"],
  constants: ["ROWS", "CLASSES"],
  step: ["samples", "invalid"],
});
const fromLogitsBackward = defineKernel({
  name: "sparseCategoricalCrossentropyFromLogits.backward",
  wgsl: fromLogitsBackwardWgsl,
  buffers: ["y", "z", "dz"],
  constants: ["CLASSES"],
  step: ["rows", "scale", "invalid"],
});

/** A label outside the classes cannot be refused on the device: it shows itself in the loss and in the gradient. */
const invalid = Number.NaN;

/**
 * The losses [n] of n samples from probabilities p [n,…,classes] and class indices y [n,…] or [n,…,1], whole numbers
 * as float32 (a fraction is cut off, as Keras casts). p is clipped and then divided by its sum, as Keras does. An
 * index outside the classes gives NaN.
 * @throws where the shapes do not fit
 */
export function sparseCategoricalCrossentropyForward(scope: Scope, y: Tensor, p: Tensor): Tensor {
  const { samples, rows, classes } = sparseClassGeometry("sparseCategoricalCrossentropy", y, p);
  const loss = scope.tensor([samples]);
  scope.device.run(
    forward,
    { y, p, loss },
    { ROWS: rows, CLASSES: classes },
    { grid: gridFor(samples), step: { samples, invalid } },
  );
  return loss;
}

/** dp, of p's shape; exactly 0 where p was clipped. @throws where the shapes do not fit */
export function sparseCategoricalCrossentropyBackward(
  scope: Scope,
  y: Tensor,
  p: Tensor,
  options: Pick<LossGradientOptions, "scale"> = {},
): Tensor {
  const { samples, rows, classes } = sparseClassGeometry("sparseCategoricalCrossentropy", y, p);
  const scale = (options.scale ?? 1 / samples) / rows;
  const dp = scope.tensor(p.shape);
  scope.device.run(
    backward,
    { y, p, dp },
    { CLASSES: classes },
    { grid: gridFor(samples * rows), step: { rows: samples * rows, scale, invalid } },
  );
  return dp;
}

/**
 * The losses [n] of n samples from logits z [n,…,classes] and class indices y [n,…] or [n,…,1]: softmax and logarithm
 * in one, never clipped. An index outside the classes gives NaN.
 * @throws where the shapes do not fit
 */
export function sparseCategoricalCrossentropyFromLogitsForward(scope: Scope, y: Tensor, z: Tensor): Tensor {
  const { samples, rows, classes } = sparseClassGeometry("sparseCategoricalCrossentropyFromLogits", y, z);
  const loss = scope.tensor([samples]);
  scope.device.run(
    fromLogitsForward,
    { y, z, loss },
    { ROWS: rows, CLASSES: classes },
    { grid: gridFor(samples), step: { samples, invalid } },
  );
  return loss;
}

/** dz, of z's shape: (softmax(z) − [c = y])/(rows per sample), times `scale`. @throws where the shapes do not fit */
export function sparseCategoricalCrossentropyFromLogitsBackward(
  scope: Scope,
  y: Tensor,
  z: Tensor,
  options: Pick<LossGradientOptions, "scale"> = {},
): Tensor {
  const { samples, rows, classes } = sparseClassGeometry("sparseCategoricalCrossentropyFromLogits", y, z);
  const scale = (options.scale ?? 1 / samples) / rows;
  const dz = scope.tensor(z.shape);
  scope.device.run(
    fromLogitsBackward,
    { y, z, dz },
    { CLASSES: classes },
    { grid: gridFor(samples * rows), step: { rows: samples * rows, scale, invalid } },
  );
  return dz;
}
