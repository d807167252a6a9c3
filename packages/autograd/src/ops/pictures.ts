import {
  pad2dBackward,
  pad2d as pad2dForward,
  type Sides,
  type Upsample2dOptions,
  upsample2dBackward,
  upsample2dForward,
} from "@convscope/kernels";
import type { Op } from "../op.ts";

/** Pictures with borders of zeros, or without their borders, where sides are negative. x NHWC. */
export const pad2d: Op<Sides> = {
  name: "pad2d",
  inputs: ["x"],
  forward: (scope, [x], sides) => ({ y: pad2dForward(scope, x, sides), saved: undefined }),
  backward: (scope, dy, { options: sides }) => [pad2dBackward(scope, dy, sides)],
};

/** Pictures several times as high and wide. x NHWC. */
export const upsample2d: Op<Upsample2dOptions> = {
  name: "upsample2d",
  inputs: ["x"],
  forward: (scope, [x], options) => ({ y: upsample2dForward(scope, x, options), saved: undefined }),
  backward: (scope, dy, { inputs: [x], options }) => [upsample2dBackward(scope, x.shape, dy, options)],
};
