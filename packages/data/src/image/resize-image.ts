import type { ImageArray, Interpolation } from "../types.ts";
import { resample } from "./resample.ts";
import { RESIZE_FILTERS } from "./resize-filters.ts";
import { resizeNearest } from "./resize-nearest.ts";

/** The names that Keras knows, in its order. */
export const INTERPOLATIONS: readonly Interpolation[] = [
  "nearest",
  "bilinear",
  "bicubic",
  "hamming",
  "box",
  "lanczos",
];

/** Resizes a picture to `[height, width]`, exactly as Pillow does with the filter of this name. */
export function resizeImage(
  image: ImageArray,
  size: readonly [height: number, width: number],
  interpolation: Interpolation = "nearest",
): ImageArray {
  return interpolation === "nearest"
    ? resizeNearest(image, size)
    : resample(image, size, RESIZE_FILTERS[interpolation]);
}
