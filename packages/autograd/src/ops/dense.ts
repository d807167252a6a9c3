import {
  biasGradient,
  type DenseGeometry,
  denseBackwardInput,
  denseBackwardWeights,
  denseForward,
  denseGeometry,
  type FusedActivation,
} from "@convscope/kernels";
import type { Op } from "../op.ts";
import { activationBackward } from "./activation-backward.ts";

/** y = activation(x·w + b). Inputs x […, inputs], w [inputs, outputs] and, where there is one, b [outputs]. */
export const dense: Op<{ readonly activation?: FusedActivation }, DenseGeometry> = {
  name: "dense",
  inputs: ["x", "w", "b"],
  rectifies: ({ activation }) => activation === "relu",
  masks: [0],
  forward(scope, [x, w, b], { activation }) {
    return { y: denseForward(scope, x, w, b, activation), saved: denseGeometry(x.shape, w.shape) };
  },
  backward(scope, dy, { inputs: [x, w], y, saved: geometry, options, needs, isRectified, isMasked }) {
    const dz = activationBackward(scope, options.activation, y, dy, isMasked);
    return [
      needs[0] ? denseBackwardInput(scope, geometry, dz, w, isRectified[0] ? x : undefined) : undefined,
      needs[1] ? denseBackwardWeights(scope, geometry, x, dz) : undefined,
      needs[2] ? biasGradient(scope, dz) : undefined,
    ];
  },
};
