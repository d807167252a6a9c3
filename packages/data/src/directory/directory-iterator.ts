import type { DeviceArray } from "@convscope/kernels";
import type { Draws } from "../augment/draws.ts";
import type { ImageDataGenerator } from "../augment/image-data-generator.ts";
import type { DataFormat, Recipe } from "../augment/recipe.ts";
import { type AugmentOn, augmentOnGpu } from "../augment-on-gpu.ts";
import type { NdArray, Transform } from "../types.ts";
import { type ClassMode, targets } from "./class-mode.ts";
import type { Samples } from "./list-samples.ts";
import type { PictureSource } from "./picture-source.ts";
import { rescaleBytes } from "./rescale-bytes.ts";

/** What an iterator needs of a generator. */
export type Augmenter = Pick<ImageDataGenerator, "recipe" | "finish">;

/** How one picture of a batch was made, as plain data: `replay` makes it again. */
export interface PictureRecord {
  /** Relative to the directory, and whole. */
  readonly filename: string;
  readonly filepath: string;
  /** The index of its class. */
  readonly label: number;
  /** Absent where nothing was drawn. */
  readonly transform?: Transform;
  readonly pass: number;
  /** Its position in `filenames`. */
  readonly sampleIndex: number;
}

/** What of a record decides the picture. */
export type PictureSeed = Pick<PictureRecord, "filename" | "transform">;

/** A batch's pictures: an array here, or one that a model makes on its device. */
export type BatchPictures<On extends AugmentOn> = On extends "gpu" ? DeviceArray : NdArray;

/** A batch that says how it was made. */
export interface DirectoryBatch<On extends AugmentOn = "cpu"> {
  readonly x: BatchPictures<On>;
  readonly y?: NdArray;
  readonly records: readonly PictureRecord[];
}

/** A place in the sequence of batches: plain data, for a run that is taken up again. */
export interface IteratorState {
  /** 0, 1, 2 … */
  readonly pass: number;
  /** 0 … length − 1 */
  readonly index: number;
}

/** Puts a finished picture somewhere, to be looked at. */
export type SavePicture = (
  index: number,
  fileNumber: number,
  picture: NdArray,
  dataFormat: DataFormat,
) => Promise<void>;

/** What `flowFromDirectory` hands over; its options are described there. */
export interface DirectoryIteratorSetup<On extends AugmentOn> {
  readonly directory: string;
  readonly samples: Samples;
  readonly filepaths: readonly string[];
  readonly source: PictureSource;
  readonly generator: Augmenter;
  readonly draws: Draws;
  readonly augmentOn: On;
  /** In the generator's data format. */
  readonly imageShape: readonly [number, number, number];
  readonly classMode: ClassMode;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly prefetch: number;
  readonly startAt: IteratorState;
  readonly save?: SavePicture;
}

/** The file numbers of `saveToDir` are below this: Keras's. */
const FILE_NUMBERS = 1e7;

/**
 * Batches of pictures without end, pass after pass over the directory. Made by `flowFromDirectory`.
 *
 * Batch `index` of pass `pass` is a function of the seed alone: neither workers nor prefetch nor where the iteration
 * began change it.
 */
export class DirectoryIterator<On extends AugmentOn = "cpu">
  implements AsyncIterableIterator<DirectoryBatch<On>>
{
  readonly directory: string;
  /** Class name to index. */
  readonly classIndices: Readonly<Record<string, number>>;
  /** The class index of each picture. */
  readonly classes: Int32Array;
  /** The path of each picture: relative to the directory, and whole. */
  readonly filenames: readonly string[];
  readonly filepaths: readonly string[];
  /** Number of pictures; `n` is Keras's other name for it. */
  readonly samples: number;
  readonly n: number;
  readonly numClasses: number;
  readonly classMode: ClassMode;
  readonly batchSize: number;
  /** `[height, width, channels]`, or in the generator's data format. */
  readonly imageShape: readonly [number, number, number];
  readonly shuffle: boolean;
  /** Where the batches' `x` is made. */
  readonly augmentOn: On;
  /** The seed given, or the one that was chosen because none was given. */
  readonly seed: number;
  /** Batches of a pass; the last one may be short. */
  readonly length: number;

  readonly #source: PictureSource;
  readonly #generator: Augmenter;
  readonly #draws: Draws;
  readonly #prefetch: number;
  readonly #save: SavePicture | undefined;
  /** Batches that are being made, the next one first. */
  #ahead: { readonly state: IteratorState; readonly batch: Promise<DirectoryBatch<On>> }[] = [];
  /** The number of the first batch that is not begun yet, counted through all passes. */
  #begun: number;
  #failure: unknown;

  constructor(setup: DirectoryIteratorSetup<On>) {
    this.directory = setup.directory;
    this.classIndices = setup.samples.classIndices;
    this.classes = setup.samples.classes;
    this.filenames = setup.samples.filenames;
    this.filepaths = setup.filepaths;
    this.samples = setup.filepaths.length;
    this.n = this.samples;
    this.numClasses = Object.keys(this.classIndices).length;
    this.classMode = setup.classMode;
    this.batchSize = setup.batchSize;
    this.imageShape = setup.imageShape;
    this.shuffle = setup.shuffle;
    this.seed = setup.draws.seed;
    this.length = Math.ceil(this.samples / this.batchSize);
    this.#source = setup.source;
    this.#generator = setup.generator;
    this.#draws = setup.draws;
    this.augmentOn = setup.augmentOn;
    this.#prefetch = setup.prefetch;
    this.#save = setup.save;
    this.#begun = this.#numberOf(setup.startAt);
  }

  /** The iterator itself: a loop that is left can be continued by another. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * The next batch, and the request for those to come. Never `done`.
   * @throws for a picture that cannot be decoded, naming its file; the workers have ended then, and every later call
   *   throws the same
   */
  async next(): Promise<IteratorResult<DirectoryBatch<On>, undefined>> {
    if (this.#failure !== undefined) throw this.#failure;
    while (this.#ahead.length <= this.#prefetch) this.#begin();
    const { state, batch } = this.#ahead.shift()!;
    try {
      const value = await batch;
      await this.#saveAll(state, value);
      return { done: false, value };
    } catch (error) {
      this.#failure ??= error;
      await this.#end();
      throw this.#failure;
    }
  }

  /**
   * Any batch, independent of where the iteration stands.
   * @param pass 0, 1, 2 …
   * @param index 0 … length − 1
   * @throws for an index outside, and for a picture that cannot be decoded, naming its file
   */
  async batch(pass: number, index: number): Promise<DirectoryBatch<On>> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#numberOf({ pass, index });
    return this.#make({ pass, index });
  }

  /** The numbers of the pictures in a batch: positions in `filenames`. */
  indices(pass: number, index: number): Int32Array {
    return this.#draws.indices(pass, index);
  }

  /**
   * Makes a picture of a batch again, bit for bit, from its record and this iterator's options.
   * @returns float32, of `imageShape`
   * @throws for a record of another data set
   */
  async replay(record: PictureSeed): Promise<NdArray> {
    if (!this.filenames.includes(record.filename)) {
      throw new Error(
        `[DirectoryIterator] there is no ${JSON.stringify(record.filename)} in ${this.directory}.`,
      );
    }
    const { shape, data } = await this.#pictures([record]);
    return { shape: shape.slice(1), data };
  }

  /** The batch that `next` will hand out: kept with a run, it lets the run be taken up there. */
  state(): IteratorState {
    return this.#ahead[0]?.state ?? this.#stateOf(this.#begun);
  }

  /** Goes on with the batch of a `state`. What was made ahead is dropped. */
  restore(state: IteratorState): void {
    this.#begun = this.#numberOf(state);
    this.#ahead = [];
  }

  /** Goes back to the first batch of the first pass: the same batches come again. */
  reset(): void {
    this.restore({ pass: 0, index: 0 });
  }

  /** Ends the workers and frees the kept pictures. What is under way is rejected. */
  async close(): Promise<void> {
    this.#failure ??= new Error(`[DirectoryIterator] the iterator over ${this.directory} is closed.`);
    await this.#end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #end(): Promise<void> {
    this.#ahead = [];
    await this.#source.close();
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
      throw new Error(
        `[DirectoryIterator] batch ${index} of pass ${pass} was asked for; a pass has the batches 0 to ${this.length - 1}.`,
      );
    }
    return pass * this.length + index;
  }

  #stateOf(number: number): IteratorState {
    return { pass: Math.floor(number / this.length), index: number % this.length };
  }

  #begin(): void {
    const state = this.#stateOf(this.#begun);
    const batch = this.#make(state);
    batch.catch(() => {}); // reported when its turn comes
    this.#ahead.push({ state, batch });
    this.#begun += 1;
  }

  async #make({ pass, index }: IteratorState): Promise<DirectoryBatch<On>> {
    const transforms = this.#draws.transforms(pass, index);
    const records = [...this.indices(pass, index)].map(
      (sampleIndex, row): PictureRecord => ({
        filename: this.filenames[sampleIndex],
        filepath: this.filepaths[sampleIndex],
        label: this.classes[sampleIndex],
        ...(transforms[row] && { transform: transforms[row] }),
        pass,
        sampleIndex,
      }),
    );
    const labels = records.map(({ label }) => label);
    const made = this.augmentOn === "gpu" ? await this.#forDevice(records) : await this.#pictures(records);
    const x = made as BatchPictures<On>; // of the type that augmentOn names
    const y = targets(this.classMode, labels, this.numClasses, made);
    return y === undefined ? { x, records } : { x, y, records };
  }

  /** The bytes, and what is to be done with them. */
  async #forDevice(records: readonly PictureRecord[]): Promise<DeviceArray> {
    const images = await Promise.all(records.map(({ filename }) => this.#source.image(filename)));
    const transforms = records.map(({ transform }) => transform);
    return augmentOnGpu(images, transforms, this.#generator.recipe);
  }

  async #pictures(records: readonly PictureSeed[]): Promise<NdArray> {
    const { recipe } = this.#generator;
    const size = this.imageShape.reduce((a, b) => a * b);
    const data = new Float32Array(records.length * size);
    await Promise.all(
      records.map(async (record, row) => {
        await this.#picture(record, recipe, data.subarray(row * size, (row + 1) * size));
      }),
    );
    return { shape: [records.length, ...this.imageShape], data };
  }

  /** Makes one picture, in its place. */
  async #picture({ filename, transform }: PictureSeed, recipe: Recipe, values: Float32Array): Promise<void> {
    if (!transform && isOnlyRescaled(recipe)) {
      const image = await this.#source.image(filename);
      rescaleBytes(image.data, recipe.rescale, values);
    } else {
      values.set((await this.#source.finished(filename, transform, recipe)).data);
    }
    const { data } = this.#generator.finish({ shape: this.imageShape, data: values });
    if (data !== values) values.set(data);
  }

  async #saveAll({ pass, index }: IteratorState, { x, records }: DirectoryBatch<On>): Promise<void> {
    const save = this.#save;
    if (!save || !("data" in x)) return;
    const { dataFormat } = this.#generator.recipe;
    const numbers = this.#draws.fileNumbers(pass, index, FILE_NUMBERS);
    const size = x.data.length / records.length;
    await Promise.all(
      records.map(({ sampleIndex }, row) =>
        save(
          sampleIndex,
          numbers[row],
          { shape: this.imageShape, data: x.data.slice(row * size, (row + 1) * size) },
          dataFormat,
        ),
      ),
    );
  }
}

/** Whether a picture without a transform needs no more than a table of its bytes' values. */
const isOnlyRescaled = (recipe: Recipe): boolean =>
  recipe.dataFormat === "channelsLast" &&
  !recipe.samplewiseCenter &&
  !recipe.samplewiseStdNormalization &&
  !recipe.mean &&
  !recipe.std &&
  !recipe.zca;
