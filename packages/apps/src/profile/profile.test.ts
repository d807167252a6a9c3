import type { AdapterInfo, KernelCall, Profile } from "@convscope/kernels";
import { describe, expect, it } from "vitest";
import { overlapOf, ratesOf, rowsOf } from "./rows.ts";
import { digits, tableOf } from "./table.ts";
import { chromeTrace } from "./trace.ts";

const call = (
  kernel: string,
  shape: readonly number[],
  begin: number,
  milliseconds: number,
  { flop = 0, bytes = 0 } = {},
): KernelCall => ({ kernel, shape, begin, milliseconds, flop, bytes });

const profile = (...calls: KernelCall[]): Profile => ({ method: "timestamp-query", kernels: [], calls });

/** Three steps of a convolution in two layers, and an update; the second step was disturbed. */
const profiles = [1, 9, 2].map((time, i) =>
  profile(
    call("conv", [20, 8], 1000 * i + 100, 4 * time, { flop: 2e9, bytes: 1e6 }),
    call("update", [8], 1000 * i + 200, 1, { bytes: 6e6 }),
    call("conv", [20, 4], 1000 * i + 300, time, { flop: 1e9, bytes: 1e6 }),
    call("conv", [20, 8], 1000 * i + 400, 4 * time, { flop: 2e9, bytes: 1e6 }),
  ),
);
const ceilings = { gflops: 500, gigabytesPerSecond: 10 };

describe("a profile's rows", () => {
  it("are kernels, and the shapes that they write; times are the steps' medians", () => {
    const conv = { calls: 3, milliseconds: 18, flop: 5e9, bytes: 3e6 };
    expect(rowsOf(profiles)).toEqual([
      {
        kernel: "conv",
        ...conv,
        shapes: [
          { shape: [20, 8], calls: 2, milliseconds: 16, flop: 4e9, bytes: 2e6 },
          { shape: [20, 4], calls: 1, milliseconds: 2, flop: 1e9, bytes: 1e6 },
        ],
      },
      {
        kernel: "update",
        calls: 1,
        milliseconds: 1,
        flop: 0,
        bytes: 6e6,
        shapes: [{ shape: [8], calls: 1, milliseconds: 1, flop: 0, bytes: 6e6 }],
      },
    ]);
  });

  it("are compared with the nearer ceiling", () => {
    const row = { calls: 1, milliseconds: 4, flop: 1e9, bytes: 4e6 };
    expect(ratesOf(row, ceilings)).toEqual({
      gflops: 250,
      gigabytesPerSecond: 1,
      boundBy: "gflops",
      shareOfCeiling: 0.5,
    });
    expect(ratesOf({ ...row, bytes: 36e6 }, ceilings)).toMatchObject({
      boundBy: "gigabytesPerSecond",
      shareOfCeiling: 0.9,
    });
    expect(ratesOf({ ...row, milliseconds: 0 }, ceilings).shareOfCeiling).toBe(0);
  });

  it("are a table of 80 columns", () => {
    expect(tableOf(rowsOf(profiles), ceilings, 20)).toEqual([
      "kernel, and the shape that it writes calls      ms    step          rate ceiling",
      "conv                                     3    18.0  90.0 %   278 GFLOP/s  55.6 %",
      "  [20,8]                                 2    16.0  80.0 %   250 GFLOP/s  50.0 %",
      "  [20,4]                                 1    2.00  10.0 %   500 GFLOP/s 100.0 %",
      "update [8]                               1    1.00   5.0 %     6.00 GB/s  60.0 %",
      "all kernels                              4    19.0  95.0 %",
      "the rest of the step                          1.00   5.0 %",
    ]);
    const long = call("conv2d.backwardFilter.subgroups", [3, 3, 3, 32], 0, 1, { bytes: 1e7 });
    expect(tableOf(rowsOf([profile(long)]), ceilings, 1).slice(1, 3)).toEqual([
      "conv2d.backwardFilter.subgroups          1    1.00 100.0 %     10.0 GB/s 100.0 %",
      "  [3,3,3,32]",
    ]);
    const [, , last] = tableOf(rowsOf(profiles), ceilings, 4000).slice(0, -1);
    expect(last).toBe("all kernels                              4    19.0   0.5 %");
  });

  it("are written with three digits", () => {
    expect([0.0049, 1.234, 9.996, 12.34, 99.96, 1234.5].map(digits)).toEqual([
      "0.00",
      "1.23",
      "10.0",
      "12.3",
      "100",
      "1235",
    ]);
  });
});

it("tells for how long kernels ran at once", () => {
  expect(overlapOf(profiles[0])).toBe(0);
  const calls = [call("a", [1], 0, 10), call("c", [1], 15, 5), call("b", [1], 4, 12)];
  expect(overlapOf(profile(...calls))).toBe(7);
});

it("a trace has steps and kernels on the device's clock, in microseconds", () => {
  const adapter = { name: "some GPU", isSoftware: false } as AdapterInfo;
  const { traceEvents, otherData } = chromeTrace(profiles, adapter);
  expect(otherData).toEqual({ adapter: "some GPU", software: "no", timing: "timestamp-query" });
  expect(traceEvents.filter(({ ph }) => ph === "M").map(({ name, args }) => [name, args.name])).toEqual([
    ["process_name", "convscope, some GPU"],
    ["thread_name", "training steps"],
    ["thread_name", "kernels"],
  ]);
  const slices = traceEvents.filter(({ ph }) => ph === "X");
  expect(slices).toHaveLength(3 * 5);
  expect(slices.slice(5, 7)).toEqual([
    { name: "step 2", ph: "X", pid: 1, tid: 1, cat: "step", ts: 1e6, dur: 336e3, args: { kernels: 4 } },
    {
      name: "conv",
      ph: "X",
      pid: 1,
      tid: 2,
      cat: "kernel",
      ts: 1e6,
      dur: 36e3,
      args: { writes: "[20,8]", flop: 2e9, bytes: 1e6 },
    },
  ]);
});
