import type { Batch, BatchSource } from "@convscope/layers";
import type { PictureBatches } from "./experiment.ts";

/** How long a training stood still because its next batch was not there. */
export interface Waiting {
  /** For the first batch: threads start, and pictures are read for the first time. */
  readonly firstMilliseconds: number;
  /** For all others. */
  readonly milliseconds: number;
  readonly batches: number;
}

/**
 * Batches that can be taken up anywhere, counted through all passes; and how long each was waited for. The device may have had
 * work left meanwhile: it stood still for no longer than that.
 */
export class Feed implements BatchSource {
  readonly #batches: Pick<PictureBatches, "length" | "next" | "restore">;
  readonly #restartAfter: number;
  #handedOut = 0;
  #first = 0;
  #others = 0;
  #count = 0;

  /** @param restartAfter begin anew after so many batches. Default: never, one pass follows the other */
  constructor(
    batches: Pick<PictureBatches, "length" | "next" | "restore">,
    restartAfter = Number.POSITIVE_INFINITY,
  ) {
    this.#batches = batches;
    this.#restartAfter = restartAfter;
  }

  get length(): number {
    return this.#batches.length;
  }

  get waiting(): Waiting {
    return { firstMilliseconds: this.#first, milliseconds: this.#others, batches: this.#count };
  }

  /** Goes on as if so many batches had been handed out. */
  seek(handedOut: number): void {
    this.#handedOut = handedOut;
    const number = Number.isFinite(this.#restartAfter) ? handedOut % this.#restartAfter : handedOut;
    this.#batches.restore({ pass: Math.floor(number / this.length), index: number % this.length });
  }

  async next(): Promise<IteratorResult<Batch>> {
    if (this.#handedOut > 0 && this.#handedOut % this.#restartAfter === 0) this.seek(this.#handedOut);
    this.#handedOut++;
    const before = performance.now();
    const result = await this.#batches.next();
    const milliseconds = performance.now() - before;
    if (this.#count++ === 0) this.#first = milliseconds;
    else this.#others += milliseconds;
    return result;
  }
}

/**
 * In words, for the end of a run.
 * @param seconds of the whole training
 */
export function waitingLine({ firstMilliseconds, milliseconds, batches }: Waiting, seconds: number): string {
  const share = (milliseconds / 1000 / seconds) * 100;
  return (
    `Waited for pictures: ${(firstMilliseconds / 1000).toFixed(1)} s for the first batch, ` +
    `${(milliseconds / 1000).toFixed(1)} s for the other ${batches - 1} (${share.toFixed(1)} % of the time).`
  );
}
