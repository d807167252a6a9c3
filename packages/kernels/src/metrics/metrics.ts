import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import type { Tensor } from "../device/tensor.ts";
import { classGeometry, sampleGeometry, sparseClassGeometry } from "../losses/sample-geometry.ts";
import binaryAccuracyWgsl from "./binary-accuracy.wgsl";
import categoricalAccuracyWgsl from "./categorical-accuracy.wgsl";
import sparseCategoricalAccuracyWgsl from "./sparse-categorical-accuracy.wgsl";

const binary = defineKernel({
  name: "binaryAccuracy",
  wgsl: binaryAccuracyWgsl,
  buffers: ["y", "p", "accuracy"],
  constants: ["PER_SAMPLE"],
  step: ["samples"],
});
const categorical = defineKernel({
  name: "categoricalAccuracy",
  wgsl: categoricalAccuracyWgsl,
  buffers: ["y", "p", "accuracy"],
  constants: ["ROWS", "CLASSES"],
  step: ["samples"],
});
const sparseCategorical = defineKernel({
  name: "sparseCategoricalAccuracy",
  wgsl: sparseCategoricalAccuracyWgsl,
  buffers: ["y", "p", "accuracy"],
  constants: ["ROWS", "CLASSES"],
  step: ["samples"],
});

/**
 * For each of n samples, the share of its values with y = round(p), as [n]. p [n,…] are probabilities, and 0.5 exactly
 * rounds to 0 (half to even); y is of the same shape ([n] for [n,1]).
 * @throws where the shapes differ
 */
export function binaryAccuracy(scope: Scope, y: Tensor, p: Tensor): Tensor {
  const { samples, perSample } = sampleGeometry("binaryAccuracy", y, p);
  const accuracy = scope.tensor([samples]);
  scope.device.run(
    binary,
    { y, p, accuracy },
    { PER_SAMPLE: perSample },
    { grid: gridFor(samples), step: { samples } },
  );
  return accuracy;
}

/**
 * For each of n samples, the share of its rows with argmax y = argmax p, as [n]. Both are [n,…,classes]; of equal
 * maxima the first counts. p may be probabilities or logits.
 * @throws where the shapes differ
 */
export function categoricalAccuracy(scope: Scope, y: Tensor, p: Tensor): Tensor {
  const { samples, rows, classes } = classGeometry("categoricalAccuracy", y, p);
  const accuracy = scope.tensor([samples]);
  scope.device.run(
    categorical,
    { y, p, accuracy },
    { ROWS: rows, CLASSES: classes },
    { grid: gridFor(samples), step: { samples } },
  );
  return accuracy;
}

/**
 * For each of n samples, the share of its rows with y = argmax p, as [n]. p is [n,…,classes], y [n,…] or [n,…,1] with
 * class indices as float32; of equal maxima the first counts. p may be probabilities or logits.
 * @throws where the shapes do not fit
 */
export function sparseCategoricalAccuracy(scope: Scope, y: Tensor, p: Tensor): Tensor {
  const { samples, rows, classes } = sparseClassGeometry("sparseCategoricalAccuracy", y, p);
  const accuracy = scope.tensor([samples]);
  scope.device.run(
    sparseCategorical,
    { y, p, accuracy },
    { ROWS: rows, CLASSES: classes },
    { grid: gridFor(samples), step: { samples } },
  );
  return accuracy;
}
