import { describe, expect, it } from "vitest";
import { interleaved, runsFor, summarize, timesFor } from "./timing.ts";

describe("timing", () => {
  it.each([
    [[3], { median: 3, min: 3, max: 3 }],
    [[5, 1, 100], { median: 5, min: 1, max: 100 }],
    [[4, 1, 2, 9], { median: 3, min: 1, max: 9 }],
    [[10, 9, 100], { median: 10, min: 9, max: 100 }],
  ])("sums up %j", (times, wanted) => {
    expect(summarize(times)).toEqual(wanted);
    expect(() => summarize([])).toThrow("[race] there are no times to sum up.");
  });

  it.each([
    [1, 10],
    [2000, 10],
    [2500, 8],
    [9000, 3],
    [20_000, 3],
    [20_001, 2],
    [40_000, 2],
    [40_001, 1],
  ])("runs of %d ms are done %d times", (milliseconds, runs) => {
    expect(runsFor(milliseconds)).toBe(runs);
  });

  it.each([
    [0.1, 20],
    [7, 3],
    [20, 1],
    [5000, 1],
  ])("a pass of %d ms is dispatched %d times a run", (fastest, times) => {
    expect(timesFor(fastest)).toBe(times);
  });

  it("takes turns, and lets those go on who have runs left", () => {
    const plan = [
      { item: "a", runs: 3 },
      { item: "b", runs: 1 },
      { item: "c", runs: 2 },
    ];
    expect(interleaved(plan).join("")).toBe("abcaca");
    expect(interleaved([])).toEqual([]);
  });
});
