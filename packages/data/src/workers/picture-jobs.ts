import { readLocation } from "#read-location";
import { augmentPicture, type Recipe } from "../augment/recipe.ts";
import { decodeImage } from "../image/decode-image.ts";
import { ImageError } from "../image/image-error.ts";
import { type ImageOptions, prepareImage } from "../image/prepare-image.ts";
import type { ImageArray, NdArray, Transform } from "../types.ts";

/** Where a picture's bytes are: a path on disk, or what a browser holds. Can be sent to a worker. */
export type PictureLocation = string | Blob | Uint8Array;

/** A picture to read: decoded, converted and resized. */
export interface ReadJob {
  readonly location: PictureLocation;
  readonly options: ImageOptions;
}

/** What becomes of a picture after it was read. */
export interface Finish {
  readonly transform: Transform | undefined;
  readonly recipe: Recipe;
}

/** Why bytes are no picture: a phrase that follows its name. */
export interface BadPicture {
  readonly reason: string;
}

/** What a worker does with pictures; needs nothing of Node. */
export const jobs = {
  readImage: (job: ReadJob): Promise<ImageArray | BadPicture> => readImage(job),
  augment: async ({ image, transform, recipe }: Finish & { image: ImageArray }): Promise<NdArray> =>
    augmentPicture(image, transform, recipe),
  /** Both at once; the bytes come back where they are to be kept. */
  readAndAugment: async (
    job: ReadJob & Finish & { isKept: boolean },
  ): Promise<{ x: NdArray; image: ImageArray | undefined } | BadPicture> => {
    const image = await readImage(job);
    if ("reason" in image) return image;
    return { x: augmentPicture(image, job.transform, job.recipe), image: job.isKept ? image : undefined };
  },
} as const;

async function readImage({ location, options }: ReadJob): Promise<ImageArray | BadPicture> {
  try {
    return prepareImage(await decodeImage(await readLocation(location), options), options);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return { reason: error.reason };
  }
}
