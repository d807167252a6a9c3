import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { formatShape, type Tensor } from "../device/tensor.ts";
import intensityWgsl from "./intensity.wgsl";
import { PICTURE_SIZE, type PictureAugmentation, packPictures } from "./pictures.ts";
import warpWgsl from "./warp.wgsl";

const warp = defineKernel({
  name: "augment.warp",
  wgsl: warpWgsl,
  buffers: ["x", "pictures", "y"],
  constants: ["HEIGHT", "WIDTH", "CHANNELS", "FILL_MODE", "ORDER"],
  step: ["pixels", "cval", "scale"],
});
const intensity = defineKernel({
  name: "augment.intensity",
  wgsl: intensityWgsl,
  buffers: ["pictures", "x"],
  constants: ["PER_PICTURE", "CHANNELS", "IS_STRETCHED"],
  step: ["scale"],
});

/** What becomes of coordinates outside a picture: SciPy's names, whose places here are the numbers in warp.wgsl. */
export const fillModes = ["nearest", "constant", "reflect", "wrap", "mirror", "grid-wrap"] as const;

/** What is the same for all pictures of a batch. */
export interface AugmentOptions {
  /** Default `nearest`. */
  readonly fillMode?: (typeof fillModes)[number];
  /** The value outside of a picture where `fillMode` is `constant`. Default 0. */
  readonly cval?: number;
  /** Of the interpolation: 1 is bilinear, 0 the nearest pixel. Default 1. */
  readonly order?: 0 | 1;
  /** `keras2` stretches a picture to 0 … 255 before its brightness is changed. Default `fixed`: it does not. */
  readonly brightnessMode?: "keras2" | "fixed";
  /** By what all values are multiplied in the end. Default 1. */
  readonly rescale?: number;
}

/** Pixels a thread: where a processor plays the GPU, starting a workgroup costs as much as hundreds of its instructions. */
const PIXELS = 4;

/**
 * The pictures of a batch, each augmented in its own way: mapped, shifted in intensity, flipped, brightened and rescaled, in
 * Keras's order.
 * @param x bytes (uint8) [n, height, width, channels]
 * @param pictures what is done to each, n of them
 * @returns float32 of x's shape
 * @throws where x is no batch of bytes, or there is not one augmentation a picture, or a number is none
 */
export function augment(
  scope: Scope,
  x: Tensor,
  pictures: readonly PictureAugmentation[],
  options: AugmentOptions = {},
): Tensor {
  const { fillMode = "nearest", cval = 0, order = 1, brightnessMode = "fixed", rescale = 1 } = options;
  const { device } = scope;
  const [n, height, width, channels] = checkPictures(x, pictures);
  const mode = fillModes.indexOf(fillMode);
  if (mode < 0)
    throw new Error(`[augment] fillMode must be one of ${fillModes.join(", ")}, got ${fillMode}.`);
  if (order !== 0 && order !== 1) throw new Error(`[augment] order must be 0 or 1, got ${order}.`);
  if (!Number.isFinite(cval) || !Number.isFinite(rescale)) {
    throw new Error(`[augment] cval and rescale must be finite, got ${cval} and ${rescale}.`);
  }
  const packed = scope.tensor([n, PICTURE_SIZE]);
  device.write(packed, packPictures(pictures, height, width));
  const y = scope.tensor(x.shape);
  const hasIntensity = pictures.some(
    ({ channelShift, brightness }) => channelShift !== undefined || brightness !== undefined,
  );
  const pixels = n * height * width;
  device.run(
    warp,
    { x, pictures: packed, y },
    { HEIGHT: height, WIDTH: width, CHANNELS: channels, FILL_MODE: mode, ORDER: order },
    { grid: gridFor(pixels / PIXELS), step: { pixels, cval, scale: hasIntensity ? 1 : rescale } },
  );
  if (!hasIntensity) return y;
  device.run(
    intensity,
    { pictures: packed, x: y },
    {
      PER_PICTURE: height * width * channels,
      CHANNELS: channels,
      IS_STRETCHED: brightnessMode === "keras2" ? 1 : 0,
    },
    { grid: [n, 1, 1], step: { scale: rescale } },
  );
  return y;
}

function checkPictures(x: Tensor, pictures: readonly PictureAugmentation[]): readonly number[] {
  if (x.dtype !== "uint8" || x.shape.length !== 4) {
    throw new Error(
      `[augment] x is of ${x.dtype} ${formatShape(x.shape)}, must be of uint8 [n,height,width,channels].`,
    );
  }
  if (pictures.length !== x.shape[0]) {
    throw new Error(
      `[augment] there are ${pictures.length} augmentations for ${x.shape[0]} pictures: give one for each.`,
    );
  }
  return x.shape;
}
