import type { Draws } from "../augment/draws.ts";
import type { ImageDataGenerator } from "../augment/image-data-generator.ts";
import { augmentPicture, type DataFormat } from "../augment/recipe.ts";
import type { IteratorState } from "../directory/directory-iterator.ts";
import { arrayToImg } from "../image/image-array.ts";
import { checkNames, type OptionNames } from "../option-names.ts";
import type { Batch, NdArray, Transform } from "../types.ts";

/** Pictures `[n, height, width, channels]`; or those, and what else belongs to each of them and is handed over as it is. */
export type FlowPictures = NdArray | readonly [pictures: NdArray, others: NdArray | readonly NdArray[]];

/** Keras's arguments of `flow`. */
export interface FlowOptions {
  /** Pictures of a batch; default 32. */
  readonly batchSize?: number;
  /** A new order in every pass; default true. */
  readonly shuffle?: boolean;
  /** A weight for each picture. */
  readonly sampleWeight?: NdArray;
  /** Of order and transforms: an integer from 0. Chosen once, by chance, where not given. */
  readonly seed?: number;
  /** A folder in which every finished picture is put, to look at. */
  readonly saveToDir?: string;
  /** How their names begin; default `""`. */
  readonly savePrefix?: string;
  /** Default `"png"`. */
  readonly saveFormat?: "png" | "jpeg" | "jpg";
  /** With the generator's `validationSplit`: its part of the pictures, those that come first, or the rest. */
  readonly subset?: "training" | "validation";
}

const flowOptionNames: OptionNames<FlowOptions> = {
  batchSize: true,
  shuffle: true,
  sampleWeight: true,
  seed: true,
  saveToDir: true,
  savePrefix: true,
  saveFormat: true,
  subset: true,
};

/** How one picture of a batch was made, as plain data: `generator.applyTransform` makes it again. */
export interface ArrayRecord {
  /** Absent where nothing was drawn. */
  readonly transform?: Transform;
  readonly pass: number;
  /** Its position in the arrays, those of the subset. */
  readonly sampleIndex: number;
}

/** A batch of `flow`. */
export interface ArrayBatch extends Batch {
  readonly records: readonly ArrayRecord[];
  /** Of the other arrays that were given with the pictures. */
  readonly others?: readonly NdArray[];
  readonly sampleWeight?: NdArray;
}

/** The arrays that a flow takes its batches from: those of its subset. */
export interface ArraySource {
  readonly x: NdArray;
  readonly others: readonly NdArray[];
  readonly y?: NdArray;
  readonly sampleWeight?: NdArray;
}

/** The files of `saveToDir` have numbers below this in their names: Keras's for arrays. */
const FILE_NUMBERS = 1e4;

/**
 * Checks what `flow` was given, and takes its subset.
 * @throws in Keras's words
 */
export function sourceOf(
  given: FlowPictures,
  y: NdArray | undefined,
  options: FlowOptions,
  generator: { validationSplit: number; dataFormat: DataFormat; warn: (line: string) => void },
): ArraySource {
  checkNames("flow", options, flowOptionNames);
  if (y !== undefined && !("shape" in y)) {
    fail("y has no shape: the targets come second, or null, and the options third.");
  }
  const { batchSize = 32, sampleWeight, subset } = options;
  const [x, others] = "shape" in given ? [given, []] : [given[0], [given[1]].flat()];
  const count = x.shape[0];
  for (const other of others) {
    if (other.shape[0] === count) continue;
    fail(
      "All of the arrays in `x` should have the same length. " +
        `Found a pair with: len(x[0]) = ${count}, len(x[?]) = ${other.shape[0]}`,
    );
  }
  for (const [name, array] of Object.entries({ "`y` (labels)": y, "`sampleWeight`": sampleWeight })) {
    if (array === undefined || array.shape[0] === count) continue;
    fail(
      `\`x\` (images tensor) and ${name} should have the same length. ` +
        `Found: x.shape = ${shown(x)}, ${name === "`sampleWeight`" ? "sampleWeight" : "y"}.shape = ${shown(array)}`,
    );
  }
  if (x.shape.length !== 4) {
    fail(
      `Input data in \`NumpyArrayIterator\` should have rank 4. You passed an array with shape ${shown(x)}`,
    );
  }
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    fail(`batchSize is ${batchSize}; a whole number from 1 was needed.`);
  }
  if (count === 0) fail(`there are no pictures: x.shape = ${shown(x)}.`);
  const { saveFormat = "png" } = options;
  if (!["png", "jpeg", "jpg"].includes(saveFormat)) {
    fail(`saveFormat is ${JSON.stringify(saveFormat)}; expected one of: "png", "jpeg", "jpg".`);
  }
  warnOfChannels(x, generator);

  const all = { x, others, y, sampleWeight };
  return subset === undefined ? all : subsetOf(all, subset, generator.validationSplit);
}

function warnOfChannels(
  x: NdArray,
  { dataFormat, warn }: { dataFormat: DataFormat; warn: (line: string) => void },
) {
  const axis = dataFormat === "channelsFirst" ? 1 : 3;
  const channels = x.shape[axis];
  if ([1, 3, 4].includes(channels)) return;
  warn(
    `NumpyArrayIterator is set to use the data format convention "${dataFormat}" (channels on axis ${axis}), ` +
      `i.e. expected either 1, 3, or 4 channels on axis ${axis}. ` +
      `However, it was passed an array with shape ${shown(x)} (${channels} channels).`,
  );
}

/** The first part for `validation`, the rest for `training`. */
function subsetOf(all: ArraySource, subset: string, validationSplit: number): ArraySource {
  if (subset !== "training" && subset !== "validation") {
    fail(`Invalid subset name: ${JSON.stringify(subset)}; expected "training" or "validation".`);
  }
  const count = all.x.shape[0];
  const split = Math.floor(count * validationSplit);
  const { y } = all;
  if (y !== undefined && !haveSameValues(slice(y, 0, split), slice(y, split, count))) {
    fail(
      "Training and validation subsets have different number of classes after the split. " +
        "If your numpy arrays are sorted by the label, you might want to shuffle them.",
    );
  }
  const [from, to] = subset === "validation" ? [0, split] : [split, count];
  if (from === to)
    fail(`the ${subset} subset of ${count} pictures is empty: validationSplit is ${validationSplit}.`);
  const part = (array: NdArray) => slice(array, from, to);
  return {
    x: part(all.x),
    others: all.others.map(part),
    y: y && part(y),
    sampleWeight: all.sampleWeight && part(all.sampleWeight),
  };
}

function haveSameValues(a: NdArray, b: NdArray): boolean {
  const [values, others] = [new Set(a.data), new Set(b.data)];
  return values.size === others.size && [...values].every((value) => others.has(value));
}

const sizeOfOne = ({ shape }: NdArray): number => shape.slice(1).reduce((product, size) => product * size, 1);

/** Without a copy. */
function slice(array: NdArray, from: number, to: number): NdArray {
  const size = sizeOfOne(array);
  return { shape: [to - from, ...array.shape.slice(1)], data: array.data.subarray(from * size, to * size) };
}

function gather(array: NdArray, indices: Int32Array): NdArray {
  const size = sizeOfOne(array);
  const data = new Float32Array(indices.length * size);
  for (const [row, i] of indices.entries())
    data.set(array.data.subarray(i * size, (i + 1) * size), row * size);
  return { shape: [indices.length, ...array.shape.slice(1)], data };
}

/**
 * Batches from arrays, pass after pass, without end. Made by `ImageDataGenerator.flow`.
 *
 * Batch `index` of pass `pass` is a function of the seed alone.
 */
export class ArrayIterator implements AsyncIterableIterator<ArrayBatch> {
  /** Number of pictures; `n` is Keras's other name for it. */
  readonly samples: number;
  readonly n: number;
  readonly batchSize: number;
  readonly shuffle: boolean;
  /** The seed given, or the one that was chosen because none was given. */
  readonly seed: number;
  /** Batches of a pass; the last one may be short. */
  readonly length: number;
  /** Of one picture, in the generator's data format. */
  readonly imageShape: readonly number[];

  readonly #generator: ImageDataGenerator;
  readonly #source: ArraySource;
  readonly #draws: Draws;
  readonly #options: FlowOptions;
  /** The number of the batch that comes next, counted through all passes. */
  #seen = 0;

  constructor(generator: ImageDataGenerator, source: ArraySource, draws: Draws, options: FlowOptions) {
    this.#generator = generator;
    this.#source = source;
    this.#draws = draws;
    this.#options = options;
    [this.samples, ...this.imageShape] = source.x.shape;
    this.n = this.samples;
    this.batchSize = options.batchSize ?? 32;
    this.shuffle = options.shuffle ?? true;
    this.seed = draws.seed;
    this.length = Math.ceil(this.samples / this.batchSize);
  }

  /** The iterator itself: a loop that is left can be continued by another. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next batch. Never `done`. */
  async next(): Promise<IteratorResult<ArrayBatch, undefined>> {
    const { pass, index } = this.state();
    this.#seen++;
    return { done: false, value: await this.batch(pass, index) };
  }

  /**
   * Any batch, independent of where the iteration stands.
   * @param pass 0, 1, 2 …
   * @param index 0 … length − 1
   */
  async batch(pass: number, index: number): Promise<ArrayBatch> {
    this.#numberOf({ pass, index });
    const indices = this.indices(pass, index);
    const transforms = this.#draws.transforms(pass, index);
    const x = this.#pictures(indices, transforms);
    if (this.#options.saveToDir !== undefined) {
      await this.#save(x, indices, this.#draws.fileNumbers(pass, index, FILE_NUMBERS));
    }
    const { others, y, sampleWeight } = this.#source;
    return {
      x,
      records: transforms.map((transform, i) => ({
        ...(transform && { transform }),
        pass,
        sampleIndex: indices[i],
      })),
      ...(others.length > 0 && { others: others.map((array) => gather(array, indices)) }),
      ...(y && { y: gather(y, indices) }),
      ...(sampleWeight && { sampleWeight: gather(sampleWeight, indices) }),
    };
  }

  /** The numbers of the pictures in a batch: positions in the arrays. */
  indices(pass: number, index: number): Int32Array {
    return this.#draws.indices(pass, index);
  }

  /** The batch that `next` will hand out: kept with a run, it lets the run be taken up there. */
  state(): IteratorState {
    return { pass: Math.floor(this.#seen / this.length), index: this.#seen % this.length };
  }

  /** Goes on with the batch of a `state`. */
  restore(state: IteratorState): void {
    this.#seen = this.#numberOf(state);
  }

  /** Goes back to the first batch of the first pass: the same batches come again. */
  reset(): void {
    this.restore({ pass: 0, index: 0 });
  }

  /** Counted through all passes. @throws for a batch that no pass has */
  #numberOf({ pass, index }: IteratorState): number {
    const isInside =
      Number.isSafeInteger(pass) &&
      pass >= 0 &&
      Number.isSafeInteger(index) &&
      index >= 0 &&
      index < this.length;
    if (!isInside) {
      fail(`batch ${index} of pass ${pass} was asked for; a pass has the batches 0 to ${this.length - 1}.`);
    }
    return pass * this.length + index;
  }

  #pictures(indices: Int32Array, transforms: readonly (Transform | undefined)[]): NdArray {
    const { recipe } = this.#generator;
    const size = sizeOfOne(this.#source.x);
    const data = new Float32Array(indices.length * size);
    for (const [row, i] of indices.entries()) {
      const picture = {
        shape: this.imageShape,
        data: this.#source.x.data.subarray(i * size, (i + 1) * size),
      };
      const finished = this.#generator.finish(augmentPicture(picture, transforms[row], recipe));
      data.set(finished.data, row * size);
    }
    return { shape: [indices.length, ...this.imageShape], data };
  }

  async #save(x: NdArray, indices: Int32Array, numbers: readonly number[]): Promise<void> {
    const { saveToDir = "", savePrefix = "", saveFormat = "png" } = this.#options;
    const { saveImg } = await import("#disk");
    const { dataFormat } = this.#generator.options;
    const size = sizeOfOne(x);
    for (const [row, i] of indices.entries()) {
      const picture = { shape: this.imageShape, data: x.data.subarray(row * size, (row + 1) * size) };
      const path = `${saveToDir}/${savePrefix}_${i}_${numbers[row]}.${saveFormat}`;
      await saveImg(path, arrayToImg(picture, { dataFormat }));
    }
  }
}

const shown = ({ shape }: NdArray): string => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;

function fail(message: string): never {
  throw new Error(`[flow] ${message}`);
}
