import { expect, it } from "vitest";
import { inBytes, inTime } from "./words.ts";

it("inBytes", () => {
  const all = [0, 1023, 1024, 10_400, 128 * 2 ** 20, 9.96 * 2 ** 30, 2.94 * 2 ** 30];
  expect(all.map(inBytes)).toEqual([
    "0 bytes",
    "1023 bytes",
    "1.0 KiB",
    "10 KiB",
    "128 MiB",
    "10 GiB",
    "2.9 GiB",
  ]);
});

it("inTime", () => {
  const all = [0.0004, 0.142, 0.52, 5.21, 35.4, 99.2, 125, 1770, 7300, 60_000, 250_000];
  expect(all.map(inTime)).toEqual([
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
