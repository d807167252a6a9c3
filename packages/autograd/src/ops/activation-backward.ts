import {
  type FusedActivation,
  reluBackward,
  type Scope,
  sigmoidBackward,
  type Tensor,
  tanhBackward,
} from "@convscope/kernels";

/**
 * The gradient before a fused activation, from the gradient after it; the result y tells the slope of each of them.
 * @param isMasked true where dy is that before a rectifier already
 */
export function activationBackward(
  scope: Scope,
  activation: FusedActivation | undefined,
  y: Tensor,
  dy: Tensor,
  isMasked: boolean,
): Tensor {
  if (isMasked) return dy;
  if (activation === "relu") return reluBackward(scope, y, dy);
  if (activation === "sigmoid") return sigmoidBackward(scope, y, dy);
  if (activation === "tanh") return tanhBackward(scope, y, dy);
  return dy;
}
