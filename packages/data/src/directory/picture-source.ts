import { augmentPicture, type Recipe } from "../augment/recipe.ts";
import type { ImageOptions } from "../image/prepare-image.ts";
import type { ImageArray, NdArray, Transform } from "../types.ts";
import type { JobRunner } from "../workers/job-runner.ts";
import type { BadPicture } from "../workers/picture-jobs.ts";
import type { PictureFiles } from "./picture-files.ts";

export interface PictureSourceSetup {
  /** The function that messages name. */
  readonly where: string;
  readonly files: PictureFiles;
  readonly imageOptions: ImageOptions;
  /** Bytes of a read picture. */
  readonly imageBytes: number;
  readonly runner: JobRunner;
  /** How much may be kept; what came first stays, for every pass needs every picture alike. */
  readonly cacheBytes: number;
}

/** Pictures by name, decoded, resized and finished; those that fit the budget are decoded only once. */
export class PictureSource {
  readonly #setup: PictureSourceSetup;
  readonly #cache = new Map<string, ImageArray>();
  #freeBytes: number;

  constructor(setup: PictureSourceSetup) {
    this.#setup = setup;
    this.#freeBytes = setup.cacheBytes;
  }

  /**
   * A picture's bytes.
   * @throws with a message that names the file
   */
  async image(filename: string): Promise<ImageArray> {
    const read = await this.#read(filename);
    if ("reason" in read) throw this.#badPicture(filename, read);
    return read;
  }

  /** Why a picture cannot be read; undefined where it can, and then it is kept as far as it fits. */
  async check(filename: string): Promise<string | undefined> {
    const read = await this.#read(filename);
    return "reason" in read ? read.reason : undefined;
  }

  /**
   * A finished picture, transformed and standardized.
   * @throws with a message that names the file
   */
  async finished(filename: string, transform: Transform | undefined, recipe: Recipe): Promise<NdArray> {
    const { runner, files, imageOptions: options, imageBytes } = this.#setup;
    // The matrix of a whitening is far larger than a picture, and stays in this thread.
    if (recipe.zca) return augmentPicture(await this.image(filename), transform, recipe);
    const kept = this.#cache.get(filename);
    if (kept) return runner.run("augment", { image: kept, transform, recipe });
    const location = await files.location(filename);
    const isKept = imageBytes <= this.#freeBytes;
    const done = await runner.run("readAndAugment", { location, options, transform, recipe, isKept });
    if ("reason" in done) throw this.#badPicture(filename, done);
    if (done.image) this.#keep(filename, done.image);
    return done.x;
  }

  async close(): Promise<void> {
    this.#cache.clear();
    await this.#setup.runner.close();
  }

  async #read(filename: string): Promise<ImageArray | BadPicture> {
    const kept = this.#cache.get(filename);
    if (kept) return kept;
    const { runner, files, imageOptions: options } = this.#setup;
    const location = await files.location(filename);
    const read = await runner.run("readImage", { location, options });
    if (!("reason" in read)) this.#keep(filename, read);
    return read;
  }

  #keep(filename: string, image: ImageArray): void {
    const { length } = image.data;
    if (length > this.#freeBytes || this.#cache.has(filename)) return;
    this.#freeBytes -= length;
    this.#cache.set(filename, image);
  }

  #badPicture(filename: string, { reason }: BadPicture): Error {
    const { where, files } = this.#setup;
    return new Error(`[${where}] ${files.filepath(filename)} ${reason}`);
  }
}
