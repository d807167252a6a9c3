import { expect, it } from "vitest";
import { durationText, roughDuration } from "./duration.ts";

it("durationText", () => {
  const all = [0.04, 3.44, 12.2, 59.7, 200, 3599.6, 7530];
  expect(all.map(durationText)).toEqual([
    "0.0 s",
    "3.4 s",
    "12 s",
    "1 min 0 s",
    "3 min 20 s",
    "1 h 0 min",
    "2 h 5 min",
  ]);
});

it("roughDuration", () => {
  const all = [0.0004, 0.142, 0.52, 5.21, 35.4, 99.2, 125, 1770, 7300, 60_000, 250_000];
  expect(all.map(roughDuration)).toEqual([
    "0.0004 s",
    "0.14 s",
    "0.52 s",
    "5.2 s",
    "35 s",
    "99 s",
    "2 min",
    "30 min",
    "2 h",
    "17 h",
    "2.9 days",
  ]);
});
