// The arithmetic of the last line of `npm test`. Pure functions.

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

export const NO_COUNTS = { passed: 0, failed: 0, skipped: 0 };

export const addCounts = (a, b) => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

/**
 * What vitest's run counts as. Nothing executed is a failure, and so is an exit code that no failed test explains.
 * @param {Counts} counts as the reporter found them
 * @param {number} exitCode of vitest
 * @returns {Counts}
 */
export function vitestCounts(counts, exitCode) {
  const nothingRan = counts.passed + counts.failed === 0;
  const unexplained = exitCode !== 0 && counts.failed === 0;
  return nothingRan || unexplained ? { ...counts, failed: 1 } : counts;
}

/**
 * Counts a finished run of vitest. A file that does not load, a hook that fails, and an error outside any test are one
 * failure each; a test that never ended failed.
 * @param {Iterable<import("vitest/node").TestModule>} modules
 * @param {readonly unknown[]} unhandledErrors
 * @returns {Counts}
 */
export function countTests(modules, unhandledErrors) {
  const counts = { ...NO_COUNTS, failed: unhandledErrors.length };
  for (const module of modules) {
    if (module.errors().length > 0) counts.failed += 1;
    for (const suite of module.children.allSuites()) if (suite.errors().length > 0) counts.failed += 1;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      counts[state === "pending" ? "failed" : state] += 1;
    }
  }
  return counts;
}

/** `12 passed, 0 failed`, and `, 3 skipped` where there are any. */
export function finalLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
