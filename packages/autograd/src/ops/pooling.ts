import {
  avgPool2dBackward,
  avgPool2dForward,
  globalAveragePool2dBackward,
  globalAveragePool2dForward,
  globalMaxPool2dBackward,
  globalMaxPool2dForward,
  maxPool2dBackward,
  maxPool2dForward,
  type Pool2dGeometry,
  type Pool2dOptions,
  pool2dGeometry,
  type Tensor,
} from "@convscope/kernels";
import type { Op } from "../op.ts";

export type PoolOpOptions = Omit<Pool2dOptions, "inputShape">;

/** The largest value of each window; its gradient goes to the first of equal values. x NHWC. */
export const maxPool2d: Op<PoolOpOptions, { geometry: Pool2dGeometry; argmax: Tensor }> = {
  name: "maxPool2d",
  inputs: ["x"],
  forward(scope, [x], options) {
    const geometry = pool2dGeometry({ ...options, inputShape: x.shape });
    const { y, argmax } = maxPool2dForward(scope, geometry, x);
    return { y, saved: { geometry, argmax } };
  },
  masks: [0],
  backward: (scope, dy, { y, saved: { geometry, argmax }, isRectified }) => [
    maxPool2dBackward(scope, geometry, argmax, dy, isRectified[0] ? y : undefined),
  ],
};

/** The mean of each window's real pixels. x NHWC. */
export const avgPool2d: Op<PoolOpOptions, Pool2dGeometry> = {
  name: "avgPool2d",
  inputs: ["x"],
  forward(scope, [x], options) {
    const geometry = pool2dGeometry({ ...options, inputShape: x.shape });
    return { y: avgPool2dForward(scope, geometry, x), saved: geometry };
  },
  backward: (scope, dy, { saved: geometry }) => [avgPool2dBackward(scope, geometry, dy)],
};

/** The mean over all pixels: NHWC to [n, c]. */
export const globalAveragePool2d: Op = {
  name: "globalAveragePool2d",
  inputs: ["x"],
  forward: (scope, [x]) => ({ y: globalAveragePool2dForward(scope, x), saved: undefined }),
  backward: (scope, dy, { inputs: [x] }) => [globalAveragePool2dBackward(scope, x.shape, dy)],
};

/** The largest value over all pixels: NHWC to [n, c]; its gradient goes to the first of equal values. */
export const globalMaxPool2d: Op<void, Tensor> = {
  name: "globalMaxPool2d",
  inputs: ["x"],
  forward(scope, [x]) {
    const { y, argmax } = globalMaxPool2dForward(scope, x);
    return { y, saved: argmax };
  },
  backward: (scope, dy, { inputs: [x], saved: argmax }) => [
    globalMaxPool2dBackward(scope, x.shape, argmax, dy),
  ],
};
