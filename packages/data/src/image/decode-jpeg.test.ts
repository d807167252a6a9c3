import { rejection } from "@convscope/storage/testing";
import { describe, expect, it } from "vitest";
import { drawPet } from "../drawn-pets/draw-pet.ts";
import jpegKinds from "../testing/jpeg-kinds.json" with { type: "json" };
import { decodeJpeg, JPEG_DECODERS } from "./decode-jpeg.ts";
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
const claim = (height: number, width: number) =>
  withFrame((bytes, frame) => bytes.set([height >> 8, height & 255, width >> 8, width & 255], frame + 5));

const meanDifference = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;

describe.each(JPEG_DECODERS)("decodeJpeg, %s", (decoder) => {
  const failure = (bytes: Uint8Array) => rejection(decodeJpeg(bytes, decoder));

  it("reads what jpeg-js writes", async () => {
    const image = await decodeJpeg(file, decoder);
    expect(image.shape).toEqual(picture.shape);
    expect(meanDifference(image.data, picture.data)).toBeLessThan(4);
  });

  it("rejects a file cut off anywhere", async () => {
    for (let length = 3; length < file.length; length += 37) {
      expect(await failure(file.subarray(0, length))).toMatch(/is truncated: its JPEG (data|header)/);
    }
    const withoutEnd = file.subarray(0, file.length - 1);
    const reason = "[decodeImage] the picture is truncated: its JPEG data ends too early.";
    expect(await failure(withoutEnd)).toBe(reason);
    expect(await failure(Buffer.concat([file.subarray(0, file.length - 400), file]))).toBe(reason);
  });

  it("ignores what stands before the headers, between them and behind the end", async () => {
    const { data } = await decodeJpeg(file, decoder);
    const odd = Buffer.concat([file.subarray(0, 2), Uint8Array.of(0xff, 0xff), file.subarray(3), file]);
    expect((await decodeJpeg(odd, decoder)).data).toEqual(data);
  });

  it("refuses sizes by the header alone", async () => {
    expect(await failure(claim(65_500, 65_500))).toContain(
      "claims 65500 x 65500 pixels, more than the limit of 178956970 (a decompression bomb?).",
    );
    expect(await failure(claim(13_000, 13_000))).toMatch(
      /its \d+ bytes of data cannot hold 13000 x 13000 pixels/,
    );
    expect(await failure(claim(0, 67))).toContain("its header claims 67 x 0 pixels");
    const large = Buffer.concat([claim(13_000, 13_000), Buffer.alloc(400_000)]);
    expect(await failure(large)).toContain("is too large: a JPEG of 13000 x 13000 pixels; ");
  });

  it("names the kinds of JPEG that it does not read", async () => {
    expect(await failure(withFrame((bytes, frame) => bytes.set([0xc3], frame + 1)))).toContain(
      "is a lossless or hierarchical JPEG (SOF3): convert it.",
    );
    expect(await failure(withFrame((bytes, frame) => bytes.set([12], frame + 4)))).toContain(
      "is a JPEG of 12 bits per sample, not 8: convert it.",
    );
    expect(await failure(withFrame((bytes, frame) => bytes.set([2], frame + 9)))).toContain(
      "is a JPEG of 2 components, not 1, 3 or 4: convert it.",
    );
    expect(await failure(withFrame((bytes, frame) => bytes.set([4], frame + 9)))).toContain(
      "is a CMYK JPEG that does not say which way its inks count: convert it.",
    );
  });

  it("still decodes after a damaged picture", async () => {
    const tables = file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xc4);
    const damaged = file.slice();
    damaged.fill(0xaa, tables + 5, tables + 21);
    expect(await failure(damaged)).toContain("the picture is a damaged JPEG: ");
    expect((await decodeJpeg(file, decoder)).shape).toEqual(picture.shape);
  });
});

describe("decodeJpeg against Pillow", () => {
  // Those that go to jpeg-js whatever the choice; it takes other roundings.
  const byJpegJs: Readonly<Record<string, number>> = { "luma 4x2": 3, CMYK: 1, YCCK: 3 };

  it.each(jpegKinds.kinds)("$kind", async ({ kind, jpeg, rgb }) => {
    const expected = new Uint8Array(Buffer.from(rgb, "base64"));
    const { data, shape } = await decodeJpeg(Buffer.from(jpeg, "base64"), "exact");
    expect(shape).toEqual([9, 17, 3]);
    const largest = data.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
    expect(largest).toBeLessThanOrEqual(byJpegJs[kind] ?? 0);
  });
});

describe("decodeJpeg", () => {
  it("exact: takes bytes too many before the end, of which libjpeg only warns", async () => {
    const { data } = await decodeJpeg(file, "exact");
    const extra = Buffer.concat([file.subarray(0, -2), Buffer.alloc(65, 7), file.subarray(-2)]);
    expect((await decodeJpeg(extra, "exact")).data).toEqual(data);
  });

  it("portable: says that it cannot read arithmetic coding", async () => {
    const arithmetic = withFrame((bytes, frame) => bytes.set([0xc9], frame + 1));
    expect(await rejection(decodeJpeg(arithmetic, "portable"))).toContain(
      "is an arithmetic JPEG, which jpeg-js cannot read: convert it.",
    );
  });
});
