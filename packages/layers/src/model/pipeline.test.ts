import { afterEach, beforeEach, expect, it } from "vitest";
import { pipeline } from "./pipeline.ts";

const unhandled: unknown[] = [];
const note = (error: unknown) => unhandled.push(error);
beforeEach(() => void process.on("unhandledRejection", note));
afterEach(() => void process.off("unhandledRejection", note));
const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

it("keeps a few steps on their way, and gives results in order", async () => {
  let onTheirWay = 0;
  let most = 0;
  const got: number[] = [];
  await pipeline(
    6,
    async (step) => {
      most = Math.max(most, ++onTheirWay);
      const results = later(step % 2 === 0 ? 4 : 1).then(() => step);
      return { samples: 1, results: results.finally(() => onTheirWay--) };
    },
    (value) => void got.push(value),
  );
  expect(got).toEqual([0, 1, 2, 3, 4, 5]);
  expect(most).toBe(3);
});

it("throws the first error once, after the steps that are on their way", async () => {
  let finished = 0;
  const run = pipeline(
    9,
    async (step) => {
      if (step === 2) throw new Error("a bad batch");
      return { samples: 1, results: later(5).then(() => finished++) };
    },
    () => {},
  );
  await expect(run).rejects.toThrow("a bad batch");
  expect(finished).toBe(2);
});

it("leaves no rejection unhandled, however many results fail", async () => {
  const run = pipeline(
    9,
    async (step) => {
      await later(2);
      return { samples: 1, results: Promise.reject(new Error(`lost ${step}`)) };
    },
    () => {},
  );
  await expect(run).rejects.toThrow("lost 0");
  await later(5);
  expect(unhandled).toEqual([]);
});
