import { decodeImage } from "./image/decode-image.ts";
import { ImageError } from "./image/image-error.ts";
import {
  checkImageOptions,
  type ImageOptions,
  imageOptionNames,
  prepareImage,
} from "./image/prepare-image.ts";
import { checkNames, type OptionNames } from "./option-names.ts";
import { readPicture } from "./read-picture.ts";
import type { ImageArray } from "./types.ts";

/** Keras's arguments of `load_img`, then our own. */
export interface LoadImgOptions extends ImageOptions {
  /** @deprecated as in Keras: the same as `colorMode: "grayscale"` */
  readonly grayscale?: boolean;
}

const optionNames: OptionNames<LoadImgOptions> = { ...imageOptionNames, grayscale: true };

/**
 * Reads a picture from disk: Keras's `load_img`. JPEG, PNG, BMP or PPM, by content; the colour mode is converted first,
 * then the size; EXIF rotation is not applied.
 * @returns bytes `[height, width, channels]`
 * @throws with a message that names the file: no such file, not a picture, truncated, too large
 */
export async function loadImg(path: string, given: LoadImgOptions = {}): Promise<ImageArray> {
  checkNames("loadImg", given, optionNames);
  const { grayscale, ...others } = given;
  const options: ImageOptions = grayscale ? { ...others, colorMode: "grayscale" } : others;
  checkImageOptions("loadImg", options);
  try {
    return prepareImage(await decodeImage(await readPicture(path), options), options);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    throw new Error(`[loadImg] ${path} ${error.reason}`, { cause: error });
  }
}
