import { batchMoments, batchNormBackward, batchNormForward, type Moments } from "@convscope/kernels";
import type { Op } from "../op.ts";

export interface BatchNormOptions {
  /** Added to the variance. */
  readonly epsilon: number;
  /** Whether the inputs have a beta; default false. */
  readonly center?: boolean;
  /** Whether the inputs have a gamma; default false. */
  readonly scale?: boolean;
  /** Inference: mean and variance, constants. Training, where there are none: the batch's own. */
  readonly moments?: Moments;
  /** Told the batch's own mean and variance, in training. */
  readonly onMoments?: (moments: Moments) => void;
}

/** Where beta and gamma stand among the inputs; −1 where there is none. */
const places = ({ center = false, scale = false }: BatchNormOptions) => ({
  beta: center ? 1 : -1,
  gamma: scale ? (center ? 2 : 1) : -1,
});

/** y = gamma·(x − mean)/√(variance + epsilon) + beta for each channel, the last axis. Inputs x, and beta and gamma where there are. */
export const batchNorm: Op<BatchNormOptions, Moments> = {
  name: "batchNorm",
  inputs: ["x", "beta", "gamma"],
  forward(scope, inputs, options) {
    const [x] = inputs;
    const place = places(options);
    const moments = options.moments ?? batchMoments(scope, x);
    if (!options.moments) options.onMoments?.(moments);
    const weights = { gamma: inputs[place.gamma], beta: inputs[place.beta] };
    return { y: batchNormForward(scope, x, moments, weights, options.epsilon), saved: moments };
  },
  backward(scope, dy, { inputs, saved: moments, options, needs }) {
    const place = places(options);
    const { dx, dgamma, dbeta } = batchNormBackward(
      scope,
      dy,
      inputs[0],
      moments,
      { gamma: inputs[place.gamma], epsilon: options.epsilon, isTraining: options.moments === undefined },
      { x: needs[0], gamma: needs[place.gamma] ?? false, beta: needs[place.beta] ?? false },
    );
    return inputs.map((_, i) => {
      if (i === 0) return dx;
      return i === place.beta ? dbeta : dgamma;
    });
  },
};
