import type { Binding, Kernel } from "./kernel.ts";
import { bytesOf, type Tensor } from "./tensor.ts";

/** What a call of a kernel is known to do. */
export interface Work {
  readonly kernel: string;
  /** The shape of what it writes: it tells the calls of a kernel for different layers apart. */
  readonly shape: readonly number[];
  /** Floating-point operations; 0 where the launch does not say. */
  readonly flop: number;
  /** Bytes moved at the least: each operand once, however often it is read, or read and written. */
  readonly bytes: number;
}

/** A call's work, and when it ran. */
export interface KernelCall extends Work {
  /** Milliseconds on the method's clock, whose zero is anywhere; it is the same for all profiles of a device. */
  readonly begin: number;
  readonly milliseconds: number;
}

/** The time of one kernel over a profiled stretch of work. */
export interface KernelTime {
  readonly kernel: string;
  readonly calls: number;
  readonly milliseconds: number;
  readonly flop: number;
  readonly bytes: number;
}

/** Where the time went. */
export interface Profile {
  /** `timestamp-query`: the device's own clock. `wall-clock`: from hand-over to hand-back, with its overheads. */
  readonly method: "timestamp-query" | "wall-clock";
  /** Kernel by kernel, the slowest first. */
  readonly kernels: readonly KernelTime[];
  /** Call by call, as they ran. */
  readonly calls: readonly KernelCall[];
}

/** One way of timing kernels: timestamps.ts, wall-clock.ts. */
export interface Profiler {
  /** Opens the pass of one kernel. */
  begin(encoder: GPUCommandEncoder, work: Work): GPUComputePassEncoder;
  /** True where the recorded work must be handed over before another kernel can be timed. */
  readonly isFull: boolean;
  /** Records what belongs to the end of a batch, just before it is handed over. */
  endBatch(encoder: GPUCommandEncoder): void;
  /** Called when the batch was handed over. */
  handedOver(queue: GPUQueue): void;
  /** The times, when all is done. */
  finish(): Promise<Profile>;
}

/** What a call will do, from what it is given. */
export function workOf(
  { name, bindings }: Kernel,
  buffers: Readonly<Record<string, Tensor>>,
  {
    flop = 0,
    bytes = bytesOfOperands(bindings, buffers),
  }: { readonly flop?: number; readonly bytes?: number },
): Work {
  const written = bindings.find(({ access }) => access === "read_write");
  return { kernel: name, shape: written ? buffers[written.name].shape : [], flop, bytes };
}

function bytesOfOperands(bindings: readonly Binding[], buffers: Readonly<Record<string, Tensor>>): number {
  // By buffer: an operand that an op has none of is stood in for by another one.
  const sizes = new Map<GPUBuffer, number>();
  for (const binding of bindings) {
    const { buffer, shape, dtype } = buffers[binding.name];
    sizes.set(buffer, Math.max(sizes.get(buffer) ?? 0, bytesOf(shape, dtype)));
  }
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** Adds calls up, kernel by kernel. */
export function summarize(method: Profile["method"], calls: readonly KernelCall[]): Profile {
  const sums = new Map<string, { calls: number; milliseconds: number; flop: number; bytes: number }>();
  for (const { kernel, milliseconds, flop, bytes } of calls) {
    const sum = sums.get(kernel) ?? { calls: 0, milliseconds: 0, flop: 0, bytes: 0 };
    sum.calls += 1;
    sum.milliseconds += milliseconds;
    sum.flop += flop;
    sum.bytes += bytes;
    sums.set(kernel, sum);
  }
  const kernels = [...sums].map(([kernel, sum]) => ({ kernel, ...sum }));
  return { method, kernels: kernels.sort((a, b) => b.milliseconds - a.milliseconds), calls };
}
