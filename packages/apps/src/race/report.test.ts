import { describe, expect, it } from "vitest";
import { cannotRow, columnsLine, headingOf, linesOf, timedRow } from "./report.ts";
import { workloads } from "./workloads.ts";

const workload = workloads[0];
const time = { median: 250, min: 200, max: 300 };

describe("a row", () => {
  it("has the ratio of the medians, and GFLOP/s", () => {
    expect(timedRow({ ...workload, gflop: 30 }, "tfjs-webgpu", time, 100)).toEqual({
      workload: "train-step",
      competitor: "tfjs-webgpu",
      milliseconds: time,
      gflops: 120,
      ratio: 2.5,
    });
    expect(timedRow({ ...workload, gflop: 0 }, "tfjs-webgpu", time, 100).gflops).toBeNull();
  });

  it("has nothing but a reason where there is no time", () => {
    expect(cannotRow(workload, "ort-web", "no gradients")).toEqual({
      workload: "train-step",
      competitor: "ort-web",
      milliseconds: null,
      gflops: null,
      ratio: null,
      cannot: "no gradients",
    });
  });
});

describe("the text", () => {
  it("stays within 80 columns", () => {
    const slow = { median: 123456, min: 100000, max: 1234567 };
    const lines = [
      columnsLine,
      ...workloads.flatMap((each) =>
        headingOf(each, 20, { difference: 1e-7, tolerance: 1.25e-5, what: "result" }),
      ),
      ...linesOf({ row: timedRow({ ...workload, gflop: 5 }, "tfjs-webgpu-gently", slow, 10), runs: 10 }),
      ...linesOf({ row: cannotRow(workload, "tfjs-wasm", "a reason with many words ".repeat(9)), runs: 0 }),
    ];
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });
});
