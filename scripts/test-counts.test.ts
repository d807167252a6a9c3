import { describe, expect, it } from "vitest";
import { addCounts, countTests, finalLine, NO_COUNTS, vitestCounts } from "./test-counts.mjs";

/** What the counting reads of vitest's TestModule. */
const moduleOf = (states: string[], { errors = 0, suiteErrors = 0 } = {}) =>
  ({
    errors: () => Array(errors).fill(new Error("load")),
    children: {
      allSuites: () => [{ errors: () => Array(suiteErrors).fill(new Error("hook")) }],
      allTests: () => states.map((state) => ({ result: () => ({ state }) })),
    },
  }) as never;

describe("counting", () => {
  it("sums over files; a test that never ended failed", () => {
    const modules = [moduleOf(["passed", "passed", "skipped"]), moduleOf(["failed", "pending"])];
    expect(countTests(modules, [])).toEqual({ passed: 2, failed: 2, skipped: 1 });
  });

  it("takes a file that does not load, a failed hook and a stray error as failures", () => {
    expect(countTests([moduleOf([], { errors: 2 })], [])).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(countTests([moduleOf(["skipped"], { suiteErrors: 1 })], [])).toMatchObject({
      failed: 1,
      skipped: 1,
    });
    expect(countTests([moduleOf(["passed"])], ["stray"])).toMatchObject({ passed: 1, failed: 1 });
  });
});

describe("vitest's run", () => {
  const counts = (passed: number, failed: number, skipped = 0) => ({ passed, failed, skipped });

  it("counts as the reporter found", () => {
    expect(vitestCounts(counts(3, 0, 1), 0)).toEqual(counts(3, 0, 1));
    expect(vitestCounts(counts(3, 2), 1)).toEqual(counts(3, 2));
  });

  it("fails when nothing was executed", () => {
    expect(vitestCounts(NO_COUNTS, 0)).toEqual(counts(0, 1));
    expect(vitestCounts(counts(0, 0, 4), 0)).toEqual(counts(0, 1, 4));
  });

  it("fails when vitest says so though no test did", () => {
    expect(vitestCounts(counts(3, 0), 1)).toEqual(counts(3, 1));
  });
});

it("ends with one line", () => {
  const counts = addCounts({ passed: 1, failed: 0, skipped: 0 }, { passed: 2, failed: 0, skipped: 0 });
  expect(finalLine(counts)).toBe("3 passed, 0 failed");
  expect(finalLine({ passed: 3, failed: 1, skipped: 2 })).toBe("3 passed, 1 failed, 2 skipped");
});
