import {
  biasGradient,
  type Conv2dGeometry,
  type Conv2dOptions,
  conv2dBackwardFilter,
  conv2dBackwardInput,
  conv2dForward,
  conv2dGeometry,
  type FusedActivation,
} from "@convscope/kernels";
import type { Op } from "../op.ts";
import { activationBackward } from "./activation-backward.ts";

export interface Conv2dOpOptions extends Omit<Conv2dOptions, "inputShape" | "filterShape"> {
  /** Applied by the kernel as it writes; default `linear`. */
  readonly activation?: FusedActivation;
}

/** y = activation(x * f + b). Inputs x NHWC, f HWIO and, where there is one, b [filters]. */
export const conv2d: Op<Conv2dOpOptions, Conv2dGeometry> = {
  name: "conv2d",
  inputs: ["x", "f", "b"],
  rectifies: ({ activation }) => activation === "relu",
  masks: [0],
  forward(scope, [x, f, b], options) {
    const geometry = conv2dGeometry({ ...options, inputShape: x.shape, filterShape: f.shape });
    return { y: conv2dForward(scope, geometry, x, f, b, options.activation), saved: geometry };
  },
  backward(scope, dy, { inputs: [x, f], y, saved: geometry, options, needs, isRectified, isMasked }) {
    const dz = activationBackward(scope, options.activation, y, dy, isMasked);
    return [
      needs[0] ? conv2dBackwardInput(scope, geometry, dz, f, isRectified[0] ? x : undefined) : undefined,
      needs[1] ? conv2dBackwardFilter(scope, geometry, x, dz) : undefined,
      needs[2] ? biasGradient(scope, dz) : undefined,
    ];
  },
};
