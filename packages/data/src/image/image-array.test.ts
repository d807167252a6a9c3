import { describe, expect, it } from "vitest";
import type { ImageArray } from "../types.ts";
import { convertColorMode } from "./color-mode.ts";
import { arrayToImg, imgToArray } from "./image-array.ts";

describe("imgToArray", () => {
  it("keeps shape and values", () => {
    const array = imgToArray({ shape: [1, 2, 3], data: Uint8Array.of(0, 1, 2, 253, 254, 255) });
    expect(array).toEqual({ shape: [1, 2, 3], data: Float32Array.of(0, 1, 2, 253, 254, 255) });
  });

  const image: ImageArray = { shape: [1, 2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) };

  it("puts the channels first, and takes other numbers", () => {
    expect(imgToArray(image, { dataFormat: "channelsFirst", dtype: "float64" })).toEqual({
      shape: [3, 1, 2],
      data: Float64Array.of(1, 4, 2, 5, 3, 6),
    });
    const { data } = imgToArray(image, { dtype: "uint8" });
    expect(data).toEqual(image.data);
    expect(data).not.toBe(image.data);
  });

  it("refuses what it does not know", () => {
    expect(() => imgToArray(image, { dataFormat: "NHWC" as "channelsLast" })).toThrow(
      '[imgToArray] Unknown data_format: "NHWC"; "channelsLast" or "channelsFirst" was needed.',
    );
    expect(() => imgToArray(image, { dtype: "int7" as "uint8" })).toThrow('[imgToArray] dtype is "int7"; ');
  });
});

describe("arrayToImg", () => {
  const row = (...values: number[]) => ({ shape: [1, values.length, 1], data: Float32Array.from(values) });

  it("stretches to 0 … 255 and truncates, as Keras does", () => {
    // Section 2.8.4 of the Keras semantics: even an identity changes the picture.
    expect([...arrayToImg(row(10, 20, 30, 100, 150, 200)).data]).toEqual([0, 13, 26, 120, 187, 255]);
    expect([...arrayToImg(row(-1, 0, 1)).data]).toEqual([0, 127, 255]);
    expect([...arrayToImg(row(7, 7)).data]).toEqual([0, 0]);
  });

  it("truncates and clips where it does not stretch", () => {
    expect([...arrayToImg(row(-3, 0.9, 254.99, 300), { scale: false }).data]).toEqual([0, 0, 254, 255]);
  });

  it("takes the channels first", () => {
    const x = { shape: [3, 1, 2], data: Float32Array.of(1, 4, 2, 5, 3, 6) };
    expect(arrayToImg(x, { dataFormat: "channelsFirst", scale: false })).toEqual({
      shape: [1, 2, 3],
      data: Uint8Array.of(1, 2, 3, 4, 5, 6),
    });
  });

  it("refuses what is no picture, in Keras's words", () => {
    expect(() => arrayToImg({ shape: [2, 2], data: new Float32Array(4) })).toThrow(
      "[arrayToImg] Expected image array to have rank 3 (single image). Got array with shape: [2, 2].",
    );
    expect(() => arrayToImg({ shape: [3, 1, 2], data: new Float32Array(6) })).toThrow(
      "[arrayToImg] Unsupported channel number: 2, in an array of shape [3, 1, 2] with channelsLast; 1, 3 or 4 was needed.",
    );
  });
});

describe("convertColorMode", () => {
  const rgba: ImageArray = { shape: [1, 2, 4], data: Uint8Array.of(10, 200, 30, 0, 255, 255, 255, 9) };

  it("drops alpha without blending", () => {
    expect(convertColorMode(rgba, "rgb")).toEqual({
      shape: [1, 2, 3],
      data: Uint8Array.of(10, 200, 30, 255, 255, 255),
    });
    expect(convertColorMode(rgba, "rgba")).toBe(rgba);
  });

  it("computes luma in Pillow's fixed point", () => {
    const luma = (19595 * 10 + 38470 * 200 + 7471 * 30 + 32768) >> 16;
    expect([...convertColorMode(rgba, "grayscale").data]).toEqual([luma, 255]);
  });

  it("repeats gray in each channel, opaque", () => {
    const gray: ImageArray = { shape: [1, 1, 1], data: Uint8Array.of(77) };
    expect([...convertColorMode(gray, "rgb").data]).toEqual([77, 77, 77]);
    expect([...convertColorMode(gray, "rgba").data]).toEqual([77, 77, 77, 255]);
  });
});
