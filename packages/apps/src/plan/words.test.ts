import { expect, it } from "vitest";
import { inBytes } from "./words.ts";

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
