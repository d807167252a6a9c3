import { rejection } from "@convscope/storage/testing";
import { describe, expect, it } from "vitest";
import { decodeImage } from "./decode-image.ts";

interface BmpParts {
  readonly width: number;
  /** Negative: top-down. */
  readonly height: number;
  readonly bits: number;
  readonly compression?: number;
  /** Of 40 bytes (default), 12, or 108. */
  readonly headerSize?: 12 | 40 | 108;
  /** Red, green, blue and alpha. */
  readonly masks?: readonly number[];
  /** Blue, green, red, and, but for the oldest header, nothing. */
  readonly palette?: readonly number[];
  readonly rows: readonly number[];
}

function makeBmp(parts: BmpParts): Uint8Array {
  const { width, height, bits, compression = 0, headerSize = 40, masks = [], palette = [], rows } = parts;
  const extraMasks = headerSize === 40 ? masks.length * 4 : 0;
  const offset = 14 + headerSize + extraMasks + palette.length;
  const bytes = Buffer.alloc(offset + rows.length);
  bytes.write("BM", "latin1");
  bytes.writeUInt32LE(offset, 10);
  bytes.writeUInt32LE(headerSize, 14);
  if (headerSize === 12) {
    for (const [i, value] of [width, height, 1, bits].entries()) bytes.writeUInt16LE(value, 18 + 2 * i);
  } else {
    bytes.writeInt32LE(width, 18);
    bytes.writeInt32LE(height, 22);
    bytes.writeUInt16LE(1, 26);
    bytes.writeUInt16LE(bits, 28);
    bytes.writeUInt32LE(compression, 30);
    bytes.writeUInt32LE(palette.length / 4, 46);
    for (const [i, mask] of masks.entries()) bytes.writeUInt32LE(mask, 54 + 4 * i);
  }
  bytes.set(palette, offset - palette.length);
  bytes.set(rows, offset);
  return bytes;
}

const RED_GREEN = [0, 0, 255, 0, 0, 200, 0, 0];
const pixels = async (parts: BmpParts) => {
  const { data } = await decodeImage(makeBmp(parts));
  return [...data];
};
/** The palette's entries as the numbers of their colours. */
const names = async (parts: BmpParts) => {
  const palette = Array.from({ length: 16 }, (_, i) => [i, i, i, 0]).flat();
  return (await pixels({ palette, ...parts })).filter((_, i) => i % 3 === 0);
};

// Each of these was compared with Pillow's.
describe("decodeBmp", () => {
  it("reads rows from the bottom up, padded to four bytes, and from the top down", async () => {
    const rows = [3, 2, 1, 0, 6, 5, 4, 0];
    expect(await pixels({ width: 1, height: 2, bits: 24, rows })).toEqual([4, 5, 6, 1, 2, 3]);
    expect(await pixels({ width: 1, height: -2, bits: 24, rows })).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("looks 1, 4 and 8 bits up in the palette", async () => {
    const one = { width: 3, height: 1, bits: 1, palette: RED_GREEN, rows: [0b01000000, 0, 0, 0] };
    expect(await pixels(one)).toEqual([255, 0, 0, 0, 200, 0, 255, 0, 0]);
    expect(await names({ width: 3, height: 1, bits: 4, rows: [0x3f, 0x70, 0, 0] })).toEqual([3, 15, 7]);
    expect(await names({ width: 2, height: 1, bits: 8, rows: [9, 2, 0, 0] })).toEqual([9, 2]);
    expect(
      await rejection(pixels({ width: 1, height: 1, bits: 8, palette: RED_GREEN, rows: [2, 0, 0, 0] })),
    ).toContain("is a damaged BMP: index 2 not in palette.");
  });

  it("reads OS/2's header, with three bytes a colour", async () => {
    const palette = [0, 0, 255, 0, 200, 0];
    const rows = [0b10000000, 0, 0, 0];
    expect(await pixels({ width: 2, height: 1, bits: 1, headerSize: 12, palette, rows })).toEqual([
      0, 200, 0, 255, 0, 0,
    ]);
  });

  it("spreads 5 and 6 bits over 0 to 255", async () => {
    const rows = [0b111_00001, 0b0_00010_11, 0, 0]; // 00010 11111 00001
    expect(await pixels({ width: 1, height: 1, bits: 16, rows })).toEqual([16, 255, 8]);
    const masks = [0xf800, 0x7e0, 0x1f];
    // 00001 011111 00001
    expect(await pixels({ width: 1, height: 1, bits: 16, compression: 3, masks, rows })).toEqual([8, 125, 8]);
  });

  it("has alpha of 32 bits only where a mask says so", async () => {
    const rows = [3, 2, 1, 77];
    expect(await pixels({ width: 1, height: 1, bits: 32, rows })).toEqual([1, 2, 3]);
    const masks = [0xff0000, 0xff00, 0xff, 0xff000000];
    const parts = { width: 1, height: 1, bits: 32, compression: 3, headerSize: 108, masks, rows } as const;
    expect(await pixels(parts)).toEqual([1, 2, 3, 77]);
  });

  it("expands run lengths: runs, literals, escapes", async () => {
    const eight = [3, 7, 0, 3, 1, 2, 3, 0, 9, 9, 0, 0, 2, 4, 0, 2, 1, 0, 1, 5, 0, 1];
    expect(await names({ width: 7, height: 2, bits: 8, compression: 1, rows: eight })).toEqual([
      ...[4, 4, 0, 5, 0, 0, 0],
      ...[7, 7, 7, 1, 2, 3, 9],
    ]);
    const four = [3, 0x7a, 0, 3, 0x12, 0x30, 0, 1];
    expect(await names({ width: 6, height: 1, bits: 4, compression: 2, rows: four })).toEqual([
      7, 10, 7, 1, 2, 3,
    ]);
  });

  it.each([
    [
      "pixels that are missing",
      { height: 3, rows: [0, 0, 0, 0] },
      /is truncated: its 4 bytes of data cannot hold/,
    ],
    [
      "run lengths cut off",
      { bits: 8, compression: 1, palette: RED_GREEN, rows: [1, 1] },
      "is truncated: its BMP data ends too early.",
    ],
    ["a size that is too large", { width: 60_000, height: 60_000 }, "claims 60000 x 60000 pixels, more than"],
    ["a size of nothing", { width: 0 }, "its header claims 0 x 1 pixels."],
    ["an unknown compression", { compression: 4 }, "is a BMP of 24 bits with compression 4: convert it."],
  ])("rejects %s", async (_, change, reason) => {
    const parts = { width: 1, height: 1, bits: 24, rows: [0, 0, 0, 0], ...change };
    expect(await rejection(pixels(parts))).toMatch(reason);
  });

  it("rejects a header cut off, and one of no known kind", async () => {
    const file = makeBmp({ width: 1, height: 1, bits: 24, rows: [0, 0, 0, 0] });
    expect(await rejection(decodeImage(file.subarray(0, 40)))).toContain(
      "is truncated: its BMP header is cut off.",
    );
    file[14] = 13;
    expect(await rejection(decodeImage(file))).toContain("is a damaged BMP: there is no header of 13 bytes.");
  });
});
