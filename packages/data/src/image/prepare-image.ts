import type { ColorMode, ImageArray, Interpolation } from "../types.ts";
import { CHANNELS, convertColorMode } from "./color-mode.ts";
import { resizeNearest } from "./resize-nearest.ts";

const INTERPOLATIONS: readonly Interpolation[] = ["nearest"];

/** How a decoded picture is made ready; Keras's arguments of `load_img`. */
export interface ImageOptions {
  /** `[height, width]`; as decoded where not given. */
  readonly targetSize?: readonly [height: number, width: number];
  /** Default `"rgb"`. */
  readonly colorMode?: ColorMode;
  /** Default, and the only one yet: `"nearest"`. */
  readonly interpolation?: Interpolation;
}

/** Converts the colour mode, then resizes: Keras's order. */
export function prepareImage(
  image: ImageArray,
  { targetSize, colorMode = "rgb" }: Omit<ImageOptions, "interpolation">,
): ImageArray {
  const converted = convertColorMode(image, colorMode);
  return targetSize === undefined ? converted : resizeNearest(converted, targetSize);
}

/**
 * Checks options that came from outside.
 * @param where the function that the message names
 */
export function checkImageOptions(
  where: string,
  { targetSize, colorMode, interpolation }: ImageOptions,
): void {
  if (targetSize !== undefined) {
    const isSize =
      Array.isArray(targetSize) &&
      targetSize.length === 2 &&
      targetSize.every((side) => Number.isInteger(side) && side > 0 && side <= 65_535);
    if (!isSize) {
      throw new Error(
        `[${where}] targetSize is ${JSON.stringify(targetSize)}; [height, width] in pixels was needed, e.g. [150, 150].`,
      );
    }
  }
  if (colorMode !== undefined && !Object.hasOwn(CHANNELS, colorMode)) {
    throw new Error(
      `[${where}] Invalid color mode: ${JSON.stringify(colorMode)}; expected one of: "rgb", "grayscale", "rgba".`,
    );
  }
  if (interpolation !== undefined && !INTERPOLATIONS.includes(interpolation)) {
    throw new Error(
      `[${where}] interpolation ${JSON.stringify(interpolation)} is not supported; supported: "nearest".`,
    );
  }
}
