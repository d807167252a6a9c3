import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { formatShape, sizeOf, type Tensor } from "../device/tensor.ts";
import { checkShape } from "../pool2d/check-shape.ts";
import bilinearBackwardWgsl from "./bilinear-backward.wgsl";
import bilinearForwardWgsl from "./bilinear-forward.wgsl";
import nearestBackwardWgsl from "./nearest-backward.wgsl";
import nearestForwardWgsl from "./nearest-forward.wgsl";

const constants = ["IN_H", "IN_W", "CHANNELS", "SIZE_H", "SIZE_W"] as const;
const forward = {
  nearest: defineKernel({
    name: "upsample2d.nearest-forward",
    wgsl: nearestForwardWgsl,
    buffers: ["x", "y"],
    constants,
    step: ["count"],
  }),
  bilinear: defineKernel({
    name: "upsample2d.bilinear-forward",
    wgsl: bilinearForwardWgsl,
    buffers: ["x", "y"],
    constants,
    step: ["count"],
  }),
};
const backward = {
  nearest: defineKernel({
    name: "upsample2d.nearest-backward",
    wgsl: nearestBackwardWgsl,
    buffers: ["dy", "dx"],
    constants,
    step: ["count"],
  }),
  bilinear: defineKernel({
    name: "upsample2d.bilinear-backward",
    wgsl: bilinearBackwardWgsl,
    buffers: ["dy", "dx"],
    constants,
    step: ["count"],
  }),
};

export interface Upsample2dOptions {
  /** How many rows and columns a pixel becomes. */
  readonly size: readonly [number, number];
  /** `nearest`: the pixel again and again. `bilinear`: on the way to the next pixel, TensorFlow's rule without centres. */
  readonly interpolation: "nearest" | "bilinear";
}

/** The constants and the result's shape. @throws on a shape that is not NHWC with pixels, and on sizes that are not whole */
function geometryOf(where: string, inputShape: readonly number[], size: readonly [number, number]) {
  const [batch, height, width, channels] = inputShape;
  const isWhole = size.every((factor) => Number.isInteger(factor) && factor >= 1);
  if (inputShape.length !== 4 || height < 1 || width < 1 || channels < 1 || !isWhole) {
    throw new Error(
      `[${where}] the input is ${formatShape(inputShape)} and the size ${formatShape(size)}: [batch,height,width,channels] ` +
        "with at least one pixel, and whole factors of at least 1 are needed.",
    );
  }
  return {
    constants: { IN_H: height, IN_W: width, CHANNELS: channels, SIZE_H: size[0], SIZE_W: size[1] },
    outputShape: [batch, height * size[0], width * size[1], channels],
  };
}

/** Pictures `size` times as high and wide. @throws where x is not NHWC */
export function upsample2dForward(
  scope: Scope,
  x: Tensor,
  { size, interpolation }: Upsample2dOptions,
): Tensor {
  const { constants: values, outputShape } = geometryOf("upsample2dForward", x.shape, size);
  const y = scope.tensor(outputShape);
  const count = sizeOf(outputShape);
  scope.device.run(forward[interpolation], { x, y }, values, { grid: gridFor(count), step: { count } });
  return y;
}

/** dx of shape `inputShape` from dy. @throws where dy is not of the result's shape */
export function upsample2dBackward(
  scope: Scope,
  inputShape: readonly number[],
  dy: Tensor,
  { size, interpolation }: Upsample2dOptions,
): Tensor {
  const { constants: values, outputShape } = geometryOf("upsample2dBackward", inputShape, size);
  checkShape("upsample2dBackward", "dy", dy.shape, outputShape);
  const dx = scope.tensor(inputShape);
  const count = sizeOf(inputShape);
  scope.device.run(backward[interpolation], { dy, dx }, values, { grid: gridFor(count), step: { count } });
  return dx;
}
