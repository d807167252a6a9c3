import { join } from "node:path";
import { augmentPicture } from "../augment/recipe.ts";
import type { ImageOptions } from "../image/prepare-image.ts";
import { loadImg } from "../load-img.ts";
import type { NdArray } from "../types.ts";
import type { PictureRecord } from "./directory-iterator.ts";
import type { FlowFromPicturesOptions } from "./flow-options.ts";
import { generatorOf } from "./open-flow.ts";

export interface ReplayOptions extends ImageOptions, Pick<FlowFromPicturesOptions, "generator" | "rescale"> {
  /** Where the data set lies now; default where it lay, by the record's `filepath`. */
  readonly directory?: string;
}

/**
 * Makes a picture of a batch again, bit for bit, without its iterator.
 * @param record of `batch.records`, or what JSON kept of it
 * @param options those of the flow
 * @returns float32 `[height, width, channels]`, or in the generator's data format
 */
export async function replay(
  { filename, filepath, transform }: Pick<PictureRecord, "filename" | "filepath" | "transform">,
  options: ReplayOptions = {},
): Promise<NdArray> {
  const { directory, targetSize = [256, 256], colorMode, interpolation, decoder } = options;
  const generator = generatorOf("replay", options);
  const path = directory === undefined ? filepath : join(directory, filename);
  const image = await loadImg(path, { targetSize, colorMode, interpolation, decoder });
  return generator.finish(augmentPicture(image, transform, generator.recipe));
}
