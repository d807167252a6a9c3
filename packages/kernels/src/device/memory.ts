import type { Device } from "./device.ts";
import { bytesOf, type DataType, type Tensor } from "./tensor.ts";

/** Where the results of ops live. An op asks its scope for its output, and never frees anything. */
export interface Scope {
  readonly device: Device;
  /** A tensor of that shape; its values are whatever was there before. */
  tensor(shape: readonly number[], dtype?: DataType): Tensor;
}

/**
 * An array that is made on the device, within the step that wants it: where what it is made of is less to send up, such as
 * pictures as bytes, or would have to be computed here.
 */
export interface DeviceArray {
  readonly shape: readonly number[];
  /**
   * Records what makes it, in the scope's memory. May be called more than once, and gives the same values then: kernels are
   * compiled ahead by recording a step that does not run.
   * @returns a tensor of float32 and that shape
   */
  upload(scope: Scope): Tensor;
}

/**
 * The bytes of a tensor's buffer: whole quads, so that kernels can read all of it 16 bytes at a time. An empty tensor has
 * one too, as WebGPU binds no empty buffers.
 */
export function bufferBytes(shape: readonly number[], dtype?: DataType): number {
  return Math.max(16, Math.ceil(bytesOf(shape, dtype) / 16) * 16);
}

/**
 * The memory of a repeated step. The k-th tensor of a step lives where the k-th tensor of the step before lived, if
 * it fits: a shorter last batch fits, so after the first step nothing is created any more.
 */
export class StepMemory implements Scope {
  readonly device: Device;
  #buffers: GPUBuffer[] = [];
  #next = 0;

  constructor(device: Device) {
    this.device = device;
  }

  tensor(shape: readonly number[], dtype: DataType = "float32"): Tensor {
    const index = this.#next++;
    const before = this.#buffers[index];
    if (before && before.size >= bufferBytes(shape, dtype)) return { shape, dtype, buffer: before };
    const buffer = this.device.acquire(shape, dtype);
    this.#buffers[index] = buffer;
    if (before) this.device.pool.release(before);
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

/**
 * The size of a buffer for so many bytes: up to an eighth more. Tensors of many sizes, such as results for pictures of
 * any size, share few sizes of buffers, and so find a free one.
 */
export function sizeClass(bytes: number): number {
  const step = Math.max(4, 2 ** (Math.floor(Math.log2(bytes)) - 3));
  return Math.ceil(bytes / step) * step;
}

/** The bytes that a buffer for so many really takes. @param largest of a device's largest tensor */
export const bufferSize = (bytes: number, largest: number): number => Math.min(sizeClass(bytes), largest);

/** Buffers that are free to be used again, by their size class. */
export class BufferPool {
  readonly #create: (bytes: number) => GPUBuffer;
  readonly #bySize = new Map<number, GPUBuffer[]>();
  readonly #free = new Set<GPUBuffer>();

  constructor(create: (bytes: number) => GPUBuffer) {
    this.#create = create;
  }

  /** A buffer of at least `bytes` bytes (a multiple of four), its values undefined. */
  acquire(bytes: number): GPUBuffer {
    const reused = this.#bySize.get(sizeClass(bytes))?.pop();
    if (!reused) return this.#create(bytes);
    this.#free.delete(reused);
    return reused;
  }

  /**
   * Gives a buffer back. Work already recorded on it stays correct: the queue runs in order.
   * @throws where it was given back before: two tensors would come to share it
   */
  release(buffer: GPUBuffer): void {
    if (this.#free.has(buffer)) throw new Error("[pool] a buffer was given back twice: each has one owner.");
    this.#free.add(buffer);
    const size = sizeClass(buffer.size);
    const ofSize = this.#bySize.get(size);
    if (ofSize) ofSize.push(buffer);
    else this.#bySize.set(size, [buffer]);
  }
}
