import type { Conv2dOptions } from "./geometry.ts";

/** A row of the test table. */
export interface Conv2dCase extends Conv2dOptions {
  readonly name: string;
  /**
   * For the kernels in tiles, which take a second each to compile on a software device: `all` of them, or those of float32.
   * Together these cases hold all their branches.
   */
  readonly tiles?: "all" | "float32";
}

/** Odd shapes: channels 1, 3, 5, 70; kernels 1 to 7, not square; strides 1 to 3; dilation; odd sizes; both paddings. */
export const conv2dCases: readonly Conv2dCase[] = [
  {
    name: "the lecture's first layer, small",
    inputShape: [2, 15, 15, 3],
    filterShape: [3, 3, 3, 32],
    tiles: "all",
  },
  { name: "one pixel, one channel, 1×1", inputShape: [1, 1, 1, 1], filterShape: [1, 1, 1, 1] },
  { name: "1×1 filter, 70 channels", inputShape: [2, 5, 7, 70], filterShape: [1, 1, 70, 5] },
  { name: "2×3 filter, same", inputShape: [3, 7, 6, 5], filterShape: [2, 3, 5, 70], padding: "same" },
  {
    name: "3×3, stride 2, same, even",
    inputShape: [2, 8, 8, 3],
    filterShape: [3, 3, 3, 4],
    strides: 2,
    padding: "same",
  },
  {
    name: "3×3, stride 2, same, odd",
    inputShape: [2, 9, 7, 3],
    filterShape: [3, 3, 3, 5],
    strides: 2,
    padding: "same",
  },
  { name: "5×2, strides 3×2", inputShape: [1, 17, 11, 5], filterShape: [5, 2, 5, 3], strides: [3, 2] },
  {
    name: "7×7, stride 3, same",
    inputShape: [2, 13, 19, 1],
    filterShape: [7, 7, 1, 5],
    strides: 3,
    padding: "same",
  },
  { name: "4×4, even filter, same", inputShape: [1, 9, 9, 3], filterShape: [4, 4, 3, 33], padding: "same" },
  { name: "6×1, 70 channels", inputShape: [1, 8, 5, 70], filterShape: [6, 1, 70, 5], strides: [1, 2] },
  { name: "3×3, dilation 2", inputShape: [1, 11, 9, 3], filterShape: [3, 3, 3, 5], dilation: 2 },
  {
    name: "3×2, dilation 2×3, same",
    inputShape: [2, 10, 9, 5],
    filterShape: [3, 2, 5, 3],
    dilation: [2, 3],
    padding: "same",
  },
  {
    name: "stride with dilation",
    inputShape: [1, 15, 14, 3],
    filterShape: [3, 3, 3, 4],
    strides: 2,
    dilation: 2,
  },
  { name: "filter as large as the input", inputShape: [3, 5, 4, 3], filterShape: [5, 4, 3, 7] },
  {
    name: "pixels per side",
    inputShape: [2, 6, 5, 3],
    filterShape: [3, 3, 3, 5],
    padding: { top: 2, bottom: 0, left: 1, right: 3 },
  },
  // Whole quads of channels, which the kernels for subgroups take: below, at and above the 32 of a workgroup.
  {
    name: "4 to 8 channels, dilation 2×1, same",
    inputShape: [2, 9, 7, 4],
    filterShape: [3, 2, 4, 8],
    dilation: [2, 1],
    padding: "same",
    tiles: "float32",
  },
  {
    name: "36 to 68 channels, strides 2×1, same",
    inputShape: [3, 7, 5, 36],
    filterShape: [2, 3, 36, 68],
    strides: [2, 1],
    padding: "same",
    tiles: "all",
  },
  {
    name: "8 to 4 channels, 5×7, stride 3, pixels per side",
    inputShape: [1, 11, 13, 8],
    filterShape: [5, 7, 8, 4],
    strides: 3,
    padding: { top: 4, bottom: 1, left: 0, right: 6 },
    tiles: "float32",
  },
  {
    name: "8 to 5 channels, dilation 1×2, same",
    inputShape: [2, 9, 12, 8],
    filterShape: [2, 2, 8, 5],
    dilation: [1, 2],
    padding: "same",
    tiles: "float32",
  },
  // 3×3 with strides 1, which Winograd's algorithm takes: below, at and above its tiles of 4×4.
  { name: "3×3 for Winograd, one output", inputShape: [2, 3, 3, 4], filterShape: [3, 3, 4, 8] },
  { name: "3×3 for Winograd, one tile", inputShape: [1, 6, 6, 12], filterShape: [3, 3, 12, 4] },
  {
    name: "3×3 for Winograd, same",
    inputShape: [3, 9, 7, 36],
    filterShape: [3, 3, 36, 68],
    padding: "same",
  },
  {
    name: "3×3 for Winograd, pixels per side",
    inputShape: [2, 5, 11, 8],
    filterShape: [3, 3, 8, 16],
    padding: { top: 2, bottom: 1, left: 0, right: 2 },
  },
  { name: "32 to 64 channels, 1×1", inputShape: [2, 3, 5, 32], filterShape: [1, 1, 32, 64] },
  { name: "70 to 70 channels", inputShape: [1, 6, 6, 70], filterShape: [3, 3, 70, 70], padding: "same" },
];
