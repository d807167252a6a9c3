import type { Ceilings, KernelCall, Profile } from "@convscope/kernels";

/** What calls took and did in one step. Times are medians over the profiled steps, which are all alike. */
export interface Row {
  readonly calls: number;
  readonly milliseconds: number;
  readonly flop: number;
  readonly bytes: number;
}

/** The calls of a kernel that write tensors of one shape: in a network, most often those of one layer. */
export interface ShapeRow extends Row {
  readonly shape: readonly number[];
}

/** All calls of a kernel. */
export interface KernelRow extends Row {
  readonly kernel: string;
  /** The slowest first. */
  readonly shapes: readonly ShapeRow[];
}

/** The kernels of a step that was profiled several times, the slowest first. */
export function rowsOf(profiles: readonly Profile[]): KernelRow[] {
  const kernels = [...new Set(profiles[0].calls.map(({ kernel }) => kernel))];
  return kernels
    .map((kernel) => {
      const ofKernel = profiles.map(({ calls }) => calls.filter((call) => call.kernel === kernel));
      const keys = new Map(ofKernel[0].map(({ shape }) => [shape.join(), shape]));
      const shapes = [...keys].map(([key, shape]) => ({
        shape,
        ...rowOf(ofKernel.map((calls) => calls.filter((call) => call.shape.join() === key))),
      }));
      return { kernel, ...rowOf(ofKernel), shapes: shapes.sort(slowestFirst) };
    })
    .sort(slowestFirst);
}

const slowestFirst = (a: Row, b: Row) => b.milliseconds - a.milliseconds;

function rowOf(steps: readonly (readonly KernelCall[])[]): Row {
  const [first] = steps;
  return {
    calls: first.length,
    milliseconds: median(steps.map((calls) => sum(calls.map(({ milliseconds }) => milliseconds)))),
    flop: sum(first.map(({ flop }) => flop)),
    bytes: sum(first.map(({ bytes }) => bytes)),
  };
}

/** How fast calls were, beside what the device reaches. */
export interface Rates {
  /** 0 where nobody counts the operations. */
  readonly gflops: number;
  readonly gigabytesPerSecond: number;
  /** Which ceiling is the nearer one. */
  readonly boundBy: "gflops" | "gigabytesPerSecond";
  /** The least time that the ceilings allow, as a share of the time that was taken. */
  readonly shareOfCeiling: number;
}

export function ratesOf({ flop, bytes, milliseconds }: Row, ceilings: Ceilings): Rates {
  const gflops = rate(flop, milliseconds);
  const gigabytesPerSecond = rate(bytes, milliseconds);
  const shares = {
    gflops: gflops / ceilings.gflops,
    gigabytesPerSecond: gigabytesPerSecond / ceilings.gigabytesPerSecond,
  };
  const boundBy = shares.gflops > shares.gigabytesPerSecond ? "gflops" : "gigabytesPerSecond";
  return { gflops, gigabytesPerSecond, boundBy, shareOfCeiling: shares[boundBy] };
}

/** Billions a second. A clock with coarse steps may see no time at all. */
const rate = (count: number, milliseconds: number) => (milliseconds > 0 ? count / milliseconds / 1e6 : 0);

/** Milliseconds in which two kernels ran at once, by the device's clock: they are in both kernels' times. */
export function overlapOf({ calls }: Profile): number {
  const inOrder = [...calls].sort((a, b) => a.begin - b.begin);
  let overlap = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (const { begin, milliseconds } of inOrder) {
    overlap += Math.max(0, Math.min(end, begin + milliseconds) - begin);
    end = Math.max(end, begin + milliseconds);
  }
  return overlap;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
