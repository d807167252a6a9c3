import type { TunedPass } from "@convscope/kernels";
import { expect, it } from "vitest";
import { table } from "./tune.ts";

const sizes = "74x74x32 * 3x3x32x64, strides 1x1, dilation 1x1, padding 0 0 0 0";
const passes: TunedPass[] = [
  {
    pass: "conv2d.backwardFilter",
    sizes,
    calls: 1,
    auto: "subgroups",
    choice: "winograd",
    variants: [
      { name: "naive", state: "slow", why: "18 times the best's time" },
      { name: "registers", state: "timed", milliseconds: 118.4 },
      { name: "subgroups", state: "timed", milliseconds: 35.71 },
      { name: "winograd", state: "timed", milliseconds: 20 },
    ],
  },
  {
    pass: "dense.forward",
    sizes: "512 x 1",
    calls: 2,
    auto: "registers",
    choice: "registers",
    variants: [
      { name: "naive", state: "timed", milliseconds: 0.1544 },
      { name: "registers", state: "timed", milliseconds: 0.15 },
      { name: "subgroups", state: "refused", why: "OUT is 1, must be a multiple of 4" },
    ],
  },
  {
    pass: "dense.backwardInput",
    sizes: "512 x 1",
    calls: 1,
    auto: "registers",
    choice: "naive",
    variants: [
      { name: "naive", state: "timed", milliseconds: 1 },
      { name: "registers", state: "wrong", why: "value 7 is 0, the plainest variant's is 1" },
    ],
  },
];

it("prints a table of 80 columns", () => {
  const lines = table({ key: "radeon", where: "~/.cache/convscope", passes }, { auto: 37.01, tuned: 21.3 });
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(`${lines.join("\n")}\n`).toBe(`
pass                  sizes                    auto, ms        choice, ms
--------------------------------------------------------------------------------
conv2d.backwardFilter 74x74x32 * 3x3x32x64     subgroups 35.7  winograd 20.0 44%
  naive: 18 times the best's time; registers 118
dense.forward         512 x 1                  registers 0.150 stays
  naive 0.154; subgroups: OUT is 1, must be a multiple of 4
dense.backwardInput   512 x 1                  registers wrong naive 1.00
  registers is WRONG: value 7 is 0, the plainest variant's is 1
--------------------------------------------------------------------------------
One step's passes: 37.0 ms by auto, 21.3 ms as chosen: 42.4 % less.
Kept in ~/.cache/convscope
--kernels tuned goes by it.
`);
});
