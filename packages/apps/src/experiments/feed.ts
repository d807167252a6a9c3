import type { Batch, BatchSource } from "@convscope/layers";

/** What a training is fed from: batches without end, so many a pass. */
export type Batches = BatchSource & { readonly length: number };

/** How long a training stood still because its next batch was not there. */
export interface Waiting {
  /** For the first batch: threads start, and pictures are read for the first time. */
  readonly firstMilliseconds: number;
  /** For all others. */
  readonly milliseconds: number;
  readonly batches: number;
}

/**
 * Hands batches on until the signal is aborted, then throws its reason; and counts how long each was waited for. The device
 * may have had work left meanwhile: it stood still for no longer than that.
 */
export class Feed implements BatchSource {
  readonly #batches: Batches;
  readonly #signal: AbortSignal;
  #first = 0;
  #others = 0;
  #count = 0;

  constructor(batches: Batches, signal: AbortSignal) {
    this.#batches = batches;
    this.#signal = signal;
  }

  get length(): number {
    return this.#batches.length;
  }

  get waiting(): Waiting {
    return { firstMilliseconds: this.#first, milliseconds: this.#others, batches: this.#count };
  }

  async next(): Promise<IteratorResult<Batch>> {
    this.#signal.throwIfAborted();
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
