import { ops, type Tape, type Variable } from "@convscope/autograd";
import type { ValueLossKind } from "@convscope/kernels";
import type { Shape } from "./layer.ts";
import { checkChoice, checkNumber, checkOptions } from "./options.ts";

/**
 * Records a loss of a prediction against a target, and returns the scalar: the mean over the samples, each of them
 * multiplied by its weight where there are weights, [n].
 */
export type Loss = (tape: Tape, prediction: Variable, target: Variable, sampleWeight?: Variable) => Variable;

export interface BinaryCrossentropyOptions {
  /** The predictions are logits, not probabilities. Default false. */
  readonly fromLogits?: boolean;
  /** y·(1−s) + s/2. Default 0. */
  readonly labelSmoothing?: number;
  /** `keras224`: the clipped form of Keras 2.2.4, with its asymmetry and its vanishing gradients. Default: tf.keras's. */
  readonly clip?: "keras224";
}

export type CategoricalCrossentropyOptions = Omit<BinaryCrossentropyOptions, "clip">;
export type SparseCategoricalCrossentropyOptions = Pick<BinaryCrossentropyOptions, "fromLogits">;

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
  checkOptions("binaryCrossentropy", options, { fromLogits: true, labelSmoothing: true, clip: true });
  const { fromLogits = false, clip, labelSmoothing = 0 } = options;
  checkNumber("binaryCrossentropy", "labelSmoothing", labelSmoothing, 0);
  if (clip !== undefined) checkChoice("binaryCrossentropy", "clip", clip, ["keras224"]);
  if (clip && fromLogits) {
    throw new Error(
      '[binaryCrossentropy] clip "keras224" is a form for probabilities: leave out clip or fromLogits.',
    );
  }
  return known("binaryCrossentropy", options, (tape, prediction, target, sampleWeight) => {
    const logits = fromLogits ? prediction : logitsOf(tape, prediction, "sigmoid");
    const [op, input] =
      clip === "keras224"
        ? [ops.binaryCrossentropyKeras224, prediction]
        : logits
          ? [ops.binaryCrossentropyFromLogits, logits]
          : [ops.binaryCrossentropy, prediction];
    return tape.apply(op, inputs(input, target, sampleWeight), { labelSmoothing });
  });
}

/** −Σ y·log p over the last axis, the mean over the samples; targets one-hot. */
export function categoricalCrossentropy(options: CategoricalCrossentropyOptions = {}): Loss {
  checkOptions("categoricalCrossentropy", options, { fromLogits: true, labelSmoothing: true });
  const { fromLogits = false, labelSmoothing = 0 } = options;
  checkNumber("categoricalCrossentropy", "labelSmoothing", labelSmoothing, 0);
  return known("categoricalCrossentropy", options, (tape, prediction, target, sampleWeight) => {
    const logits = fromLogits ? prediction : logitsOf(tape, prediction, "softmax");
    const op = logits ? ops.categoricalCrossentropyFromLogits : ops.categoricalCrossentropy;
    return tape.apply(op, inputs(logits ?? prediction, target, sampleWeight), { labelSmoothing });
  });
}

/** −log p of the class whose number the target holds, the mean over the samples. */
export function sparseCategoricalCrossentropy(options: SparseCategoricalCrossentropyOptions = {}): Loss {
  const { fromLogits = false } = checkOptions("sparseCategoricalCrossentropy", options, { fromLogits: true });
  return known("sparseCategoricalCrossentropy", options, (tape, prediction, target, sampleWeight) => {
    const logits = fromLogits ? prediction : logitsOf(tape, prediction, "softmax");
    const op = logits ? ops.sparseCategoricalCrossentropyFromLogits : ops.sparseCategoricalCrossentropy;
    return tape.apply(op, inputs(logits ?? prediction, target, sampleWeight), {});
  });
}

/** (p − y)², the mean over the last axis and the samples. */
export function meanSquaredError(): Loss {
  return known("meanSquaredError", {}, (tape, prediction, target, sampleWeight) =>
    tape.apply(ops.meanSquaredError, inputs(prediction, target, sampleWeight), {}),
  );
}

const valueLoss = (kind: ValueLossKind, options: { delta?: number } = {}): Loss =>
  known(kind, options, (tape, prediction, target, sampleWeight) =>
    tape.apply(ops.valueLoss, inputs(prediction, target, sampleWeight), { kind, ...options }),
  );

/** |p − y|, the mean over the last axis and the samples, as those that follow. */
export const meanAbsoluteError = (): Loss => valueLoss("meanAbsoluteError");
/** 100·|y − p|/|y|. */
export const meanAbsolutePercentageError = (): Loss => valueLoss("meanAbsolutePercentageError");
/** (log(p + 1) − log(y + 1))². */
export const meanSquaredLogarithmicError = (): Loss => valueLoss("meanSquaredLogarithmicError");
/** max(1 − y·p, 0); targets −1 and 1. */
export const hinge = (): Loss => valueLoss("hinge");
/** max(1 − y·p, 0)²; targets −1 and 1. */
export const squaredHinge = (): Loss => valueLoss("squaredHinge");
/** log cosh(p − y). */
export const logcosh = (): Loss => valueLoss("logcosh");
/** p − y·log p. */
export const poisson = (): Loss => valueLoss("poisson");
/** Σ y·log(y/p) over the last axis, the mean over the samples. */
export const kullbackLeiblerDivergence = (): Loss => valueLoss("kullbackLeiblerDivergence");

export interface HuberLossOptions {
  /** Up to which error it is quadratic. Default 1. */
  readonly delta?: number;
}

/** (p − y)²/2 up to `delta`, delta·(|p − y| − delta/2) beyond. */
export function huberLoss(options: HuberLossOptions = {}): Loss {
  const { delta } = checkOptions("huberLoss", options, { delta: true });
  if (delta !== undefined && !(delta > 0)) {
    throw new Error(`[huberLoss] delta must be a number above 0, got ${delta}.`);
  }
  return valueLoss("huberLoss", delta === undefined ? {} : { delta });
}

/** max(0, the greatest p of a wrong class − that of the right one + 1), the mean over the samples; targets one-hot. */
export function categoricalHinge(): Loss {
  return known("categoricalHinge", {}, (tape, prediction, target, sampleWeight) =>
    tape.apply(ops.categoricalHinge, inputs(prediction, target, sampleWeight), undefined),
  );
}

/** Minus the cosine between target and prediction along the last axis, the mean over the samples. */
export function cosineProximity(): Loss {
  return known("cosineProximity", {}, (tape, prediction, target, sampleWeight) =>
    tape.apply(ops.cosineProximity, inputs(prediction, target, sampleWeight), undefined),
  );
}

const inputs = (prediction: Variable, target: Variable, sampleWeight: Variable | undefined) =>
  sampleWeight ? [prediction, target, sampleWeight] : [prediction, target];

const losses = {
  binaryCrossentropy,
  categoricalCrossentropy,
  sparseCategoricalCrossentropy,
  meanSquaredError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredLogarithmicError,
  hinge,
  squaredHinge,
  categoricalHinge,
  logcosh,
  kullbackLeiblerDivergence,
  poisson,
  cosineProximity,
  huberLoss,
} as const;
type KnownLoss = keyof typeof losses;

/** Other names that Keras, tf.keras and Keras 3 have for them. */
const aliases = {
  bce: "binaryCrossentropy",
  mse: "meanSquaredError",
  mae: "meanAbsoluteError",
  mape: "meanAbsolutePercentageError",
  msle: "meanSquaredLogarithmicError",
  kld: "kullbackLeiblerDivergence",
  klDivergence: "kullbackLeiblerDivergence",
  cosine: "cosineProximity",
  cosineSimilarity: "cosineProximity",
  huber: "huberLoss",
} as const satisfies Readonly<Record<string, KnownLoss>>;

/** Keras's names, in camelCase; those with underscores are taken as well. */
export type LossName = KnownLoss | keyof typeof aliases;
export const lossNames = [...Object.keys(losses), ...Object.keys(aliases)] as readonly LossName[];

/** The loss of a name in any spelling. */
function kindOfName(name: string): KnownLoss | undefined {
  const plain = (text: string) => text.replaceAll("_", "").toLowerCase();
  const known = { ...aliases, ...Object.fromEntries(Object.keys(losses).map((kind) => [kind, kind])) };
  return Object.entries(known).find(([other]) => plain(other) === plain(name))?.[1] as KnownLoss | undefined;
}

/** The losses of this file by what they are, whatever their options. */
const kinds = new WeakMap<Loss, { readonly kind: KnownLoss; readonly options: object }>();

function known(kind: KnownLoss, options: object, loss: Loss): Loss {
  kinds.set(loss, { kind, options });
  return loss;
}

/** Which of the losses above a loss is; undefined for one of the user's own. */
export function kindOf(loss: Loss): KnownLoss | undefined {
  return kinds.get(loss)?.kind;
}

/**
 * A loss as Keras writes it into a file: its name, or `{ class_name, config }` where it has options.
 * @throws for a loss that Keras does not have
 */
export function lossConfig(loss: Loss): string | { class_name: string; config: Record<string, unknown> } {
  const found = kinds.get(loss);
  if (!found) throw new Error("a loss of one's own cannot be written to a file");
  const given = Object.entries(found.options).filter(
    ([, value]) => value !== undefined && value !== false && value !== 0,
  );
  const name = snakeCase(found.kind);
  if (given.length === 0) return name;
  if (given.some(([key]) => key === "clip"))
    throw new Error('the loss\'s clip "keras224" cannot be written to a file');
  const config = Object.fromEntries(given.map(([key, value]) => [snakeCase(key), value]));
  return {
    class_name: found.kind === "huberLoss" ? "Huber" : found.kind[0].toUpperCase() + found.kind.slice(1),
    config: { reduction: "sum_over_batch_size", name, ...config },
  };
}

/** The loss of a configuration: of `lossConfig`, of tf.keras, or of Keras 3. @throws for one that is not there */
export function lossFromConfig(given: unknown): Loss {
  if (typeof given === "string") return getLoss(given);
  const { class_name, config } = (given ?? {}) as { class_name?: unknown; config?: unknown };
  if (typeof class_name !== "string") throw new Error(`the loss ${JSON.stringify(given)} is not understood`);
  if (class_name === "function" || class_name === "__builtins__") return getLoss(String(config));
  const kind = kindOfName(class_name);
  if (!kind) throw new Error(`the loss ${class_name} is not supported`);
  const { from_logits, label_smoothing, delta } = (config ?? {}) as Record<string, unknown>;
  return (losses[kind] as (options: CategoricalCrossentropyOptions & HuberLossOptions) => Loss)({
    ...(typeof delta === "number" && { delta }),
    ...(from_logits === true && { fromLogits: true }),
    ...(typeof label_smoothing === "number" && label_smoothing !== 0 && { labelSmoothing: label_smoothing }),
  });
}

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The loss of a name in any of Keras's spellings, or undefined. */
export function lossOfName(name: string): Loss | undefined {
  const kind = kindOfName(name);
  return kind && losses[kind]();
}

/** @throws for an unknown name */
export function getLoss(loss: LossName | (string & {}) | Loss): Loss {
  if (typeof loss === "function") {
    const [factory] = Object.entries(losses).find(([, known]) => (known as unknown) === loss) ?? [];
    if (factory) throw new Error(`[loss] ${factory} makes a loss: call it, ${factory}(), or give its name.`);
    return loss;
  }
  if (typeof loss !== "string") {
    throw new Error(
      `Could not interpret loss function identifier: ${JSON.stringify(loss)}. Give a name or a function.`,
    );
  }
  const found = lossOfName(loss);
  if (!found) throw new Error(`Unknown loss function: ${loss}. Known: ${lossNames.join(", ")}.`);
  return found;
}

/** The shape of a target that a loss takes for an output, as Keras checks it; undefined where any will do. */
export function targetShapeOf(loss: Loss, outputShape: Shape): Shape | undefined {
  const kind = kindOf(loss);
  if (kind === undefined) return undefined;
  return kind === "sparseCategoricalCrossentropy" ? [...outputShape.slice(0, -1), 1] : outputShape;
}
