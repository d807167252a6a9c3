import {
  binaryAccuracy,
  categoricalAccuracy,
  meanOf,
  type Scope,
  sparseCategoricalAccuracy,
  type Tensor,
} from "@convscope/kernels";
import type { Shape } from "./layer.ts";
import { isBinaryCrossentropy, type Loss } from "./losses.ts";

/** A scalar tensor from a target and a prediction: the mean over the samples. */
export type Metric = (scope: Scope, target: Tensor, prediction: Tensor) => Tensor;

export interface NamedMetric {
  /** The key in the history. */
  readonly name: string;
  readonly metric: Metric;
}

const mean =
  (perSample: (scope: Scope, target: Tensor, prediction: Tensor) => Tensor): Metric =>
  (scope, target, prediction) => {
    const { shape } = prediction;
    const isColumn = shape[shape.length - 1] === 1 && target.shape.length === shape.length - 1;
    return meanOf(scope, perSample(scope, isColumn ? { ...target, shape } : target, prediction));
  };

const kinds = {
  binaryAccuracy: mean(binaryAccuracy),
  categoricalAccuracy: mean(categoricalAccuracy),
  sparseCategoricalAccuracy: mean((scope, target, prediction) =>
    sparseCategoricalAccuracy(scope, target, prediction),
  ),
} as const;

/**
 * Keras's rule for `acc` and `accuracy`: binary for one output or binary cross-entropy, sparse categorical for targets
 * with one column less, else categorical. The name stays the user's.
 * @throws for an unknown name
 */
export function getMetric(
  identifier: string | NamedMetric,
  outputShape: Shape,
  loss: string | Loss,
): NamedMetric {
  if (typeof identifier !== "string") return identifier;
  const name = identifier;
  const key = name.replaceAll("_", "").toLowerCase();
  if (key === "acc" || key === "accuracy") {
    if (outputShape[outputShape.length - 1] === 1 || isBinaryCrossentropy(loss)) {
      return { name, metric: kinds.binaryAccuracy };
    }
    const metric: Metric = (scope, target, prediction) =>
      target.shape.join() === prediction.shape.join()
        ? kinds.categoricalAccuracy(scope, target, prediction)
        : kinds.sparseCategoricalAccuracy(scope, target, prediction);
    return { name, metric };
  }
  if (key === "binaryaccuracy") return { name, metric: kinds.binaryAccuracy };
  if (key === "categoricalaccuracy") return { name, metric: kinds.categoricalAccuracy };
  if (key === "sparsecategoricalaccuracy") return { name, metric: kinds.sparseCategoricalAccuracy };
  throw new Error(
    `Unknown metric function: ${name}. Known: acc, accuracy, binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy.`,
  );
}
