import type { ImageOptions } from "../image/prepare-image.ts";
import type { ImageArray } from "../types.ts";
import type { JobRunner } from "../workers/worker-pool.ts";

/** Pictures by number, decoded and resized; those that fit the budget are decoded only once. */
export class PictureSource {
  readonly #paths: readonly string[];
  readonly #options: ImageOptions;
  readonly #runner: JobRunner;
  readonly #cache = new Map<number, ImageArray>();
  #freeBytes: number;

  /** @param cacheBytes how much may be kept; what came first stays, for every pass needs every picture alike */
  constructor(paths: readonly string[], options: ImageOptions, runner: JobRunner, cacheBytes: number) {
    this.#paths = paths;
    this.#options = options;
    this.#runner = runner;
    this.#freeBytes = cacheBytes;
  }

  /** @throws with a message that names the file */
  async picture(index: number): Promise<ImageArray> {
    const kept = this.#cache.get(index);
    if (kept !== undefined) return kept;
    const image = await this.#runner.run("loadImg", { path: this.#paths[index], options: this.#options });
    if (image.data.length <= this.#freeBytes && !this.#cache.has(index)) {
      this.#freeBytes -= image.data.length;
      this.#cache.set(index, image);
    }
    return image;
  }

  async close(): Promise<void> {
    this.#cache.clear();
    await this.#runner.close();
  }
}
