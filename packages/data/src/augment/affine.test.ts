import { expectClose } from "@convscope/kernels/testing";
import { describe, expect, it } from "vitest";
import type { FillMode, NdArray } from "../types.ts";
import { type AffineOptions, affineTransform, applyAffineTransform } from "./affine.ts";

const image = (rows: readonly number[][]): NdArray => ({
  shape: [rows.length, rows[0].length, 1],
  data: Float32Array.from(rows.flat()),
});
/** Rows of text, as they are written down. */
const numbers = (text: string): number[] => text.split(/[\s/]+/).map(Number);
/** The references have four decimals. */
const printed = { absolute: 6e-5, relative: 0 };

const square = image([0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => 10 * (4 * i + j))));

describe("the fill modes", () => {
  // SciPy at coordinates of a line 10 20 40 80.
  const coordinates = [-2.25, -1, -0.3, 0, 0.5, 2.7, 3, 3.3, 4, 5.25];
  it.each<[FillMode, string]>([
    ["nearest", "10 10 10 10 15 68 80 80 80 80"],
    ["constant", "-1 -1 -1 10 15 68 80 -1 -1 -1"],
    ["reflect", "25 10 10 10 15 68 80 80 80 35"],
    ["wrap", "17.5 40 68 10 15 68 80 13 20 50"],
    ["mirror", "50 20 13 10 15 68 80 68 40 17.5"],
    ["grid-wrap", "35 80 31 10 15 68 80 59 10 25"],
  ])("%s", (fillMode, wanted) => {
    const line = image([[10, 20, 40, 80]]);
    const got = coordinates.map((x) => {
      const options = { fillMode, cval: -1 };
      const { data } = affineTransform(
        line,
        [
          [1, 0],
          [0, 1],
        ],
        [0, x],
        options,
      );
      return data[0];
    });
    expectClose(got, numbers(wanted), { absolute: 1e-5 });
  });

  it("are checked, and the order", () => {
    expect(() => applyAffineTransform(square, { tx: 1, fillMode: "edge" as FillMode })).toThrow(
      '[applyAffineTransform] fillMode is "edge"; expected one of: "nearest", "constant", "reflect", "wrap", "mirror", "grid-wrap".',
    );
    expect(() => applyAffineTransform(square, { tx: 1, order: 6 as 5 })).toThrow(
      "[applyAffineTransform] the interpolation order is 6; 0, 1, 2, 3, 4 or 5 was needed.",
    );
  });
});

describe("applyAffineTransform", () => {
  // keras-preprocessing 1.1.2 over SciPy.
  it.each<[AffineOptions, string]>([
    [{ tx: 1 }, "40 50 60 70 / 80 90 100 110 / 120 130 140 150 / 120 130 140 150"],
    [{ ty: 1 }, "10 20 30 30 / 50 60 70 70 / 90 100 110 110 / 130 140 150 150"],
    [{ theta: 90 }, "120 120 120 80 / 130 130 130 90 / 140 140 140 100 / 150 150 150 110"],
    [
      { theta: 30 },
      "63.3975 43.3975 31.5673 20.2276 / 98.0385 82.5481 71.2084 59.8686 / 120.8494 122.1891 110.8494 99.5096 / 125.8494 134.5096 143.1699 137.3205",
    ],
    [
      { shear: 20 },
      "35.7097 31.4258 27.1419 29.6985 / 75.7097 71.4258 67.1419 62.8581 / 115.7097 111.4258 107.1419 102.8581 / 121.5077 130.9046 140.3015 142.8581",
    ],
    [
      { shear: Math.PI / 9, shearUnit: "radians" },
      "35.7097 31.4258 27.1419 29.6985 / 75.7097 71.4258 67.1419 62.8581 / 115.7097 111.4258 107.1419 102.8581 / 121.5077 130.9046 140.3015 142.8581",
    ],
    [
      { zx: 0.5, zy: 0.5 },
      "62.5 67.5 72.5 77.5 / 82.5 87.5 92.5 97.5 / 102.5 107.5 112.5 117.5 / 122.5 127.5 132.5 137.5",
    ],
    [{ zx: 2, zy: 2 }, "0 0 15 30 / 0 0 15 30 / 60 60 75 90 / 120 120 135 150"],
    [{ tx: 1.25, ty: -0.5 }, "50 55 65 75 / 90 95 105 115 / 120 125 135 145 / 120 125 135 145"],
    [
      { tx: 1.25, ty: -0.5, fillMode: "constant", cval: -1 },
      "-1 55 65 75 / -1 95 105 115 / -1 -1 -1 -1 / -1 -1 -1 -1",
    ],
    [{ tx: 1.25, ty: -0.5, fillMode: "wrap" }, "75 55 65 75 / 115 95 105 115 / 35 15 25 35 / 75 55 65 75"],
    [
      { theta: 15, tx: 0.4, ty: -0.3, shear: 10, zx: 0.9, zy: 1.1 },
      "78.1153 61.8801 53.2543 44.6285 / 112.8887 98.9828 90.357 81.7312 / 120 127.0187 127.4597 118.8339 / 120 129.3481 139.3175 149.2869",
    ],
  ])("%j about Keras 2's centre", (options, wanted) => {
    const { data } = applyAffineTransform(square, { ...options, center: "keras2" });
    expectClose(data, numbers(wanted.replaceAll(" / ", " ")), printed);
  });

  it("reflects a shift beyond the border", () => {
    const { data } = applyAffineTransform(square, { tx: 1.25, ty: -0.5, fillMode: "reflect" });
    expectClose(data.subarray(12), [110, 115, 125, 135], printed);
  });

  it("turns about the middle, or one pixel beside it as Keras 2 does", () => {
    const x = image([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7, 8],
    ]);
    expectClose(applyAffineTransform(x, { theta: 180 }).data, [8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect([...applyAffineTransform(x, { theta: 180, center: "keras2" }).data]).toEqual(Array(9).fill(8));
  });

  it("gives a copy where nothing changes", () => {
    const same = applyAffineTransform(square, { theta: 0, zx: 1 });
    expect(same).toEqual(square);
    expect(same.data).not.toBe(square.data);
  });

  it("takes the channels first, or axes in any order", () => {
    const [height, width, channels] = [4, 5, 3];
    const last = {
      shape: [height, width, channels],
      data: Float32Array.from({ length: 60 }, (_, i) => (i * 37) % 101),
    };
    const moved = (
      order: (i: number, j: number, c: number) => number,
      shape: number[],
      { data }: NdArray,
    ) => {
      const result = new Float32Array(60);
      for (let i = 0; i < 60; i++) result[order(Math.floor(i / 15), Math.floor(i / 3) % 5, i % 3)] = data[i];
      return { shape, data: result };
    };
    const first = (x: NdArray) => moved((i, j, c) => (c * 4 + i) * 5 + j, [3, 4, 5], x);
    const turned = (x: NdArray) => moved((i, j, c) => (j * 4 + i) * 3 + c, [5, 4, 3], x);
    for (const order of [0, 1, 3] as const) {
      const options = { theta: 25, tx: 0.7, shear: 8, zy: 1.2, order, fillMode: "reflect" } as const;
      const wanted = applyAffineTransform(last, options);
      expect(applyAffineTransform(first(last), { ...options, dataFormat: "channelsFirst" })).toEqual(
        first(wanted),
      );
      expect(applyAffineTransform(turned(last), { ...options, rowAxis: 1, colAxis: 0 })).toEqual(
        turned(wanted),
      );
    }
  });

  it("refuses what is no picture", () => {
    expect(() => applyAffineTransform({ shape: [4, 4], data: new Float32Array(16) }, { tx: 1 })).toThrow(
      "[applyAffineTransform] the array has shape [4,4]; one picture, with rows, columns and channels, was needed.",
    );
    expect(() => applyAffineTransform(square, { tx: 1, rowAxis: 1 })).toThrow(
      "rowAxis, colAxis and channelAxis are 1, 1 and 2; 0, 1 and 2 in some order were needed.",
    );
  });
});
