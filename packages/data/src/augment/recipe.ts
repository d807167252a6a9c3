import type { DataFormat } from "../image/image-array.ts";
import { imgToArray } from "../image/image-array.ts";
import type { FillMode, ImageArray, NdArray, Transform } from "../types.ts";
import { transformInto } from "./apply-transform.ts";
import { type StandardizeOptions, standardizePicture } from "./standardize.ts";

export type { DataFormat };

/**
 * The point about which a picture is turned, sheared and zoomed. `fixed`: its middle, (size − 1) / 2. `keras2`: one pixel
 * below and to the right of it, (size + 1) / 2, as in every Keras up to 2.8.
 */
export type Center = "keras2" | "fixed";

/**
 * What a change of brightness does first. `fixed`: nothing; the range of values is kept. `keras2`: the picture is stretched
 * so that its smallest value becomes 0 and its largest 255, as in Keras up to 2.3.
 */
export type BrightnessMode = "keras2" | "fixed";

/** Degree of the spline between pixels: 0 takes the nearest pixel, 1 is bilinear. */
export type InterpolationOrder = 0 | 1 | 2 | 3 | 4 | 5;

/**
 * Everything but the draws that makes a finished picture out of a loaded one: plain data, which can be sent to a worker
 * thread. Made by `ImageDataGenerator.recipe`.
 */
export interface Recipe extends StandardizeOptions {
  readonly dataFormat: DataFormat;
  readonly fillMode: FillMode;
  /** The value outside, for `fillMode: "constant"`. */
  readonly cval: number;
  readonly interpolationOrder: InterpolationOrder;
  readonly center: Center;
  readonly brightnessMode: BrightnessMode;
}

/**
 * Makes one finished picture: the transform, then the standardization, in Keras's order: warp, channel shift, horizontal
 * flip, vertical flip, brightness; rescale, samplewise mean and deviation, featurewise mean and deviation, ZCA.
 * @param image bytes `[height, width, channels]`, whatever the recipe's data format, or values in that format
 * @param transform undefined changes nothing. Angles in degrees.
 * @returns float32, in the recipe's data format; never the array that was given
 */
export function augmentPicture(
  image: ImageArray | NdArray,
  transform: Transform | undefined,
  recipe: Recipe,
): NdArray {
  const x = image.data instanceof Uint8Array ? picture(image as ImageArray, recipe) : (image as NdArray);
  const data = new Float32Array(x.data.length);
  transformInto(x, data, transform ?? {}, recipe, recipe.rescale || 1);
  standardizePicture(data, x.shape, recipe, { isRescaled: true });
  return { shape: x.shape, data };
}

/** Bytes as values, in a recipe's data format. */
export function picture(image: ImageArray, { dataFormat }: Pick<Recipe, "dataFormat">): NdArray {
  if (dataFormat === "channelsLast") return imgToArray(image);
  const [height, width, channels] = image.shape;
  const plane = height * width;
  const data = new Float32Array(image.data.length);
  for (let i = 0; i < data.length; i++)
    data[(i % channels) * plane + Math.floor(i / channels)] = image.data[i];
  return { shape: [channels, height, width], data };
}
