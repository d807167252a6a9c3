import { keyFromSeed } from "@convscope/kernels/philox";
import { ImageDataGenerator } from "../augment/image-data-generator.ts";
import { type AugmentOn, checkGpuRecipe } from "../augment-on-gpu.ts";
import { CHANNELS } from "../image/color-mode.ts";
import { checkImageOptions, type ImageOptions } from "../image/prepare-image.ts";
import { checkWorkers, createJobRunner, defaultWorkerCount, type JobRunner } from "../workers/job-runner.ts";
import type { StartThread } from "../workers/thread.ts";
import { checkOnBadPicture, soundSamples } from "./bad-pictures.ts";
import { type ClassMode, checkClassMode } from "./class-mode.ts";
import { DirectoryIterator, type SavePicture } from "./directory-iterator.ts";
import type { FlowFromPicturesOptions } from "./flow-options.ts";
import { listSamples } from "./list-samples.ts";
import type { PictureFiles } from "./picture-files.ts";
import { PictureSource } from "./picture-source.ts";

/** What differs between a directory on disk and files in a browser. */
export interface FlowPlace {
  /** The function that messages name. */
  readonly where: string;
  /** Called once the options are known to be good. */
  files(): PictureFiles | Promise<PictureFiles>;
  readonly startThread?: StartThread;
  /** Makes what puts finished pictures somewhere, once there is something to save. */
  saver?(runner: JobRunner): Promise<SavePicture | undefined>;
}

/** Reads a data set, wherever it lies. */
export async function openFlow<On extends AugmentOn>(
  { where, files: open, startThread, saver }: FlowPlace,
  options: FlowFromPicturesOptions<On>,
): Promise<DirectoryIterator<On>> {
  const {
    targetSize = [256, 256],
    colorMode = "rgb",
    interpolation = "nearest",
    decoder = "exact",
    classMode = "categorical",
    batchSize = 32,
    shuffle = true,
    seed,
    subset,
    workers = defaultWorkerCount(),
    prefetch = 3,
    cacheBytes = 512 * 2 ** 20,
    onBadPicture = "throw",
    startAt = { pass: 0, index: 0 },
    log = console.log,
    signal,
  } = options;
  const imageOptions: ImageOptions = { targetSize, colorMode, interpolation, decoder };
  checkColorMode(where, colorMode);
  checkImageOptions(where, imageOptions);
  checkClassMode(where, classMode);
  checkWhole(where, "batchSize", batchSize, 1);
  checkWhole(where, "prefetch", prefetch, 0);
  checkWhole(where, "cacheBytes", cacheBytes, 0);
  checkWorkers(where, workers);
  checkOnBadPicture(where, onBadPicture);
  checkClasses(where, options.classes);
  checkSubset(where, subset);
  if (seed !== undefined) keyFromSeed(seed); // throws for a seed that is none
  const generator = generatorOf(where, options);
  const augmentOn = options.augmentOn ?? ("cpu" as On);
  checkAugmentOn(where, augmentOn, generator, classMode);

  const { validationSplit = 0, dataFormat } = generator.options;
  const files = await open();
  const listed = await listSamples(where, files, { classNames: options.classes, subset, validationSplit });
  const classNames = Object.keys(listed.classIndices);
  checkClassMode(where, classMode, classNames);
  log(`Found ${listed.filenames.length} images belonging to ${classNames.length} classes.`);

  const channels = CHANNELS[colorMode];
  const [height, width] = targetSize;
  const runner = createJobRunner(workers, startThread);
  try {
    const source = new PictureSource({
      where,
      files,
      imageOptions,
      imageBytes: height * width * channels,
      runner,
      cacheBytes,
    });
    const together = 2 * Math.max(workers, 1);
    const samples =
      onBadPicture === "throw"
        ? listed
        : await soundSamples(listed, onBadPicture, { where, files, source, together, log, signal });
    const imageShape: [number, number, number] =
      dataFormat === "channelsFirst" ? [channels, height, width] : [height, width, channels];
    return new DirectoryIterator({
      directory: files.name,
      samples,
      filepaths: samples.filenames.map((name) => files.filepath(name)),
      source,
      generator,
      draws: generator.draws({
        samples: samples.filenames.length,
        batchSize,
        shuffle,
        seed,
        imageShape,
      }),
      augmentOn,
      imageShape,
      classMode,
      batchSize,
      shuffle,
      prefetch,
      startAt,
      save: await saver?.(runner),
    });
  } catch (error) {
    await runner.close();
    throw error;
  }
}

/** The generator given; or one that does no more than these options say. */
export function generatorOf(
  where: string,
  {
    generator,
    rescale,
    validationSplit,
  }: Pick<FlowFromPicturesOptions, "generator" | "rescale" | "validationSplit">,
): ImageDataGenerator {
  if (generator === undefined) {
    if (rescale !== undefined && !Number.isFinite(rescale)) {
      throw new Error(`[${where}] rescale is ${rescale}; a finite number was needed, such as 1 / 255.`);
    }
    return new ImageDataGenerator({ rescale, validationSplit });
  }
  const twice = rescale !== undefined ? "rescale" : validationSplit !== undefined ? "validationSplit" : null;
  if (twice === null) return generator;
  throw new Error(`[${where}] there is a generator and ${twice} beside it: give the generator ${twice}.`);
}

function checkAugmentOn(
  where: string,
  augmentOn: AugmentOn,
  { recipe, options: { preprocessingFunction } }: ImageDataGenerator,
  classMode: ClassMode,
): void {
  if (augmentOn === "cpu") return;
  if (augmentOn !== "gpu") {
    throw new Error(`[${where}] augmentOn is ${JSON.stringify(augmentOn)}; expected one of: "cpu", "gpu".`);
  }
  checkGpuRecipe({ ...recipe, preprocessingFunction });
  if (classMode === "input") {
    throw new Error(`[${where}] classMode "input" needs the pictures here: use augmentOn: "cpu".`);
  }
}

function checkWhole(where: string, name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new Error(`[${where}] ${name} is ${value}; a whole number from ${least} was needed.`);
  }
}

/** In the words of Keras's iterators; its `load_img` has others. */
function checkColorMode(where: string, colorMode: string): void {
  if (Object.hasOwn(CHANNELS, colorMode)) return;
  throw new Error(
    `[${where}] Invalid color mode: ${JSON.stringify(colorMode)}; expected "rgb", "rgba", or "grayscale".`,
  );
}

/** In Keras's words. */
function checkSubset(where: string, subset: unknown): void {
  if (subset === undefined || subset === "training" || subset === "validation") return;
  throw new Error(`[${where}] Invalid subset name: ${subset}; expected "training" or "validation".`);
}

function checkClasses(where: string, classes: readonly string[] | undefined): void {
  if (classes === undefined) return;
  const isList =
    Array.isArray(classes) && classes.length > 0 && classes.every((name) => typeof name === "string");
  if (!isList || new Set(classes).size < classes.length) {
    throw new Error(
      `[${where}] classes is ${JSON.stringify(classes)}; a list of different folder names was needed, ` +
        'such as ["cats", "dogs"].',
    );
  }
}
