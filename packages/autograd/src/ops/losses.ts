import {
  binaryCrossentropyBackward,
  binaryCrossentropyForward,
  binaryCrossentropyFromLogitsBackward,
  binaryCrossentropyFromLogitsForward,
  binaryCrossentropyKeras224Backward,
  binaryCrossentropyKeras224Forward,
  categoricalCrossentropyBackward,
  categoricalCrossentropyForward,
  categoricalCrossentropyFromLogitsBackward,
  categoricalCrossentropyFromLogitsForward,
  categoricalHingeBackward,
  categoricalHingeForward,
  cosineProximityBackward,
  cosineProximityForward,
  meanOf,
  meanSquaredErrorBackward,
  meanSquaredErrorForward,
  type PenaltyOptions,
  penaltyBackward,
  penaltyForward,
  type Scope,
  sparseCategoricalCrossentropyBackward,
  sparseCategoricalCrossentropyForward,
  sparseCategoricalCrossentropyFromLogitsBackward,
  sparseCategoricalCrossentropyFromLogitsForward,
  type Tensor,
  type ValueLossOptions,
  valueLossBackward,
  valueLossForward,
  weighSamples,
} from "@convscope/kernels";
import type { LossOp } from "../op.ts";

export interface LossOptions {
  /** Targets are moved towards the middle: y·(1−s) + s/classes. Default 0. */
  readonly labelSmoothing?: number;
}

/**
 * The mean over the samples of what `forward` says of each. Inputs: the prediction, and without gradients the target and,
 * where there are some, the weights [n] by which the samples are multiplied.
 */
function loss<Options = LossOptions>(
  name: string,
  forward: (scope: Scope, target: Tensor, prediction: Tensor, options: Options) => Tensor,
  backward: (scope: Scope, target: Tensor, prediction: Tensor, options: Options) => Tensor,
): LossOp<Options> {
  return {
    name,
    inputs: ["prediction", "target", "weights"],
    isLoss: true,
    forward: (scope, [prediction, target, weights], options) => ({
      y: meanOf(scope, forward(scope, target, prediction, options), weights),
      saved: undefined,
    }),
    backward(scope, { inputs: [prediction, target, weights], options }) {
      const gradient = backward(scope, target, prediction, options);
      return [weights ? weighSamples(scope, gradient, weights) : gradient];
    },
  };
}

/** −(y·log(p+ε) + (1−y)·log(1−p+ε)) of clipped probabilities, as tf.keras. */
export const binaryCrossentropy = loss(
  "binaryCrossentropy",
  binaryCrossentropyForward,
  binaryCrossentropyBackward,
);
/** The same of logits z, with p = sigmoid(z): exact for every z. */
export const binaryCrossentropyFromLogits = loss(
  "binaryCrossentropyFromLogits",
  binaryCrossentropyFromLogitsForward,
  binaryCrossentropyFromLogitsBackward,
);
/** The form of Keras 2.2.4: probabilities clipped in float32 and turned back into logits. */
export const binaryCrossentropyKeras224 = loss(
  "binaryCrossentropyKeras224",
  binaryCrossentropyKeras224Forward,
  binaryCrossentropyKeras224Backward,
);
/** −Σ y·log p over the classes, p scaled to sum 1 and clipped. */
export const categoricalCrossentropy = loss(
  "categoricalCrossentropy",
  categoricalCrossentropyForward,
  categoricalCrossentropyBackward,
);
/** The same of logits, with p = softmax(z). */
export const categoricalCrossentropyFromLogits = loss(
  "categoricalCrossentropyFromLogits",
  categoricalCrossentropyFromLogitsForward,
  categoricalCrossentropyFromLogitsBackward,
);
/** −log p of the class whose number the target holds. */
export const sparseCategoricalCrossentropy = loss(
  "sparseCategoricalCrossentropy",
  sparseCategoricalCrossentropyForward,
  (scope, target, prediction) => sparseCategoricalCrossentropyBackward(scope, target, prediction),
);
/** The same of logits, with p = softmax(z). */
export const sparseCategoricalCrossentropyFromLogits = loss(
  "sparseCategoricalCrossentropyFromLogits",
  sparseCategoricalCrossentropyFromLogitsForward,
  (scope, target, prediction) => sparseCategoricalCrossentropyFromLogitsBackward(scope, target, prediction),
);
/** (p − y)², the mean over the last axis. */
export const meanSquaredError = loss(
  "meanSquaredError",
  meanSquaredErrorForward,
  (scope, target, prediction) => meanSquaredErrorBackward(scope, target, prediction),
);

/** Keras's further losses that go value by value, such as the mean absolute error. */
export const valueLoss = loss<ValueLossOptions>("valueLoss", valueLossForward, valueLossBackward);
/** The greatest wrong prediction less the right one, where that is more than −1. */
export const categoricalHinge = loss<void>(
  "categoricalHinge",
  categoricalHingeForward,
  (scope, target, prediction) => categoricalHingeBackward(scope, target, prediction),
);
/** −cos between target and prediction. */
export const cosineProximity = loss<void>(
  "cosineProximity",
  cosineProximityForward,
  (scope, target, prediction) => cosineProximityBackward(scope, target, prediction),
);

/** l1·Σ|x| + l2·Σx²: what a regularizer adds to the loss for a weight, or for a layer's result. */
export const penalty: LossOp<PenaltyOptions> = {
  name: "penalty",
  isLoss: true,
  inputs: ["x"],
  forward: (scope, [x], options) => ({ y: penaltyForward(scope, x, options), saved: undefined }),
  backward: (scope, { inputs: [x], options }) => [penaltyBackward(scope, x, options)],
};
