import type { DirectoryIterator } from "../directory/directory-iterator.ts";
import type { FlowFromDirectoryOptions } from "../directory/flow-from-directory.ts";
import type { ArrayIterator, FlowOptions, FlowPictures } from "../iterators/array-iterator.ts";
import type { FillMode, ImageArray, NdArray, Transform } from "../types.ts";
import type { ShiftRange } from "./draw-transform.ts";
import type { Draws, DrawsOptions } from "./draws.ts";
import type { BrightnessMode, Center, DataFormat, InterpolationOrder, Recipe } from "./recipe.ts";

/** Keras's arguments of `ImageDataGenerator`, then our own. All default to no change. */
export interface ImageDataGeneratorOptions {
  /** Subtracts each channel's mean over the data set: see `fit`. */
  readonly featurewiseCenter?: boolean;
  /** Subtracts the mean of all values of the picture. */
  readonly samplewiseCenter?: boolean;
  /** Divides by each channel's standard deviation over the data set (+ 1e-6): see `fit`. Sets `featurewiseCenter`. */
  readonly featurewiseStdNormalization?: boolean;
  /** Divides by the standard deviation of all values of the picture (+ 1e-6). Sets `samplewiseCenter`. */
  readonly samplewiseStdNormalization?: boolean;
  /** ZCA whitening: see `fit`. Sets `featurewiseCenter` and clears `featurewiseStdNormalization`. */
  readonly zcaWhitening?: boolean;
  /** Added to the variances that ZCA divides by; default 1e-6. */
  readonly zcaEpsilon?: number;
  /** Turns by up to so many degrees, to either side. */
  readonly rotationRange?: number;
  /** Shifts along the columns. */
  readonly widthShiftRange?: ShiftRange;
  /** Shifts along the rows. */
  readonly heightShiftRange?: ShiftRange;
  /** `[a, b]`: multiplies by a factor between. */
  readonly brightnessRange?: readonly [low: number, high: number] | null;
  /** Shears by an angle of up to so many degrees (`shearUnit`), to either side. */
  readonly shearRange?: number;
  /** Zooms rows and columns, each by its own factor: z is [1 − z, 1 + z]. Above 1 the picture becomes smaller. */
  readonly zoomRange?: number | readonly [low: number, high: number];
  /** Adds a number of up to so much to all channels, clipped to the picture's own smallest and largest value. */
  readonly channelShiftRange?: number;
  /** What stands outside the picture; default `"nearest"`. */
  readonly fillMode?: FillMode;
  /** The value outside, for `fillMode: "constant"`; default 0. */
  readonly cval?: number;
  /** Mirrors left and right, in half of the cases. */
  readonly horizontalFlip?: boolean;
  /** Mirrors top and bottom, in half of the cases. */
  readonly verticalFlip?: boolean;
  /** Multiplies the values; none or 0 leaves them. */
  readonly rescale?: number | null;
  /** Changes a picture after its augmentation and before `rescale`; keeps its shape. Runs in the main thread. */
  readonly preprocessingFunction?: ((x: NdArray) => NdArray) | null;
  /** Default `"channelsLast"`. */
  readonly dataFormat?: DataFormat | null;
  /** The share of pictures that `subset: "validation"` takes: above 0 and below 1; 0 takes none. */
  readonly validationSplit?: number;
  /** Default 1, bilinear. */
  readonly interpolationOrder?: InterpolationOrder;
  /** Of the batches: float32, the default, is the only one. */
  readonly dtype?: "float32" | null;

  /** `"keras2"`: Keras 2's results: sets `center` and `brightnessMode` to `"keras2"` and draws from NumPy's generator. */
  readonly compat?: "keras2";
  /** Default `"fixed"`. */
  readonly center?: Center;
  /** Default `"fixed"`. */
  readonly brightnessMode?: BrightnessMode;
  /** The unit of `shearRange`: degrees, the default, as from Keras 2.1.3 on, or radians, as before. */
  readonly shearUnit?: "degrees" | "radians";
  /** Where warnings go; default `console.warn`. */
  readonly warn?: (line: string) => void;
}

/** Keras's arguments of `fit`. */
export interface GeneratorFitOptions {
  /** Whether the statistics are those of augmented pictures; default false. */
  readonly augment?: boolean;
  /** With `augment`: how often each picture is drawn; default 1. */
  readonly rounds?: number;
  /** With `augment`: an integer from 0; chosen by chance where not given. */
  readonly seed?: number;
}

/** Augmented batches of pictures, from arrays or from a directory: Keras's `ImageDataGenerator`. */
export class ImageDataGenerator {
  /** The options as they hold, after those that set others. */
  readonly options: ImageDataGeneratorOptions;

  /** @throws for options out of range, in Keras's words */
  constructor(options: ImageDataGeneratorOptions = {}) {
    this.options = options;
  }

  /** What a worker thread needs to make pictures: `finish(augmentPicture(image, transform, recipe))`. With `fit`, it changes. */
  get recipe(): Recipe {
    throw new Error("[ImageDataGenerator] is being written.");
  }

  /** What remains to be done in the main thread after `augmentPicture`: the preprocessing function and what follows it. */
  finish(x: NdArray): NdArray {
    return x;
  }

  /** The order of the pictures and their transforms, for an iterator. */
  draws(options: DrawsOptions): Draws {
    throw new Error(`[ImageDataGenerator] is being written: ${options}`);
  }

  /** Measures the data set, for `featurewiseCenter`, `featurewiseStdNormalization` and `zcaWhitening`. */
  fit(x: NdArray, options: GeneratorFitOptions = {}): void {
    throw new Error(`[ImageDataGenerator] is being written: ${x} ${options}`);
  }

  /** Batches from arrays. */
  flow(x: FlowPictures, y?: NdArray | null, options: FlowOptions = {}): ArrayIterator {
    throw new Error(`[ImageDataGenerator] is being written: ${x} ${y} ${options}`);
  }

  /** Batches from a directory with one sub-folder per class. */
  flowFromDirectory(directory: string, options: FlowFromDirectoryOptions = {}): Promise<DirectoryIterator> {
    throw new Error(`[ImageDataGenerator] is being written: ${directory} ${options}`);
  }

  /** Draws a transform for a picture of a shape in the generator's data format. */
  getRandomTransform(imageShape: readonly number[], seed?: number): Transform {
    throw new Error(`[ImageDataGenerator] is being written: ${imageShape} ${seed}`);
  }

  /** Warp, channel shift, flips and brightness of one picture. */
  applyTransform(x: ImageArray | NdArray, transform: Transform): NdArray {
    throw new Error(`[ImageDataGenerator] is being written: ${x} ${transform}`);
  }

  /** `applyTransform` with a drawn transform. */
  randomTransform(x: ImageArray | NdArray, seed?: number): NdArray {
    return this.applyTransform(x, this.getRandomTransform(x.shape, seed));
  }

  /** Preprocessing function, rescale, samplewise and featurewise statistics, ZCA: of a picture or a batch. */
  standardize(x: NdArray): NdArray {
    throw new Error(`[ImageDataGenerator] is being written: ${x}`);
  }
}
