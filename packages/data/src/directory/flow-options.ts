import type { ImageDataGenerator } from "../augment/image-data-generator.ts";
import type { AugmentOn } from "../augment-on-gpu.ts";
import { type ImageOptions, imageOptionNames } from "../image/prepare-image.ts";
import type { OptionNames } from "../option-names.ts";
import type { OnBadPicture } from "./bad-pictures.ts";
import type { ClassMode } from "./class-mode.ts";
import type { IteratorState } from "./directory-iterator.ts";
import type { Subset } from "./list-samples.ts";

/** Options of every flow from files: Keras's, then our own. */
export interface FlowFromPicturesOptions<On extends AugmentOn = "cpu"> extends ImageOptions {
  /** `[height, width]`; default `[256, 256]`. */
  readonly targetSize?: readonly [height: number, width: number];
  /** Which sub-folders, in which order; default all, by code point. */
  readonly classes?: readonly string[];
  /** Default `"categorical"`. */
  readonly classMode?: ClassMode;
  /** Pictures of a batch; default 32. */
  readonly batchSize?: number;
  /** A new order in every pass; default true. */
  readonly shuffle?: boolean;
  /** Of the order and the augmentation: an integer from 0. Chosen once, by chance, where not given. */
  readonly seed?: number;
  /** With a `validationSplit`: its part of each class's pictures, or the rest. Default: all. */
  readonly subset?: Subset;
  /** What augments and standardizes the pictures; default: nothing does. */
  readonly generator?: ImageDataGenerator;
  /**
   * Where the pictures are augmented: `"cpu"`, the default, by the workers; `"gpu"`: they are decoded here, and a batch's `x`
   * is made on the model's device, within its step (see `augmentOnGpu`).
   */
  readonly augmentOn?: On;
  /** Without a generator: multiplies the values 0 … 255, in float32; default none. */
  readonly rescale?: number;
  /** Without a generator: the share of each class's pictures that `subset: "validation"` takes, those that come first. */
  readonly validationSplit?: number;
  /** Threads that decode and augment; default one less than the cores; 0 does both in this thread. */
  readonly workers?: number;
  /** Batches that are made ahead; default 3. At most `prefetch + 1` batches of jobs are queued. */
  readonly prefetch?: number;
  /** Memory for decoded and resized pictures, which then need not be decoded again; default 512 MiB; 0 keeps none. */
  readonly cacheBytes?: number;
  /**
   * A picture that cannot be read: `"throw"`, the default, when it is met; `"check"`: all are read before the first batch,
   * and one error names those that are bad; `"skip"`: the same, but they are left out, and `log` is told.
   */
  readonly onBadPicture?: OnBadPicture;
  /** Where to begin: a `state()` of an earlier iterator with the same options; default the first batch of the first pass. */
  readonly startAt?: IteratorState;
  /** Where the line `Found 2000 images belonging to 2 classes.` goes; default `console.log`. */
  readonly log?: (line: string) => void;
  /** Aborted, it ends the checking of `onBadPicture`: its reason is thrown. */
  readonly signal?: AbortSignal;
}

export const flowOptionNames: OptionNames<FlowFromPicturesOptions<AugmentOn>> = {
  ...imageOptionNames,
  classes: true,
  classMode: true,
  batchSize: true,
  shuffle: true,
  seed: true,
  subset: true,
  generator: true,
  augmentOn: true,
  rescale: true,
  validationSplit: true,
  workers: true,
  prefetch: true,
  cacheBytes: true,
  onBadPicture: true,
  startAt: true,
  log: true,
  signal: true,
};
