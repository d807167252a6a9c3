import {
  type BentReluOptions,
  bentReluBackward,
  bentReluForward,
  type CurveOptions,
  curveBackward,
  curveForward,
  type DropoutOptions,
  dropoutBackward,
  dropoutForward,
  reluBackward,
  reluForward,
  reshaped,
  sigmoidBackward,
  sigmoidForward,
  softmaxBackward,
  softmaxForward,
  tanhBackward,
  tanhForward,
} from "@convscope/kernels";
import type { Op } from "../op.ts";

/** y = max(x, 0). */
export const relu: Op = {
  name: "relu",
  inputs: ["x"],
  rectifies: () => true,
  forward: (scope, [x]) => ({ y: reluForward(scope, x), saved: undefined }),
  backward: (scope, dy, { y, isMasked }) => [isMasked ? dy : reluBackward(scope, y, dy)],
};

/** y = 1/(1 + exp(−x)). */
export const sigmoid: Op = {
  name: "sigmoid",
  inputs: ["x"],
  forward: (scope, [x]) => ({ y: sigmoidForward(scope, x), saved: undefined }),
  backward: (scope, dy, { y }) => [sigmoidBackward(scope, y, dy)],
};

/** y = tanh(x). */
export const tanh: Op = {
  name: "tanh",
  inputs: ["x"],
  forward: (scope, [x]) => ({ y: tanhForward(scope, x), saved: undefined }),
  backward: (scope, dy, { y }) => [tanhBackward(scope, y, dy)],
};

/** y = exp(x)/Σexp(x) over the last axis. */
export const softmax: Op = {
  name: "softmax",
  inputs: ["x"],
  forward: (scope, [x]) => ({ y: softmaxForward(scope, x), saved: undefined }),
  backward: (scope, dy, { y }) => [softmaxBackward(scope, y, dy)],
};

/** Zeros a share of the values at random and scales the others up; see the kernels' dropout. */
export const dropout: Op<DropoutOptions> = {
  name: "dropout",
  inputs: ["x"],
  forward: (scope, [x], options) => ({ y: dropoutForward(scope, x, options), saved: undefined }),
  backward: (scope, dy, { options }) => [dropoutBackward(scope, dy, options)],
};

/** A rectifier with a bound, a slope or a threshold: see the kernels' bent relu. */
export const bentRelu: Op<BentReluOptions> = {
  name: "bentRelu",
  inputs: ["x"],
  forward: (scope, [x], options) => ({ y: bentReluForward(scope, x, options), saved: undefined }),
  backward: (scope, dy, { inputs: [x], options }) => [bentReluBackward(scope, x, dy, options)],
};

/** elu, softplus and others: see the kernels' curves. */
export const curve: Op<CurveOptions> = {
  name: "curve",
  inputs: ["x"],
  forward: (scope, [x], options) => ({ y: curveForward(scope, x, options), saved: undefined }),
  backward: (scope, dy, { inputs: [x], options }) => [curveBackward(scope, x, dy, options)],
};

/** The same values under another shape; nothing is copied. */
export const reshape: Op<{ readonly shape: readonly number[] }> = {
  name: "reshape",
  inputs: ["x"],
  forward: (_scope, [x], { shape }) => ({ y: reshaped(x, shape), saved: undefined }),
  backward: (_scope, dy, { inputs: [x] }) => [reshaped(dy, x.shape)],
};
