import { stayHot } from "./gentle-polling.ts";
import { type KernelCall, type Profile, type Profiler, summarize, type Work } from "./profile.ts";

/**
 * Where there are no timestamps: every kernel is handed over alone, and its time ends when the queue says so. Without
 * back-off meanwhile, which would make a millisecond of every microsecond.
 */
export class WallClock implements Profiler {
  /** Every batch is one kernel. */
  readonly isFull = true;
  readonly #coolDown = stayHot();
  #work: Work | undefined;
  #begin = 0;
  #last = Promise.resolve(0);
  readonly #calls: KernelCall[] = [];

  begin(encoder: GPUCommandEncoder, work: Work): GPUComputePassEncoder {
    this.#work = work;
    return encoder.beginComputePass();
  }

  endBatch(): void {
    this.#begin = performance.now();
  }

  handedOver(queue: GPUQueue): void {
    const work = this.#work;
    if (!work) return;
    this.#work = undefined;
    const handedOver = this.#begin;
    const before = this.#last;
    this.#last = queue.onSubmittedWorkDone().then(async () => {
      const end = performance.now();
      const begin = Math.max(handedOver, await before);
      this.#calls.push({ ...work, begin, milliseconds: end - begin });
      return end;
    });
  }

  async finish(): Promise<Profile> {
    try {
      await this.#last;
    } finally {
      this.#coolDown();
    }
    return summarize("wall-clock", this.#calls);
  }
}
