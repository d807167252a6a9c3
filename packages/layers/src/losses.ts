import { ops, type Tape, type Variable } from "@convscope/autograd";
import { formatShape } from "@convscope/kernels";

/** Records a loss of a prediction against a target, and returns the scalar: the mean over the samples. */
export type Loss = (tape: Tape, prediction: Variable, target: Variable) => Variable;

export interface BinaryCrossentropyOptions {
  /** The predictions are logits, not probabilities. Default false. */
  readonly fromLogits?: boolean;
  /** y·(1−s) + s/2. Default 0. */
  readonly labelSmoothing?: number;
  /** `keras224`: the clipped form of Keras 2.2.4, with its asymmetry and its vanishing gradients. Default: tf.keras's. */
  readonly clip?: "keras224";
}

/** Keras's losses take a target (n) for a prediction (n, 1). */
function sameShape(tape: Tape, prediction: Variable, target: Variable): Variable {
  const [p, t] = [prediction.tensor.shape, target.tensor.shape];
  if (t.length === p.length - 1 && p[p.length - 1] === 1)
    return tape.variable({ ...target.tensor, shape: p });
  if (formatShape(p) !== formatShape(t)) {
    throw new Error(
      `Error when checking target: expected the model's output to have shape ${formatShape(t)} but got ${formatShape(p)}: ` +
        "give targets of the model's output shape.",
    );
  }
  return target;
}

/**
 * The logits behind a prediction that comes straight from `activation`, or undefined. As tf.keras (backend.py) does:
 * the loss of logits is exact where the loss of their clipped probabilities is not.
 */
function logitsOf(tape: Tape, prediction: Variable, activation: "sigmoid" | "softmax"): Variable | undefined {
  const maker = tape.makerOf(prediction);
  return maker?.op === ops[activation] ? maker.inputs[0] : undefined;
}

/** −(y·log p + (1−y)·log(1−p)), the mean over the last axis and the samples. */
export function binaryCrossentropy(options: BinaryCrossentropyOptions = {}): Loss {
  const { fromLogits = false, clip, labelSmoothing = 0 } = options;
  return (tape, prediction, target) => {
    const wanted = sameShape(tape, prediction, target);
    if (clip === "keras224")
      return tape.apply(ops.binaryCrossentropyKeras224, [prediction, wanted], { labelSmoothing });
    const logits = fromLogits ? prediction : logitsOf(tape, prediction, "sigmoid");
    return logits
      ? tape.apply(ops.binaryCrossentropyFromLogits, [logits, wanted], { labelSmoothing })
      : tape.apply(ops.binaryCrossentropy, [prediction, wanted], { labelSmoothing });
  };
}

/** −Σ y·log p over the last axis, the mean over the samples; targets one-hot. */
export function categoricalCrossentropy({ fromLogits = false, labelSmoothing = 0 } = {}): Loss {
  return (tape, prediction, target) => {
    const wanted = sameShape(tape, prediction, target);
    const logits = fromLogits ? prediction : logitsOf(tape, prediction, "softmax");
    return logits
      ? tape.apply(ops.categoricalCrossentropyFromLogits, [logits, wanted], { labelSmoothing })
      : tape.apply(ops.categoricalCrossentropy, [prediction, wanted], { labelSmoothing });
  };
}

/** −log p of the class whose number the target holds, the mean over the samples. */
export function sparseCategoricalCrossentropy({ fromLogits = false } = {}): Loss {
  return (tape, prediction, target) => {
    const logits = fromLogits ? prediction : logitsOf(tape, prediction, "softmax");
    return logits
      ? tape.apply(ops.sparseCategoricalCrossentropyFromLogits, [logits, target], {})
      : tape.apply(ops.sparseCategoricalCrossentropy, [prediction, target], {});
  };
}

/** (p − y)², the mean over the last axis and the samples. */
export function meanSquaredError(): Loss {
  return (tape, prediction, target) =>
    tape.apply(ops.meanSquaredError, [prediction, sameShape(tape, prediction, target)], {});
}

const byName: Readonly<Record<string, () => Loss>> = {
  binarycrossentropy: binaryCrossentropy,
  categoricalcrossentropy: categoricalCrossentropy,
  sparsecategoricalcrossentropy: sparseCategoricalCrossentropy,
  meansquarederror: meanSquaredError,
  mse: meanSquaredError,
};
/** Keras's names, in camelCase or with underscores. */
export type LossName =
  | "binaryCrossentropy"
  | "categoricalCrossentropy"
  | "sparseCategoricalCrossentropy"
  | "meanSquaredError"
  | "mse";

/** @throws for an unknown name */
export function getLoss(loss: LossName | (string & {}) | Loss): Loss {
  if (typeof loss !== "string") return loss;
  const make = byName[loss.replaceAll("_", "").toLowerCase()];
  if (!make) {
    throw new Error(
      `Unknown loss function: ${loss}. Known: binaryCrossentropy, categoricalCrossentropy, ` +
        "sparseCategoricalCrossentropy, meanSquaredError (mse).",
    );
  }
  return make();
}

/** Which loss a name stands for, whatever its spelling; undefined for a function. */
export function isBinaryCrossentropy(loss: string | Loss): boolean {
  return typeof loss === "string" && loss.replaceAll("_", "").toLowerCase() === "binarycrossentropy";
}
