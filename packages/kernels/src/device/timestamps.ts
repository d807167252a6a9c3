import { type Profile, type Profiler, summarize, type Timing } from "./profile.ts";

/** The device's own clock at the begin and end of each kernel. */
export class Timestamps implements Profiler {
  static readonly #MOST = 2048;
  readonly #gpu: GPUDevice;
  readonly #querySet: GPUQuerySet;
  #kernels: string[] = [];
  readonly #batches: { kernels: string[]; resolved: GPUBuffer; readable: GPUBuffer }[] = [];

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
    this.#querySet = gpu.createQuerySet({ type: "timestamp", count: 2 * Timestamps.#MOST });
  }

  get isFull(): boolean {
    return this.#kernels.length === Timestamps.#MOST;
  }

  begin(encoder: GPUCommandEncoder, kernel: string): GPUComputePassEncoder {
    const index = 2 * this.#kernels.length;
    this.#kernels.push(kernel);
    return encoder.beginComputePass({
      timestampWrites: {
        querySet: this.#querySet,
        beginningOfPassWriteIndex: index,
        endOfPassWriteIndex: index + 1,
      },
    });
  }

  endBatch(encoder: GPUCommandEncoder): void {
    const kernels = this.#kernels;
    if (kernels.length === 0) return;
    this.#kernels = [];
    const size = 16 * kernels.length;
    const resolved = this.#gpu.createBuffer({
      size,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    const readable = this.#gpu.createBuffer({
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    encoder.resolveQuerySet(this.#querySet, 0, 2 * kernels.length, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, readable, 0, size);
    this.#batches.push({ kernels, resolved, readable });
  }

  handedOver(): void {}

  async finish(): Promise<Profile> {
    const timings: Timing[] = [];
    for (const { kernels, resolved, readable } of this.#batches) {
      await readable.mapAsync(GPUMapMode.READ);
      const nanoseconds = new BigUint64Array(readable.getMappedRange());
      kernels.forEach((kernel, i) => {
        // The clock of some devices steps back now and then; no kernel takes less than no time.
        const milliseconds = Math.max(0, Number(nanoseconds[2 * i + 1] - nanoseconds[2 * i]) / 1e6);
        timings.push({ kernel, milliseconds });
      });
      readable.destroy();
      resolved.destroy();
    }
    this.#querySet.destroy();
    return summarize("timestamp-query", timings);
  }
}
