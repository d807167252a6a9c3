import { bytesOf, type DataType, type Tensor } from "./tensor.ts";

/** Where the results of ops live. An op asks its scope for its output, and never frees anything. */
export interface Scope {
  readonly device: import("./device.ts").Device;
  /** A tensor of that shape; its values are whatever was there before. */
  tensor(shape: readonly number[], dtype?: DataType): Tensor;
}

/**
 * The memory of a repeated step. The k-th tensor of a step lives where the k-th tensor of the step before lived, if
 * it fits: a shorter last batch fits, so after the first step nothing is created any more.
 */
export class StepMemory implements Scope {
  readonly device: import("./device.ts").Device;
  #buffers: GPUBuffer[] = [];
  #next = 0;

  constructor(device: import("./device.ts").Device) {
    this.device = device;
  }

  tensor(shape: readonly number[], dtype: DataType = "float32"): Tensor {
    const bytes = Math.max(4, bytesOf(shape));
    const index = this.#next++;
    let buffer = this.#buffers[index];
    if (!buffer || buffer.size < bytes) {
      if (buffer) this.device.pool.release(buffer);
      buffer = this.device.pool.acquire(bytes);
      this.#buffers[index] = buffer;
    }
    return { shape, dtype, buffer };
  }

  /** Begins the next step: every tensor of the step before is given up. */
  restart(): void {
    this.#next = 0;
  }

  /** Bytes held. */
  get bytes(): number {
    return this.#buffers.reduce((sum, buffer) => sum + buffer.size, 0);
  }

  /** Gives all buffers back to the device's pool. */
  [Symbol.dispose](): void {
    for (const buffer of this.#buffers) this.device.pool.release(buffer);
    this.#buffers = [];
    this.#next = 0;
  }
}

/** Buffers that are free to be used again, by their exact size. */
export class BufferPool {
  readonly #free = new Map<number, GPUBuffer[]>();
  readonly #create: (bytes: number) => GPUBuffer;
  #all = new Set<GPUBuffer>();

  constructor(create: (bytes: number) => GPUBuffer) {
    this.#create = create;
  }

  /** A buffer of `bytes` bytes (a multiple of four), its values undefined. */
  acquire(bytes: number): GPUBuffer {
    const reused = this.#free.get(bytes)?.pop();
    if (reused) return reused;
    const buffer = this.#create(bytes);
    this.#all.add(buffer);
    return buffer;
  }

  /** Gives a buffer back. Work already recorded on it stays correct: the queue runs in order. */
  release(buffer: GPUBuffer): void {
    const free = this.#free.get(buffer.size);
    if (free) free.push(buffer);
    else this.#free.set(buffer.size, [buffer]);
  }

  /** Destroys every buffer that was ever made. */
  destroy(): void {
    for (const buffer of this.#all) buffer.destroy();
    this.#all.clear();
    this.#free.clear();
  }
}
