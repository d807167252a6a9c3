import jpeg from "jpeg-js";
import { describe, expect, it } from "vitest";
import type { ImageArray } from "../types.ts";
import { encodeJpeg } from "./encode-jpeg.ts";

const decode = (bytes: Uint8Array) => jpeg.decode(bytes, { useTArray: true, formatAsRGBA: false });
const largestDifference = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);

describe("encodeJpeg", () => {
  it.each([
    [1, 1],
    [8, 8],
    [9, 7],
    [40, 61],
  ])("gives a JPEG of %i x %i that jpeg-js reads, within 5 levels at quality 100", (height, width) => {
    const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * 37 + ((i * i) >> 3)) & 255);
    const {
      width: decodedWidth,
      height: decodedHeight,
      data: pixels,
    } = decode(encodeJpeg({ shape: [height, width, 3], data }, { quality: 100 }));
    expect([decodedHeight, decodedWidth]).toEqual([height, width]);
    expect(largestDifference(pixels, data)).toBeLessThanOrEqual(5);
  });

  it("keeps a flat picture flat, and drops alpha", () => {
    const data = Uint8Array.from({ length: 16 * 16 * 4 }, (_, i) => [200, 100, 50, 0][i % 4]);
    const { data: pixels } = decode(encodeJpeg({ shape: [16, 16, 4], data }));
    for (let i = 0; i < pixels.length; i++)
      expect(Math.abs(pixels[i] - [200, 100, 50][i % 3])).toBeLessThanOrEqual(3);
  });

  it("refuses a quality and a size that no JPEG has", () => {
    const dot: ImageArray = { shape: [1, 1, 3], data: new Uint8Array(3) };
    expect(() => encodeJpeg(dot, { quality: 0 })).toThrow(
      "[encodeJpeg] quality is 0; a number from 1 to 100 was needed.",
    );
    expect(() => encodeJpeg({ shape: [0, 4, 3], data: new Uint8Array(0) })).toThrow(
      "the picture has 4 x 0 pixels",
    );
  });
});
