import { join } from "node:path";
import { keyFromSeed } from "@convscope/kernels/philox";
import { CHANNELS } from "../image/color-mode.ts";
import { checkImageOptions, type ImageOptions } from "../image/prepare-image.ts";
import { checkWorkers, createJobRunner, defaultWorkerCount } from "../workers/worker-pool.ts";
import { type ClassMode, checkClassMode } from "./class-mode.ts";
import { DirectoryIterator } from "./directory-iterator.ts";
import { listSamples } from "./list-samples.ts";
import { PictureSource } from "./picture-source.ts";

/** Keras's arguments of `flow_from_directory`, then our own. */
export interface FlowFromDirectoryOptions extends ImageOptions {
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
  /** Of the order: an integer from 0. Chosen once, by chance, where not given. */
  readonly seed?: number;
  /** Whether links to folders inside a class are entered; default false. */
  readonly followLinks?: boolean;
  /** Multiplies the values 0 … 255, in float32; default none. */
  readonly rescale?: number;
  /** Threads that decode; default one less than the cores; 0 decodes in this thread. */
  readonly workers?: number;
  /** Batches that are made ahead; default 3. At most `prefetch + 1` batches of jobs are queued. */
  readonly prefetch?: number;
  /** Memory for decoded and resized pictures, which then need not be decoded again; default 512 MiB; 0 keeps none. */
  readonly cacheBytes?: number;
  /** Where the line `Found 2000 images belonging to 2 classes.` goes; default `console.log`. */
  readonly log?: (line: string) => void;
}

/**
 * Reads a data set from a directory with one sub-folder per class: Keras's `flow_from_directory`.
 * @param directory with a sub-folder for each class; pictures in their sub-folders count for the class
 * @returns batches without end, `x` float32 `[n, height, width, channels]`, `y` as the class mode says
 * @throws for a missing or empty directory or class, an option out of range, and `binary` with other than 2 classes
 */
export async function flowFromDirectory(
  directory: string,
  options: FlowFromDirectoryOptions = {},
): Promise<DirectoryIterator> {
  const {
    targetSize = [256, 256],
    colorMode = "rgb",
    interpolation = "nearest",
    decoder = "exact",
    classMode = "categorical",
    batchSize = 32,
    shuffle = true,
    seed = chooseSeed(),
    followLinks = false,
    rescale,
    workers = defaultWorkerCount(),
    prefetch = 3,
    cacheBytes = 512 * 2 ** 20,
    log = console.log,
  } = options;
  const imageOptions = { targetSize, colorMode, interpolation, decoder };
  checkImageOptions("flowFromDirectory", imageOptions);
  checkClassMode(classMode);
  checkWhole("batchSize", batchSize, 1);
  checkWhole("prefetch", prefetch, 0);
  checkWhole("cacheBytes", cacheBytes, 0);
  checkWorkers("flowFromDirectory", workers);
  checkClasses(options.classes);
  keyFromSeed(seed); // throws for a seed that is none
  if (rescale !== undefined && !Number.isFinite(rescale)) {
    throw new Error(
      `[flowFromDirectory] rescale is ${rescale}; a finite number was needed, such as 1 / 255.`,
    );
  }

  const samples = await listSamples(directory, { classNames: options.classes, followLinks });
  const classNames = Object.keys(samples.classIndices);
  checkClassMode(classMode, classNames);
  log(`Found ${samples.filenames.length} images belonging to ${classNames.length} classes.`);

  const filepaths = samples.filenames.map((name) => join(directory, name));
  const runner = createJobRunner(workers);
  return new DirectoryIterator({
    directory,
    samples,
    filepaths,
    source: new PictureSource(filepaths, imageOptions, runner, cacheBytes),
    imageShape: [...targetSize, CHANNELS[colorMode]],
    classMode,
    batchSize,
    shuffle,
    seed,
    rescale,
    prefetch,
  });
}

/** By chance, once, and then exposed as the iterator's `seed`, so that the run can be repeated. */
const chooseSeed = (): number => crypto.getRandomValues(new Uint32Array(1))[0];

function checkWhole(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new Error(`[flowFromDirectory] ${name} is ${value}; a whole number from ${least} was needed.`);
  }
}

function checkClasses(classes: readonly string[] | undefined): void {
  if (classes === undefined) return;
  const isList =
    Array.isArray(classes) && classes.length > 0 && classes.every((name) => typeof name === "string");
  if (!isList || new Set(classes).size < classes.length) {
    throw new Error(
      `[flowFromDirectory] classes is ${JSON.stringify(classes)}; a list of different folder names was needed, ` +
        'such as ["cats", "dogs"].',
    );
  }
}
