/** The time of one kernel over a profiled stretch of work. */
export interface KernelTime {
  readonly kernel: string;
  readonly calls: number;
  readonly milliseconds: number;
}

/** Where the time went, kernel by kernel, the slowest first. */
export interface Profile {
  /** `timestamp-query`: the device's own clock. `wall-clock`: from hand-over to hand-back, with its overheads. */
  readonly method: "timestamp-query" | "wall-clock";
  readonly kernels: readonly KernelTime[];
}

/** One way of timing kernels: timestamps.ts, wall-clock.ts. */
export interface Profiler {
  /** Opens the pass of one kernel. */
  begin(encoder: GPUCommandEncoder, kernel: string): GPUComputePassEncoder;
  /** True where the recorded work must be handed over before another kernel can be timed. */
  readonly isFull: boolean;
  /** Records what belongs to the end of a batch, just before it is handed over. */
  endBatch(encoder: GPUCommandEncoder): void;
  /** Called when the batch was handed over. */
  handedOver(queue: GPUQueue): void;
  /** The times, when all is done. */
  finish(): Promise<Profile>;
}

/** A single call's time. */
export interface Timing {
  readonly kernel: string;
  readonly milliseconds: number;
}

/** Adds single timings up, kernel by kernel. */
export function summarize(method: Profile["method"], timings: readonly Timing[]): Profile {
  const sums = new Map<string, { calls: number; milliseconds: number }>();
  for (const { kernel, milliseconds } of timings) {
    const sum = sums.get(kernel) ?? { calls: 0, milliseconds: 0 };
    sum.calls += 1;
    sum.milliseconds += milliseconds;
    sums.set(kernel, sum);
  }
  const kernels = [...sums].map(([kernel, sum]) => ({ kernel, ...sum }));
  return { method, kernels: kernels.sort((a, b) => b.milliseconds - a.milliseconds) };
}
