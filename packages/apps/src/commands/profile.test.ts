import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { convscopeHere, folderOfTests } from "../testing/convscope.ts";

describe("convscope profile small-cnn", () => {
  const folder = folderOfTests();
  const profile = (...args: string[]) => convscopeHere("profile", "small-cnn", ...args);

  it("says where a step's time went, as text, as data and as a trace", async () => {
    const trace = join(folder(), "trace.json");
    const { code, stdout, stderr } = await profile(
      ...["--steps", "2", "--batch-size", "1", "--trace", trace, "--json"],
    );
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      experiment: "small-cnn",
      arguments: { steps: 2, batchSize: 1, kernels: "auto" },
      method: expect.stringMatching(/^(timestamp-query|wall-clock)$/),
      trace,
    });
    const { milliseconds, ceilings, kernels, pipelines } = result;
    expect(pipelines).toBeGreaterThan(10);
    expect(milliseconds.firstStep).toBeGreaterThan(0);
    expect(milliseconds.step.median).toBeGreaterThan(0);
    const calls = kernels.reduce((sum: number, { calls }: { calls: number }) => sum + calls, 0);
    const inKernels = kernels.reduce(
      (sum: number, row: { milliseconds: number }) => sum + row.milliseconds,
      0,
    );
    expect(milliseconds.inKernels).toBeCloseTo(inKernels, 6);
    for (const row of kernels) {
      expect(row.shareOfStep).toBeCloseTo(row.milliseconds / milliseconds.profiledStep.median, 9);
      expect(row.bytes).toBeGreaterThan(0);
    }
    const update = kernels.find(({ kernel }: { kernel: string }) => kernel === "rmsprop");
    expect(update).toMatchObject({ calls: 12, flop: 0, gflops: 0, boundBy: "gigabytesPerSecond" });
    expect(update.shareOfCeiling).toBeCloseTo(update.gigabytesPerSecond / ceilings.gigabytesPerSecond, 9);

    const { traceEvents } = JSON.parse(readFileSync(trace, "utf8"));
    const slices = traceEvents.filter(({ cat }: { cat: string }) => cat === "kernel");
    expect(slices).toHaveLength(2 * calls);

    const lines = stderr.split("\n");
    expect(lines.filter((line) => line.length > 80 && !line.includes(trace))).toEqual([]);
    for (const what of [
      "first step ",
      "step, profiled ",
      "in kernels ",
      "ceilings ",
      "Timing: ",
      "all kernels ",
    ]) {
      expect(
        lines.filter((line) => line.startsWith(what)),
        what,
      ).toHaveLength(1);
    }
  });

  it.each([
    [
      "in no folder",
      join("none", "trace.json"),
      "cannot write none/trace.json: its folder does not exist: give a file in a folder that you may write to as --trace.",
    ],
    ["that is a folder", ".", ". is a folder: give a file as --trace."],
  ])("refuses a trace %s, before anything is opened", async (_, trace, message) => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const { code, stdout } = await profile("--trace", trace);
    expect([code, stdout, error.mock.calls]).toEqual([1, "", [[`convscope: [profile] ${message}`]]]);
    error.mockRestore();
  });
});
