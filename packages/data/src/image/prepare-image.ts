import type { OptionNames } from "../option-names.ts";
import type { ColorMode, ImageArray, Interpolation } from "../types.ts";
import { CHANNELS, convertColorMode } from "./color-mode.ts";
import { JPEG_DECODERS, type JpegDecoder } from "./decode-jpeg.ts";
import { INTERPOLATIONS, resizeImage } from "./resize-image.ts";

/** How a decoded picture is made ready; Keras's arguments of `load_img`. */
export interface ImageOptions {
  /** `[height, width]`; as decoded where not given. */
  readonly targetSize?: readonly [height: number, width: number];
  /** Default `"rgb"`. */
  readonly colorMode?: ColorMode;
  /** Pillow's filter of this name; default `"nearest"`. */
  readonly interpolation?: Interpolation;
  /** Of JPEGs: `"exact"`, the default, gives the bytes that Keras sees; `"portable"` needs no WebAssembly. */
  readonly decoder?: JpegDecoder;
}

export const imageOptionNames: OptionNames<ImageOptions> = {
  targetSize: true,
  colorMode: true,
  interpolation: true,
  decoder: true,
};

/** Converts the colour mode, then resizes: Keras's order. */
export function prepareImage(
  image: ImageArray,
  { targetSize, colorMode = "rgb", interpolation }: Omit<ImageOptions, "decoder">,
): ImageArray {
  const converted = convertColorMode(image, colorMode);
  return targetSize === undefined ? converted : resizeImage(converted, targetSize, interpolation);
}

/**
 * Checks options that came from outside.
 * @param where the function that the message names
 */
export function checkImageOptions(
  where: string,
  { targetSize, colorMode, interpolation, decoder }: ImageOptions,
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
      `[${where}] colorMode must be "grayscale", "rgb", or "rgba", not ${JSON.stringify(colorMode)}.`,
    );
  }
  if (interpolation !== undefined && !INTERPOLATIONS.includes(interpolation)) {
    throw new Error(
      `[${where}] Invalid interpolation method ${interpolation} specified. ` +
        `Supported methods are ${INTERPOLATIONS.join(", ")}.`,
    );
  }
  if (decoder !== undefined && !JPEG_DECODERS.includes(decoder)) {
    throw new Error(`[${where}] decoder is ${JSON.stringify(decoder)}; "exact" or "portable" was needed.`);
  }
}
