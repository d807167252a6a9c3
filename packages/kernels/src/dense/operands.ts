import type { FusedActivation } from "../activation/activation.ts";
import type { Tensor } from "../device/tensor.ts";

/** What the forward pass works on. */
export interface ForwardOperands {
  readonly x: Tensor;
  readonly w: Tensor;
  /** Undefined for none. */
  readonly b: Tensor | undefined;
  readonly activation: FusedActivation;
}

/** What backwardInput works on. */
export interface BackwardInputOperands {
  /** The gradient before the activation. */
  readonly dy: Tensor;
  readonly w: Tensor;
  /** The x of the forward pass where a rectifier made it: dx is then the gradient before that rectifier. */
  readonly rectified: Tensor | undefined;
}

/** What backwardWeights works on. */
export interface BackwardWeightsOperands {
  readonly x: Tensor;
  /** The gradient before the activation. */
  readonly dy: Tensor;
}
