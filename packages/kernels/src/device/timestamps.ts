import { type KernelCall, type Profile, type Profiler, summarize, type Work } from "./profile.ts";

/** The device's own clock at the begin and end of each kernel. */
export class Timestamps implements Profiler {
  static readonly #MOST = 2048;
  readonly #gpu: GPUDevice;
  readonly #querySet: GPUQuerySet;
  #calls: Work[] = [];
  readonly #batches: { calls: readonly Work[]; resolved: GPUBuffer; readable: GPUBuffer }[] = [];

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
    this.#querySet = gpu.createQuerySet({ type: "timestamp", count: 2 * Timestamps.#MOST });
  }

  get isFull(): boolean {
    return this.#calls.length === Timestamps.#MOST;
  }

  begin(encoder: GPUCommandEncoder, work: Work): GPUComputePassEncoder {
    const index = 2 * this.#calls.length;
    this.#calls.push(work);
    return encoder.beginComputePass({
      timestampWrites: {
        querySet: this.#querySet,
        beginningOfPassWriteIndex: index,
        endOfPassWriteIndex: index + 1,
      },
    });
  }

  endBatch(encoder: GPUCommandEncoder): void {
    const calls = this.#calls;
    if (calls.length === 0) return;
    this.#calls = [];
    const size = 16 * calls.length;
    const resolved = this.#gpu.createBuffer({
      size,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    const readable = this.#gpu.createBuffer({
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    encoder.resolveQuerySet(this.#querySet, 0, 2 * calls.length, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, readable, 0, size);
    this.#batches.push({ calls, resolved, readable });
  }

  handedOver(): void {}

  async finish(): Promise<Profile> {
    const calls: KernelCall[] = [];
    for (const { calls: batch, resolved, readable } of this.#batches) {
      await readable.mapAsync(GPUMapMode.READ);
      const nanoseconds = new BigUint64Array(readable.getMappedRange());
      batch.forEach((work, i) => {
        const [begin, end] = nanoseconds.subarray(2 * i, 2 * i + 2);
        // The clock of some devices steps back now and then; no kernel takes less than no time.
        const milliseconds = Math.max(0, Number(end - begin) / 1e6);
        calls.push({ ...work, begin: Number(begin) / 1e6, milliseconds });
      });
      readable.destroy();
      resolved.destroy();
    }
    this.#querySet.destroy();
    return summarize("timestamp-query", calls);
  }
}
