import { rejection } from "@convscope/storage/testing";
import { describe, expect, it } from "vitest";
import { decodeImage } from "./decode-image.ts";

const decode = (header: string, bytes: readonly number[] = []) =>
  decodeImage(Buffer.concat([Buffer.from(header, "latin1"), Uint8Array.from(bytes)]));
const decoded = async (header: string, bytes?: readonly number[]) => {
  const { shape, data } = await decode(header, bytes);
  return { shape, data: [...data] };
};

// Each of these was compared with Pillow's.
describe("decodePnm", () => {
  it("reads PPM, PGM and PBM as bytes", async () => {
    expect(await decoded("P6\n# a comment\n1 2\n255\n", [1, 2, 3, 4, 5, 6])).toEqual({
      shape: [2, 1, 3],
      data: [1, 2, 3, 4, 5, 6],
    });
    expect(await decoded("P5 2 1 255 ", [7, 32])).toEqual({ shape: [1, 2, 1], data: [7, 32] });
    expect((await decoded("P4\n9 2\n", [0b01111111, 0b10000000, 0, 0])).data).toEqual([
      ...[255, 0, 0, 0, 0, 0, 0, 0, 0],
      ...Array(9).fill(255),
    ]);
  });

  it("reads PPM, PGM and PBM as text", async () => {
    expect((await decoded("P3 1 1 255\n 9 10\n# c\n11")).data).toEqual([9, 10, 11]);
    expect((await decoded("P2\n2 1 15\n15 3\n")).data).toEqual([255, 51]);
    expect((await decoded("P1\n4 1\n0110")).data).toEqual([255, 0, 0, 255]);
  });

  it("scales to 255 and rounds half to even", async () => {
    // 1 of 2 is 127.5, 1 of 6 is 42.5, 3 of 6 is 127.5.
    expect((await decoded("P5 3 1 2\n", [0, 1, 2])).data).toEqual([0, 128, 255]);
    expect((await decoded("P5 3 1 6\n", [1, 3, 7])).data).toEqual([42, 128, 255]);
    expect((await decoded("P5 2 1 65535\n", [0x80, 0, 0xff, 0xff])).data).toEqual([128, 255]);
  });

  it.each([
    ["P6 2 2 255\n123", "is truncated: its 3 bytes of data cannot hold 2 x 2 pixels."],
    ["P3 1 1 255 1 2 ", "is truncated: its 4 bytes of data cannot hold 1 x 1 pixels."],
    ["P3 1 1 255 100 20", "is truncated: its PNM data ends too early."],
    ["P6 2", "is truncated: its PNM data ends too early."],
    ["P6 two 2 255 ", "is a damaged PNM: a number was expected."],
    ["P6 60000 60000 255 ", "claims 60000 x 60000 pixels, more than the limit of 178956970"],
    ["P6 1 1 70000 ", "is a damaged PNM: its largest value is 70000, not 1 to 65535."],
  ])("rejects %j", async (file, reason) => {
    expect(await rejection(decode(file))).toContain(reason);
  });
});
