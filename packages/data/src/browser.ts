// What a browser gets: all but what needs a file system.

export {
  type AffineOptions,
  type AffineParameters,
  affineMatrix,
  affineTransform,
  applyAffineTransform,
  type Matrix3,
  transformMatrixOffsetCenter,
  type WarpOptions,
} from "./augment/affine.ts";
export { applyTransform, type TransformOptions } from "./augment/apply-transform.ts";
export { applyBrightnessShift, type BrightnessOptions } from "./augment/brightness.ts";
export { applyChannelShift } from "./augment/channel-shift.ts";
export type { ShiftRange } from "./augment/draw-transform.ts";
export type { Draws, DrawsOptions } from "./augment/draws.ts";
export { flipAxis } from "./augment/flip.ts";
export {
  type GeneratorFitOptions,
  ImageDataGenerator,
  type ImageDataGeneratorOptions,
} from "./augment/image-data-generator.ts";
export { Mt19937 } from "./augment/mt19937.ts";
export { type RandomSource, randomSource } from "./augment/random-source.ts";
export {
  type RandomOptions,
  type RandomWarpOptions,
  randomBrightness,
  randomChannelShift,
  randomRotation,
  randomShear,
  randomShift,
  randomZoom,
} from "./augment/random-transforms.ts";
export {
  augmentPicture,
  type BrightnessMode,
  type Center,
  type DataFormat,
  type InterpolationOrder,
  type Recipe,
} from "./augment/recipe.ts";
export { type StandardizeOptions, standardize } from "./augment/standardize.ts";
export {
  type AugmentOn,
  augmentOnGpu,
  checkGpuRecipe,
  type GpuRecipe,
  plannedOnGpu,
} from "./augment-on-gpu.ts";
export type { OnBadPicture } from "./directory/bad-pictures.ts";
export type { ClassMode } from "./directory/class-mode.ts";
export {
  type DirectoryBatch,
  DirectoryIterator,
  type IteratorState,
  type PictureRecord,
} from "./directory/directory-iterator.ts";
export { type FlowFromFilesOptions, flowFromFiles } from "./directory/flow-from-files.ts";
export type { FlowFromPicturesOptions } from "./directory/flow-options.ts";
export type { DirectoryHandle, HeldFile, PickedFiles } from "./directory/held-files.ts";
export type { Subset } from "./directory/list-samples.ts";
export { drawPet, type SizeRange } from "./drawn-pets/draw-pet.ts";
export type { Species } from "./drawn-pets/pet.ts";
export { convertColorMode } from "./image/color-mode.ts";
export { decodeImage } from "./image/decode-image.ts";
export { JPEG_DECODERS, type JpegDecoder } from "./image/decode-jpeg.ts";
export { locateJpegDecoder } from "./image/decode-jpeg-exact.ts";
export { type ArrayToImgOptions, arrayToImg, imgToArray } from "./image/image-array.ts";
export { ImageError } from "./image/image-error.ts";
export { MAX_PIXELS } from "./image/image-size.ts";
export type { ImageOptions } from "./image/prepare-image.ts";
export { INTERPOLATIONS, resizeImage } from "./image/resize-image.ts";
export { nearestIndices, resizeNearest } from "./image/resize-nearest.ts";
export {
  type ArrayBatch,
  ArrayIterator,
  type ArrayRecord,
  type FlowOptions,
  type FlowPictures,
} from "./iterators/array-iterator.ts";
export type { Batch, ColorMode, FillMode, ImageArray, Interpolation, NdArray, Transform } from "./types.ts";
