import { describe, expect, it } from "vitest";
import { gridFor } from "./grid.ts";

describe("gridFor", () => {
  it.each([
    [0, [0, 1, 1]],
    [1, [1, 1, 1]],
    [64, [1, 1, 1]],
    [65, [2, 1, 1]],
    [65_535 * 64, [65_535, 1, 1]],
    [65_535 * 64 + 1, [32_768, 2, 1]],
    [2 ** 32, [65_473, 1025, 1]],
  ])("%i threads: %j", (count, grid) => {
    expect(gridFor(count)).toEqual(grid);
  });

  it("covers every thread, and wastes less than a row", () => {
    for (const count of [1e6, 1e7 + 1, 65_536 * 64, 3 * 65_535 * 64 + 5]) {
      const [x, y] = gridFor(count);
      expect(x * y * 64).toBeGreaterThanOrEqual(count);
      expect((x * y - Math.ceil(count / 64)) / x).toBeLessThan(1);
    }
  });
});
