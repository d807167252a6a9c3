/// <reference path="./pngjs.d.ts" />
import { RandomStream } from "@convscope/kernels/philox";
import { rejection } from "@convscope/storage/testing";
import pngjs from "pngjs";
import { describe, expect, it } from "vitest";
import { makePng, pngChunk } from "../testing/make-png.ts";
import { decodeImage } from "./decode-image.ts";

const noise = (length: number): Uint8Array => {
  const random = new RandomStream(1, "test");
  return Uint8Array.from({ length }, () => random.integer(256));
};
const decoded = async (bytes: Uint8Array) => [...(await decodeImage(bytes)).data];

describe("decodePng", () => {
  it("reads what pngjs writes", async () => {
    const data = noise(31 * 17 * 4);
    const image = await decodeImage(pngjs.PNG.sync.write({ width: 31, height: 17, data }));
    expect(image).toEqual({ shape: [17, 31, 4], data });
  });

  it("undoes each row filter", async () => {
    // One byte a pixel, rows 10 20 30 / 11 22 33 / … coded by hand with filters 0 to 4.
    const rows = [
      [0, 10, 20, 30],
      [1, 11, 11, 11],
      [2, 0, 0, 0],
      [3, 6, 6, 6],
      [4, 0, 0, 0],
    ].flat();
    const gray = (await decoded(makePng({ width: 3, height: 5, depth: 8, colorType: 0, raw: rows }))).filter(
      (_, i) => i % 4 === 0,
    );
    // Average: 6 + 11/2 = 11, 6 + (11 + 22)/2 = 22, 6 + (22 + 33)/2 = 33. Paeth of (a, b, c) picks b, b, b.
    expect(gray).toEqual([10, 20, 30, 11, 22, 33, 11, 22, 33, 11, 22, 33, 11, 22, 33]);
  });

  it("spreads 1, 2 and 4 bits of gray over 0 to 255", async () => {
    const gray = async (depth: number, byte: number) =>
      (await decoded(makePng({ width: 8 / depth, height: 1, depth, colorType: 0, raw: [0, byte] }))).filter(
        (_, i) => i % 4 === 0,
      );
    expect(await gray(1, 0b10110000)).toEqual([255, 0, 255, 255, 0, 0, 0, 0]);
    expect(await gray(2, 0b00011011)).toEqual([0, 85, 170, 255]);
    expect(await gray(4, 0x0f)).toEqual([0, 255]);
  });

  it("takes the high byte of 16 bits", async () => {
    const raw = [0, 0x12, 0xff, 0x80, 0x00, 0xfe, 0x01];
    expect(await decoded(makePng({ width: 1, height: 1, depth: 16, colorType: 2, raw }))).toEqual([
      0x12, 0x80, 0xfe, 255,
    ]);
  });

  it("looks colours up in the palette, with their alpha", async () => {
    const extra = [pngChunk("PLTE", Uint8Array.of(1, 2, 3, 40, 50, 60)), pngChunk("tRNS", Uint8Array.of(7))];
    const parts = { width: 2, height: 1, depth: 4, colorType: 3, extra };
    expect(await decoded(makePng({ ...parts, raw: [0, 0x10] }))).toEqual([40, 50, 60, 255, 1, 2, 3, 7]);
    expect(await rejection(decodeImage(makePng({ ...parts, raw: [0, 0x12] })))).toContain(
      "is a damaged PNG: index 2 not in palette.",
    );
  });

  it("keeps the colour of pixels that one colour makes transparent", async () => {
    const extra = [pngChunk("tRNS", Uint8Array.of(0, 9, 0, 8, 0, 7))];
    const raw = [0, 9, 8, 7, 9, 8, 6];
    expect(await decoded(makePng({ width: 2, height: 1, depth: 8, colorType: 2, extra, raw }))).toEqual([
      9, 8, 7, 0, 9, 8, 6, 255,
    ]);
  });

  it("puts interlaced passes together, those without pixels left out", async () => {
    // 3 x 3: pass 1 has (0, 0); 4 has (2, 0); 5 has (0, 2) (2, 2); 6 has (1, 0) (1, 2); 7 has row 1.
    const raw = [0, 1, 0, 3, 0, 7, 9, 0, 2, 0, 8, 0, 4, 5, 6];
    const image = makePng({ width: 3, height: 3, depth: 8, colorType: 0, interlace: 1, raw });
    expect((await decoded(image)).filter((_, i) => i % 4 === 0)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("rejects a file cut off anywhere before its last pixel", async () => {
    const file = pngjs.PNG.sync.write({ width: 12, height: 9, data: noise(12 * 9 * 4) });
    const pixelsEnd = file.length - 12 - 8; // IEND, and the checksums of the pixels
    for (let length = 8; length < pixelsEnd; length += 5) {
      expect(await rejection(decodeImage(file.subarray(0, length)))).toMatch(/is truncated/);
    }
  });

  it("never shows memory in place of missing rows", async () => {
    const parts = { width: 16, height: 16, depth: 8, colorType: 2 };
    const cutStream = makePng({ ...parts, raw: new Uint8Array(16 * (1 + 16 * 3)), cutOff: 5 });
    const tooFewRows = makePng({ ...parts, raw: new Uint8Array(5 * (1 + 16 * 3)) });
    for (const file of [cutStream, tooFewRows]) {
      expect(await rejection(decodeImage(file))).toBe(
        "[decodeImage] the picture is truncated: its PNG data ends too early.",
      );
    }
  });

  it("inflates no more than the pixels need", async () => {
    for (const interlace of [0, 1]) {
      const raw = new Uint8Array(16e6);
      const bomb = makePng({ width: 4, height: 4, depth: 8, colorType: 0, interlace, raw });
      const before = process.memoryUsage().arrayBuffers;
      expect(await rejection(decodeImage(bomb))).toContain("is a damaged PNG: it has more data than pixels.");
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8e6);
    }
  });

  it("needs no end, and goes by no text, profile or garbage", async () => {
    const raw = [0, 7];
    const extra = [pngChunk("iCCP", Uint8Array.of(1)), pngChunk("zTXt", Uint8Array.of(2))];
    const file = makePng({ width: 1, height: 1, depth: 8, colorType: 0, raw, extra });
    expect(await decoded(file.subarray(0, file.length - 12))).toEqual([7, 7, 7, 255]);
    expect(await decoded(Buffer.concat([file, Buffer.from("garbage")]))).toEqual([7, 7, 7, 255]);
  });

  it.each([
    [
      "a wrong checksum",
      { extra: [pngChunk("PLTE", Uint8Array.of(1, 2, 3), { crcError: 1 })] },
      "the checksum of its PLTE chunk is wrong.",
    ],
    ["an unknown colour type", { colorType: 5 }, "no PNG has colour type 5 with 8 bits."],
    ["an impossible depth", { depth: 3 }, "no PNG has colour type 0 with 3 bits."],
    ["an unknown interlacing", { interlace: 7 }, "no PNG has filter method 0 with interlace method 7."],
    ["an unknown filter", { raw: [9, 1] }, "there is no row filter 9."],
    ["no palette", { colorType: 3 }, "it has no palette."],
  ])("rejects %s", async (_, change, reason) => {
    const file = makePng({ width: 1, height: 1, depth: 8, colorType: 0, raw: [0, 1], ...change });
    expect(await rejection(decodeImage(file))).toBe(`[decodeImage] the picture is a damaged PNG: ${reason}`);
  });

  it("refuses sizes by the header alone", async () => {
    const claim = (width: number, height: number) =>
      rejection(decodeImage(makePng({ width, height, depth: 8, colorType: 2, raw: [0] })));
    expect(await claim(60_000, 60_000)).toContain(
      "claims 60000 x 60000 pixels, more than the limit of 178956970 (a decompression bomb?).",
    );
    expect(await claim(13_000, 13_000)).toMatch(
      /is truncated: its \d+ bytes of data cannot hold 13000 x 13000 pixels\./,
    );
    expect(await claim(0, 5)).toContain("is damaged: its header claims 0 x 5 pixels.");
  });
});
