import { stayHot } from "./gentle-polling.ts";
import { type Profile, type Profiler, summarize, type Timing } from "./profile.ts";

/**
 * Where there are no timestamps: every kernel is handed over alone, and its time ends when the queue says so. Without
 * back-off meanwhile, which would make a millisecond of every microsecond.
 */
export class WallClock implements Profiler {
  /** Every batch is one kernel. */
  readonly isFull = true;
  readonly #coolDown = stayHot();
  #kernel: string | undefined;
  #begin = 0;
  #last = Promise.resolve(0);
  readonly #timings: Timing[] = [];

  begin(encoder: GPUCommandEncoder, kernel: string): GPUComputePassEncoder {
    this.#kernel = kernel;
    return encoder.beginComputePass();
  }

  endBatch(): void {
    this.#begin = performance.now();
  }

  handedOver(queue: GPUQueue): void {
    const kernel = this.#kernel;
    if (kernel === undefined) return;
    this.#kernel = undefined;
    const begin = this.#begin;
    const before = this.#last;
    this.#last = queue.onSubmittedWorkDone().then(async () => {
      const end = performance.now();
      this.#timings.push({ kernel, milliseconds: end - Math.max(begin, await before) });
      return end;
    });
  }

  async finish(): Promise<Profile> {
    try {
      await this.#last;
    } finally {
      this.#coolDown();
    }
    return summarize("wall-clock", this.#timings);
  }
}
