import { RandomStream } from "@convscope/kernels/philox";
import type { AugmentOn } from "../augment-on-gpu.ts";
import type { DirectoryIterator } from "../directory/directory-iterator.ts";
import type { FlowFromDirectoryOptions } from "../directory/flow-from-directory.ts";
import { ArrayIterator, type FlowOptions, type FlowPictures, sourceOf } from "../iterators/array-iterator.ts";
import { checkNames, type OptionNames } from "../option-names.ts";
import type { FillMode, ImageArray, NdArray, Transform } from "../types.ts";
import { checkOrder } from "./affine.ts";
import { applyTransform } from "./apply-transform.ts";
import { drawTransform, type ShiftRange, type TransformRanges } from "./draw-transform.ts";
import { type Draws, type DrawsOptions, Keras2Draws, StreamDraws } from "./draws.ts";
import { checkFillMode } from "./fill-mode.ts";
import { axesOf, layoutOf } from "./layout.ts";
import { Mt19937 } from "./mt19937.ts";
import { chooseSeed, fromStream, type RandomSource, randomSource } from "./random-source.ts";
import {
  type BrightnessMode,
  type Center,
  type DataFormat,
  type InterpolationOrder,
  picture,
  type Recipe,
} from "./recipe.ts";
import { standardize } from "./standardize.ts";
import { channelStatistics } from "./statistics.ts";
import { zcaMatrix } from "./zca.ts";

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

const optionNames: OptionNames<ImageDataGeneratorOptions> = {
  featurewiseCenter: true,
  samplewiseCenter: true,
  featurewiseStdNormalization: true,
  samplewiseStdNormalization: true,
  zcaWhitening: true,
  zcaEpsilon: true,
  rotationRange: true,
  widthShiftRange: true,
  heightShiftRange: true,
  brightnessRange: true,
  shearRange: true,
  zoomRange: true,
  channelShiftRange: true,
  fillMode: true,
  cval: true,
  horizontalFlip: true,
  verticalFlip: true,
  rescale: true,
  preprocessingFunction: true,
  dataFormat: true,
  validationSplit: true,
  interpolationOrder: true,
  dtype: true,
  compat: true,
  center: true,
  brightnessMode: true,
  shearUnit: true,
  warn: true,
};

/** Keras's arguments of `fit`. */
export interface GeneratorFitOptions {
  /** Whether the statistics are those of augmented pictures; default false. */
  readonly augment?: boolean;
  /** With `augment`: how often each picture is drawn; default 1. */
  readonly rounds?: number;
  /** With `augment`: an integer from 0; chosen by chance where not given. */
  readonly seed?: number;
}

const fitOptionNames: OptionNames<GeneratorFitOptions> = { augment: true, rounds: true, seed: true };

/** The options as they hold: with defaults, and after those that set others. */
export type ResolvedOptions = Readonly<
  Omit<Required<ImageDataGeneratorOptions>, keyof Unset | "zoomRange" | "dataFormat" | "dtype"> &
    Partial<Unset> & {
      zoomRange: readonly [low: number, high: number];
      dataFormat: DataFormat;
      dtype: "float32";
    }
>;

/** Options that may be absent still. */
interface Unset {
  brightnessRange: readonly [low: number, high: number];
  rescale: number;
  preprocessingFunction: (x: NdArray) => NdArray;
  compat: "keras2";
}

/**
 * Augmented batches of pictures, from arrays or from a directory: Keras's `ImageDataGenerator`. The README tells how the
 * default and `compat: "keras2"` differ.
 */
export class ImageDataGenerator {
  readonly options: ResolvedOptions;
  /** Mean and standard deviation of each channel, and the ZCA matrix: what `fit` found, or what is set. */
  mean: Float32Array | undefined;
  std: Float32Array | undefined;
  principalComponents: NdArray | undefined;

  readonly #ranges: TransformRanges;
  readonly #warned = new Set<string>();
  /** What is drawn from where no seed is given. */
  #random: RandomSource;

  /** @throws for options out of range, in Keras's words */
  constructor(options: ImageDataGeneratorOptions = {}) {
    this.options = resolve(options);
    const { heightShiftRange, widthShiftRange } = this.options;
    checkShift("heightShiftRange", heightShiftRange);
    checkShift("widthShiftRange", widthShiftRange);
    this.#ranges = this.options;
    this.#random = this.#randomFrom(chooseSeed());
  }

  /** What a worker thread needs to make pictures: `finish(augmentPicture(image, transform, recipe))`. `fit` changes it. */
  get recipe(): Recipe {
    const { dataFormat, fillMode, cval, interpolationOrder, center, brightnessMode } = this.options;
    const transform = { dataFormat, fillMode, cval, interpolationOrder, center, brightnessMode };
    // After a preprocessing function, the rest has to follow it in this thread.
    return this.options.preprocessingFunction ? transform : { ...transform, ...this.#standardization() };
  }

  /** What remains to be done in the main thread after `augmentPicture`: the preprocessing function and what follows it. */
  finish(x: NdArray): NdArray {
    return this.options.preprocessingFunction ? this.standardize(x) : x;
  }

  /** The order of the pictures and their transforms, for an iterator. */
  draws({ imageShape, seed = chooseSeed(), ...options }: DrawsOptions): Draws {
    this.#randomFrom(seed); // throws for a seed that is none
    const setup = { ...options, seed, ranges: this.#ranges, size: this.#sizeOf(imageShape) };
    return this.options.compat === "keras2" ? new Keras2Draws(setup) : new StreamDraws(setup);
  }

  /**
   * Measures a data set, for `featurewiseCenter`, `featurewiseStdNormalization` and `zcaWhitening`. Its pictures are rescaled
   * first, as they will be; the preprocessing function is not called.
   * @param x pictures, of rank 4
   */
  fit(x: NdArray, options: GeneratorFitOptions = {}): void {
    checkNames("ImageDataGenerator.fit", options, fitOptionNames);
    const { augment = false, rounds = 1, seed } = options;
    const { shape } = x;
    if (shape.length !== 4) {
      throw new Error(
        `[ImageDataGenerator] Input to \`.fit()\` should have rank 4. Got array with shape: (${shape.join(", ")})`,
      );
    }
    if (!Number.isInteger(rounds) || rounds < 1) {
      throw new Error(`[ImageDataGenerator] rounds is ${rounds}; a whole number from 1 was needed.`);
    }
    const { dataFormat, rescale, featurewiseCenter, featurewiseStdNormalization, zcaWhitening } =
      this.options;
    const axis = dataFormat === "channelsFirst" ? 1 : 3;
    const channels = shape[axis];
    if (![1, 3, 4].includes(channels)) {
      this.options.warn(
        "Expected input to be images (as Numpy array) following the data format convention " +
          `"${dataFormat}" (channels on axis ${axis}), i.e. expected either 1, 3 or 4 channels on axis ${axis}. ` +
          `However, it was passed an array with shape (${shape.join(", ")}) (${channels} channels).`,
      );
    }
    const rescaled = standardize(x, { rescale });
    const data = augment ? this.#augmented(rescaled, rounds, seed) : rescaled.data;
    const stride = dataFormat === "channelsFirst" ? shape[2] * shape[3] : 1;
    const { mean, std } = channelStatistics(data, channels, stride);
    if (featurewiseCenter) this.mean = mean;
    if (featurewiseStdNormalization) this.std = std;
    if (zcaWhitening) {
      for (let i = 0; i < data.length; i++) data[i] -= mean[Math.floor(i / stride) % channels];
      this.principalComponents = zcaMatrix(data, shape[1] * shape[2] * shape[3], this.options.zcaEpsilon);
    }
  }

  /**
   * Batches from arrays.
   * @param x pictures `[n, …]` in the generator's data format; or those and what else is handed over beside them
   * @param y their targets
   */
  flow(x: FlowPictures, y?: NdArray | null, options: FlowOptions = {}): ArrayIterator {
    const { validationSplit, dataFormat, warn } = this.options;
    const source = sourceOf(x, y ?? undefined, options, { validationSplit, dataFormat, warn });
    const { batchSize = 32, shuffle = true, seed } = options;
    const [samples, ...imageShape] = source.x.shape;
    const draws = this.draws({ samples, batchSize, shuffle, seed, imageShape });
    return new ArrayIterator(this, source, draws, options);
  }

  /** Batches from a directory with one sub-folder per class: `flowFromDirectory` with this generator. */
  async flowFromDirectory<On extends AugmentOn = "cpu">(
    directory: string,
    options: Omit<FlowFromDirectoryOptions<On>, "generator" | "rescale" | "validationSplit"> = {},
  ): Promise<DirectoryIterator<On>> {
    const { flowFromDirectory } = await import("#disk");
    return flowFromDirectory(directory, { ...options, generator: this });
  }

  /**
   * Draws a transform.
   * @param imageShape of a picture, in the generator's data format
   * @param seed begins the generator's own stream anew; without one it goes on
   */
  getRandomTransform(imageShape: readonly number[], seed?: number): Transform {
    if (seed !== undefined) this.#random = this.#randomFrom(seed);
    return drawTransform(this.#ranges, this.#sizeOf(imageShape), this.#random);
  }

  /**
   * Warp, channel shift, flips and brightness of one picture.
   * @param x bytes `[height, width, channels]`, or values in the generator's data format
   * @returns a new array, in the generator's data format
   */
  applyTransform(x: ImageArray | NdArray, transform: Transform): NdArray {
    return applyTransform(this.#valuesOf(x), transform, this.options);
  }

  /** `applyTransform` with a drawn transform. */
  randomTransform(x: ImageArray | NdArray, seed?: number): NdArray {
    const values = this.#valuesOf(x);
    return this.applyTransform(values, this.getRandomTransform(values.shape, seed));
  }

  /**
   * Preprocessing function, rescale, samplewise and featurewise statistics, ZCA: of a picture or a batch.
   * @returns a new array
   */
  standardize(x: NdArray): NdArray {
    const { preprocessingFunction } = this.options;
    return standardize(preprocessingFunction ? preprocessingFunction(x) : x, this.#standardization());
  }

  /** The steps of `standardize` for which there is what they need. */
  #standardization() {
    const { dataFormat, rescale, samplewiseCenter, samplewiseStdNormalization } = this.options;
    const { featurewiseCenter, featurewiseStdNormalization, zcaWhitening } = this.options;
    const fitted = <T>(name: string, isWanted: boolean, found: T | undefined): T | undefined => {
      if (isWanted && found === undefined) this.#warnOfNoFit(name);
      return isWanted ? found : undefined;
    };
    return {
      dataFormat,
      rescale,
      samplewiseCenter,
      samplewiseStdNormalization,
      mean: fitted("featurewiseCenter", featurewiseCenter, this.mean),
      std: fitted("featurewiseStdNormalization", featurewiseStdNormalization, this.std),
      zca: fitted("zcaWhitening", zcaWhitening, this.principalComponents),
    };
  }

  #warnOfNoFit(name: string): void {
    if (this.#warned.has(name)) return;
    this.#warned.add(name);
    this.options.warn(
      `This ImageDataGenerator specifies \`${name}\`, but it hasn't been fit on any training data. ` +
        "Fit it first by calling `.fit(numpy_data)`.",
    );
  }

  #augmented({ shape, data }: NdArray, rounds: number, seed = chooseSeed()): Float32Array {
    const [count, ...imageShape] = shape;
    const size = this.#sizeOf(imageShape);
    const values = data.length / count;
    const all = new Float32Array(rounds * data.length);
    const one = this.options.compat === "keras2" ? this.#randomFrom(seed) : undefined;
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < count; i++) {
        const random = one ?? fromStream(new RandomStream(seed, "augmentation", round, i));
        const x = { shape: imageShape, data: data.subarray(i * values, (i + 1) * values) };
        const transform = drawTransform(this.#ranges, size, random);
        all.set(this.applyTransform(x, transform).data, (round * count + i) * values);
      }
    }
    return all;
  }

  #randomFrom(seed: number): RandomSource {
    return this.options.compat === "keras2" ? new Mt19937(seed) : randomSource(seed);
  }

  #valuesOf(x: ImageArray | NdArray): NdArray {
    return x.data instanceof Uint8Array ? picture(x as ImageArray, this.options) : (x as NdArray);
  }

  #sizeOf(imageShape: readonly number[]): { height: number; width: number } {
    return layoutOf("ImageDataGenerator", imageShape, axesOf(this.options));
  }
}

function resolve(given: ImageDataGeneratorOptions): ResolvedOptions {
  checkNames("ImageDataGenerator", given, optionNames);
  const { compat, warn = console.warn } = given;
  if (compat !== undefined && compat !== "keras2") {
    throw new Error(
      `[ImageDataGenerator] compat is ${JSON.stringify(compat)}; "keras2", or nothing, was needed.`,
    );
  }
  const options = {
    zcaWhitening: given.zcaWhitening ?? false,
    zcaEpsilon: given.zcaEpsilon ?? 1e-6,
    rotationRange: given.rotationRange ?? 0,
    widthShiftRange: given.widthShiftRange ?? 0,
    heightShiftRange: given.heightShiftRange ?? 0,
    brightnessRange: given.brightnessRange ?? undefined,
    shearRange: given.shearRange ?? 0,
    zoomRange: zoomOf(given.zoomRange ?? 0),
    channelShiftRange: given.channelShiftRange ?? 0,
    fillMode: given.fillMode ?? "nearest",
    cval: given.cval ?? 0,
    horizontalFlip: given.horizontalFlip ?? false,
    verticalFlip: given.verticalFlip ?? false,
    rescale: given.rescale ?? undefined,
    preprocessingFunction: given.preprocessingFunction ?? undefined,
    dataFormat: given.dataFormat ?? "channelsLast",
    validationSplit: given.validationSplit ?? 0,
    interpolationOrder: given.interpolationOrder ?? 1,
    dtype: given.dtype ?? "float32",
    compat,
    center: given.center ?? compat ?? "fixed",
    brightnessMode: given.brightnessMode ?? compat ?? "fixed",
    shearUnit: given.shearUnit ?? "degrees",
    warn,
    ...statisticsOf(given, warn),
  } satisfies ResolvedOptions;
  checkOptions(options);
  return options;
}

/** Which statistics are subtracted and divided by: some options bring others with them. */
function statisticsOf(given: ImageDataGeneratorOptions, warn: (line: string) => void) {
  let { featurewiseCenter = false, featurewiseStdNormalization = false, samplewiseCenter = false } = given;
  const { zcaWhitening = false, samplewiseStdNormalization = false } = given;
  const overrides = (one: string, other: string) =>
    warn(`This ImageDataGenerator specifies \`${one}\`, which overrides setting of \`${other}\`.`);
  if (zcaWhitening) {
    if (!featurewiseCenter) overrides("zcaWhitening", "featurewiseCenter");
    featurewiseCenter = true;
    if (featurewiseStdNormalization) overrides("zcaWhitening", "featurewiseStdNormalization");
    featurewiseStdNormalization = false;
  }
  if (featurewiseStdNormalization && !featurewiseCenter) {
    overrides("featurewiseStdNormalization", "featurewiseCenter");
    featurewiseCenter = true;
  }
  if (samplewiseStdNormalization && !samplewiseCenter) {
    overrides("samplewiseStdNormalization", "samplewiseCenter");
    samplewiseCenter = true;
  }
  return { featurewiseCenter, featurewiseStdNormalization, samplewiseCenter, samplewiseStdNormalization };
}

const shown = (value: unknown): string => (typeof value === "number" ? String(value) : JSON.stringify(value));
const isPair = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every(Number.isFinite);

function zoomOf(range: number | readonly number[]): readonly [number, number] {
  if (typeof range === "number") return [1 - range, 1 + range];
  if (isPair(range)) return [range[0], range[1]];
  throw new Error(
    `[ImageDataGenerator] \`zoomRange\` should be a float or a tuple or list of two floats. Received: ${shown(range)}`,
  );
}

/** @throws in Keras's words, where it has some */
function checkOptions(options: ResolvedOptions): void {
  const fail = (message: string): never => {
    throw new Error(`[ImageDataGenerator] ${message}`);
  };
  const { dataFormat, validationSplit, brightnessRange, dtype, rescale, shearUnit } = options;
  if (dataFormat !== "channelsLast" && dataFormat !== "channelsFirst") {
    fail(
      '`dataFormat` should be `"channelsLast"` (channel after row and column) or `"channelsFirst"` ' +
        `(channel before row and column). Received: ${shown(dataFormat)}`,
    );
  }
  if (validationSplit !== 0 && !(validationSplit > 0 && validationSplit < 1)) {
    fail(`\`validationSplit\` must be strictly between 0 and 1. Received: ${shown(validationSplit)}`);
  }
  if (brightnessRange !== undefined && !isPair(brightnessRange)) {
    fail(`\`brightnessRange\` should be tuple or list of two floats. Received: ${shown(brightnessRange)}`);
  }
  if (dtype !== "float32") fail(`dtype is ${shown(dtype)}; batches are "float32", and nothing else.`);
  if (!["degrees", "radians"].includes(shearUnit)) {
    fail(`shearUnit is ${shown(shearUnit)}; "degrees" or "radians" was needed.`);
  }
  for (const name of ["center", "brightnessMode"] as const) {
    if (!["fixed", "keras2"].includes(options[name])) {
      fail(`${name} is ${shown(options[name])}; "fixed" or "keras2" was needed.`);
    }
  }
  const { rotationRange, shearRange, channelShiftRange, cval, zcaEpsilon, zoomRange } = options;
  const [zoomLow, zoomHigh] = zoomRange;
  const numbers = { rotationRange, shearRange, channelShiftRange, cval, zcaEpsilon, zoomLow, zoomHigh };
  for (const [name, value] of Object.entries({ ...numbers, ...(rescale === undefined ? {} : { rescale }) })) {
    if (!Number.isFinite(value)) fail(`${name} is ${shown(value)}; a finite number was needed.`);
  }
  checkFillMode("ImageDataGenerator", options.fillMode);
  checkOrder("ImageDataGenerator", options.interpolationOrder);
}

function checkShift(name: string, range: ShiftRange): void {
  const isPixels = typeof range === "object" && range !== null && "pixels" in range;
  const values: unknown = isPixels ? [range.pixels] : typeof range === "number" ? [range] : range;
  if (Array.isArray(values) && values.every(Number.isFinite)) return;
  throw new Error(
    `[ImageDataGenerator] ${name} is ${shown(range)}; a fraction of the axis, a number of pixels, { pixels } or a list of numbers was needed.`,
  );
}
