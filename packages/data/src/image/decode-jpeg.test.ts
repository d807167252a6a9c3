import { describe, expect, it } from "vitest";
import { drawPet } from "../drawn-pets/draw-pet.ts";
import { decodeJpeg } from "./decode-jpeg.ts";
import { encodeJpeg } from "./encode-jpeg.ts";

const picture = drawPet("cat", 0, 0, [61, 67]);
const file = encodeJpeg(picture, { quality: 95 });

/** A copy in which the first frame header is changed. */
function withFrame(change: (bytes: Uint8Array, frame: number) => void): Uint8Array {
  const copy = file.slice();
  const frame = copy.findIndex((byte, i) => byte === 0xff && copy[i + 1] === 0xc0);
  change(copy, frame);
  return copy;
}

describe("decodeJpeg", () => {
  it("reads what jpeg-js writes", () => {
    const image = decodeJpeg(file);
    expect(image.shape).toEqual(picture.shape);
    const meanDifference =
      image.data.reduce((sum, v, i) => sum + Math.abs(v - picture.data[i]), 0) / image.data.length;
    expect(meanDifference).toBeLessThan(4);
  });

  it("rejects a file cut off anywhere before its last block", () => {
    for (let length = 3; length < file.length - 40; length += 37) {
      expect(() => decodeJpeg(file.subarray(0, length))).toThrow(/is truncated|is a damaged JPEG/);
    }
    expect(() => decodeJpeg(file.subarray(0, file.length - 400))).toThrow(
      "is truncated: its JPEG data ends too early.",
    );
  });

  it("refuses sizes by the header alone", () => {
    const claim = (height: number, width: number) =>
      withFrame((bytes, frame) => bytes.set([height >> 8, height & 255, width >> 8, width & 255], frame + 5));
    expect(() => decodeJpeg(claim(65_500, 65_500))).toThrow(
      "claims 65500 x 65500 pixels, more than the limit of 178956970 (a decompression bomb?).",
    );
    expect(() => decodeJpeg(claim(13_000, 13_000))).toThrow(
      /its \d+ bytes of data cannot hold 13000 x 13000 pixels/,
    );
    expect(() => decodeJpeg(claim(0, 67))).toThrow("its header claims 67 x 0 pixels");
    const large = Buffer.concat([claim(13_000, 13_000), Buffer.alloc(400_000)]);
    expect(() => decodeJpeg(large)).toThrow(
      "is too large: a JPEG of 13000 x 13000 pixels; at most 50000000 are decoded.",
    );
  });

  it("names the kinds of JPEG that it does not read", () => {
    const arithmetic = withFrame((bytes, frame) => bytes.set([0xc9], frame + 1));
    expect(() => decodeJpeg(arithmetic)).toThrow(
      "is a lossless, hierarchical or arithmetic JPEG (SOF9): convert it.",
    );
    const deep = withFrame((bytes, frame) => bytes.set([12], frame + 4));
    expect(() => decodeJpeg(deep)).toThrow("is a JPEG of 12 bits per sample, not 8: convert it.");
  });
});
