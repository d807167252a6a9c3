import { readLocation } from "#read-location";
import { decodeImage } from "../image/decode-image.ts";
import { ImageError } from "../image/image-error.ts";
import { type ImageOptions, prepareImage } from "../image/prepare-image.ts";
import type { ImageArray } from "../types.ts";

/** Where a picture's bytes are: a path on disk, or what a browser holds. Can be sent to a worker. */
export type PictureLocation = string | Blob | Uint8Array;

/** A picture, or why it is none: a phrase that follows its name. */
export type ReadPicture = { readonly image: ImageArray } | { readonly reason: string };

/** What a worker does with pictures; needs nothing of Node. */
export const jobs = {
  readImage: async ({
    location,
    options,
  }: {
    location: PictureLocation;
    options: ImageOptions;
  }): Promise<ReadPicture> => {
    try {
      return { image: prepareImage(await decodeImage(await readLocation(location)), options) };
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      return { reason: error.reason };
    }
  },
} as const;
