import type { DataFormat } from "../augment/recipe.ts";
import { arrayToImg } from "../image/image-array.ts";
import { saveImg } from "../save-img.ts";
import type { NdArray } from "../types.ts";

/** A finished picture, to be looked at. */
export interface SavePictureJob {
  readonly path: string;
  /** One picture, of any range. */
  readonly picture: NdArray;
  readonly dataFormat: DataFormat;
}

/** Writes a picture stretched to 0 … 255, as Keras's `save_to_dir` does; the file appears whole or not at all. */
export const savePicture = ({ path, picture, dataFormat }: SavePictureJob): Promise<void> =>
  saveImg(path, arrayToImg(picture, { dataFormat }));
