import type { Kernel } from "./kernel.ts";

const BYTES = 256 * 1024;

/**
 * The step numbers of a batch of calls: one slot a call in a uniform buffer, found by a dynamic offset, so that the
 * bind group stays the same when they change. All slots of a batch go up in one write before it is handed over.
 */
export class StepNumbers {
  readonly buffer: GPUBuffer;
  readonly #queue: GPUQueue;
  readonly #alignment: number;
  readonly #u32 = new Uint32Array(BYTES / 4);
  readonly #i32 = new Int32Array(this.#u32.buffer);
  readonly #f32 = new Float32Array(this.#u32.buffer);
  #used = 0;

  constructor(gpu: GPUDevice) {
    this.#queue = gpu.queue;
    this.#alignment = Math.max(16, gpu.limits.minUniformBufferOffsetAlignment);
    this.buffer = gpu.createBuffer({
      label: "step numbers",
      size: BYTES,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
  }

  /** The bytes that a kernel reads: its struct, which is a multiple of 16 long in a uniform. */
  static bytesOf(kernel: Kernel): number {
    return roundUp(kernel.stepFields.length * 4, 16);
  }

  /** False where the batch must be handed over before this call. */
  hasRoomFor(kernel: Kernel): boolean {
    return this.#used + this.#slotOf(kernel) <= BYTES;
  }

  #slotOf(kernel: Kernel): number {
    return roundUp(StepNumbers.bytesOf(kernel), this.#alignment);
  }

  /** Puts a call's numbers down. @returns their offset @throws where one is missing, or is not of its type */
  add(kernel: Kernel, step: Readonly<Record<string, number>> | undefined): number {
    const offset = this.#used;
    kernel.stepFields.forEach(({ name, type }, i) => {
      const value = step?.[name];
      if (value === undefined)
        throw new Error(`[device] ${kernel.name}: the step number ${name} is missing.`);
      const index = offset / 4 + i;
      if (type === "f32") this.#f32[index] = value;
      else {
        const words = type === "u32" ? this.#u32 : this.#i32;
        words[index] = value;
        if (words[index] !== value) {
          throw new Error(
            `[device] ${kernel.name}: the step number ${name} is ${value}, must be of type ${type}.`,
          );
        }
      }
    });
    this.#used += this.#slotOf(kernel);
    return offset;
  }

  /** Sends the numbers up; the next batch begins anew. */
  flush(): void {
    if (this.#used > 0) this.#queue.writeBuffer(this.buffer, 0, this.#u32, 0, this.#used / 4);
    this.#used = 0;
  }
}

const roundUp = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple;
