import type { Tape, Variable } from "@convscope/autograd";
import {
  binaryAccuracy,
  categoricalAccuracy,
  meanOf,
  rescale,
  type Scope,
  sparseCategoricalAccuracy,
  type Tensor,
} from "@convscope/kernels";
import type { Shape } from "./layer.ts";
import { cosineProximity, getLoss, kindOf, type Loss, lossNames, lossOfName } from "./losses.ts";

/**
 * A scalar tensor from a target and a prediction: the mean over the samples. `recorded` is the prediction as the tape
 * has it: a loss that is used as a metric looks there for the logits.
 */
export type Metric = (tape: Tape, target: Tensor, prediction: Tensor, recorded?: Variable) => Tensor;

export interface NamedMetric {
  /** The key in the history. */
  readonly name: string;
  readonly metric: Metric;
}

const mean =
  (perSample: (scope: Scope, target: Tensor, prediction: Tensor) => Tensor): Metric =>
  (tape, target, prediction) =>
    meanOf(tape, perSample(tape, target, prediction));

const ofLoss =
  (loss: Loss): Metric =>
  (tape, target, prediction, recorded = tape.variable(prediction)) =>
    loss(tape, recorded, tape.variable(target)).tensor;

/** Keras 2.3.1's metric of this name is the cosine, its loss minus that. */
const cosine: Metric = (tape, target, prediction, recorded) =>
  rescale(tape, ofLoss(cosineProximity())(tape, target, prediction, recorded), -1);

const accuracies = {
  binaryAccuracy: mean(binaryAccuracy),
  categoricalAccuracy: mean(categoricalAccuracy),
  sparseCategoricalAccuracy: mean(sparseCategoricalAccuracy),
} as const;

/** One-hot targets have the prediction's shape, class numbers have not. */
const accuracyByTarget: Metric = (tape, target, prediction) =>
  target.shape.join() === prediction.shape.join()
    ? accuracies.categoricalAccuracy(tape, target, prediction)
    : accuracies.sparseCategoricalAccuracy(tape, target, prediction);

/**
 * A metric by its name, or the name of a loss. Keras's rule for `acc` and `accuracy`: binary for one output or binary
 * cross-entropy, sparse categorical for class numbers, else categorical. The name stays the user's.
 * @throws for an unknown name
 */
export function getMetric(
  identifier: string | NamedMetric,
  outputShape: Shape,
  loss: string | Loss,
): NamedMetric {
  if (typeof identifier !== "string") {
    if (typeof identifier?.name === "string" && typeof identifier.metric === "function") return identifier;
    throw new Error(
      `Could not interpret metric function identifier: ${JSON.stringify(identifier)}. Give a name, or { name, metric }.`,
    );
  }
  const name = identifier;
  const key = name.replaceAll("_", "").toLowerCase();
  if (key === "acc" || key === "accuracy") {
    const isBinary = outputShape.at(-1) === 1 || kindOf(getLoss(loss)) === "binaryCrossentropy";
    return { name, metric: isBinary ? accuracies.binaryAccuracy : accuracyByTarget };
  }
  for (const [known, metric] of Object.entries(accuracies)) {
    if (known.toLowerCase() === key) return { name, metric };
  }
  const asLoss = lossOfName(name);
  if (asLoss) return { name, metric: kindOf(asLoss) === "cosineProximity" ? cosine : ofLoss(asLoss) };
  const known = ["acc", "accuracy", ...Object.keys(accuracies), ...lossNames];
  throw new Error(`Unknown metric function: ${name}. Known: ${known.join(", ")}.`);
}
