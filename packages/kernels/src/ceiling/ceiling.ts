import type { Device } from "../device/device.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope, StepMemory } from "../device/memory.ts";
import type { KernelCall } from "../device/profile.ts";
import { sizeOf, type Tensor } from "../device/tensor.ts";
import multiplyAddsWgsl from "./multiply-adds.wgsl";
import streamWgsl from "./stream.wgsl";

/** What a device reaches at the most, in kernels that do nothing else. */
export interface Ceilings {
  /** Multiply-adds in registers, two operations each, float32. */
  readonly gflops: number;
  /** Reading memory that no cache holds. */
  readonly gigabytesPerSecond: number;
}

const multiplyAddsKernel = defineKernel({
  name: "ceiling.multiplyAdds",
  wgsl: multiplyAddsWgsl,
  buffers: ["y"],
  step: ["rounds", "m"],
});
const streamKernel = defineKernel({
  name: "ceiling.stream",
  wgsl: streamWgsl,
  buffers: ["x", "y"],
  step: ["rounds"],
});

const WORKGROUP = 64;
/** Multiply-adds of a thread in a round. */
const PER_ROUND = 32 * 16;
/** Numbers that a workgroup reads in a round. */
const NUMBERS_PER_ROUND = 4 * WORKGROUP * 4;

/** Turns the rings of 16 numbers of so many workgroups; see multiply-adds.wgsl. @returns a number a thread */
export function multiplyAdds(scope: Scope, groups: number, rounds: number, m: number): Tensor {
  const threads = groups * WORKGROUP;
  const y = scope.tensor([threads]);
  const flop = 2 * threads * PER_ROUND * rounds;
  scope.device.run(multiplyAddsKernel, { y }, {}, { grid: [groups, 1, 1], step: { rounds, m }, flop });
  return y;
}

/** Reads x once, by so many workgroups, a block each; see stream.wgsl. @returns the lanes' sums, [groups, 64, 4] */
export function stream(scope: Scope, x: Tensor, groups: number): Tensor {
  const rounds = sizeOf(x.shape) / (groups * NUMBERS_PER_ROUND);
  if (!Number.isInteger(rounds)) {
    throw new Error(
      `[ceiling] ${groups} workgroups read multiples of ${groups * NUMBERS_PER_ROUND} numbers, x has ${sizeOf(x.shape)}.`,
    );
  }
  const y = scope.tensor([groups, WORKGROUP, 4]);
  scope.device.run(streamKernel, { x, y }, {}, { grid: [groups, 1, 1], step: { rounds } });
  return y;
}

/** Enough workgroups for the widest of GPUs. */
const MULTIPLYING_GROUPS = 4096;
const READING_GROUPS = 1024;
/** Far beside every start-up cost, and the clock's steps. */
const LEAST_MILLISECONDS = 20;
/** Where a clock stands still. */
const MOST_ROUNDS = 2 ** 20;
/** So near to 0 that the numbers stay small for millions of turns. */
const M = 2 ** -24;
/** More than caches hold. */
const MOST_BYTES = 256 * 2 ** 20;
/** The fastest of so many counts. */
const CALLS = 7;

/** Measures what the device reaches: the best of several, by the clock that the profile goes by. Takes under a second. */
export async function measureCeilings(device: Device): Promise<Ceilings> {
  return {
    gflops: await measureMultiplyAdds(device),
    gigabytesPerSecond: await measureReading(device),
  };
}

async function measureMultiplyAdds(device: Device): Promise<number> {
  using scope = device.scope();
  const run = (rounds: number) => multiplyAdds(scope, MULTIPLYING_GROUPS, rounds, M);
  let rounds = 1;
  while (rounds < MOST_ROUNDS) {
    const { milliseconds } = await fastestOf(1, scope, () => run(rounds));
    if (milliseconds >= LEAST_MILLISECONDS) break;
    rounds *= 2;
  }
  const { flop, milliseconds } = await fastestOf(CALLS, scope, () => run(rounds));
  return flop / milliseconds / 1e6;
}

async function measureReading(device: Device): Promise<number> {
  using memory = device.scope();
  using scope = device.scope();
  const most = Math.min(MOST_BYTES, device.largestTensor);
  const whole = READING_GROUPS * NUMBERS_PER_ROUND;
  const x = memory.tensor([Math.floor(most / 4 / whole) * whole]);
  const { bytes, milliseconds } = await fastestOf(CALLS, scope, () => stream(scope, x, READING_GROUPS));
  return bytes / milliseconds / 1e6;
}

/** Calls a kernel several times. @returns the fastest call */
async function fastestOf(calls: number, scope: StepMemory, run: () => void): Promise<KernelCall> {
  const { device } = scope;
  device.startProfiling();
  for (let i = 0; i < calls; i++) {
    scope.restart();
    run();
  }
  const profile = await device.stopProfiling();
  return profile.calls.reduce((best, call) => (call.milliseconds < best.milliseconds ? call : best));
}
