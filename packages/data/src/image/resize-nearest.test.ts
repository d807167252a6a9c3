import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hasShared, sharedPath } from "../testing/shared-files.ts";
import { nearestIndices, resizeNearest } from "./resize-nearest.ts";

describe("nearestIndices", () => {
  it("accumulates the step as Pillow does", () => {
    const indices = nearestIndices(500, 150);
    expect([...indices.slice(0, 10)]).toEqual([1, 5, 8, 11, 15, 18, 21, 25, 28, 31]);
    // The closed form differs from Pillow in 26 of the 150 columns.
    const closed = Array.from({ length: 150 }, (_, i) => Math.floor(((i + 0.5) * 500) / 150));
    expect(closed.filter((index, i) => index !== indices[i])).toHaveLength(26);
  });

  it("stays inside, for every source up to 1030", () => {
    for (const target of [150, 224, 299]) {
      for (let source = 1; source <= 1030; source++) {
        const indices = nearestIndices(source, target);
        expect(indices.every((index) => index >= 0 && index < source)).toBe(true);
      }
    }
  });

  const file = "vectors/nearest-index.json";
  describe.skipIf(!hasShared(file))("Pillow's own choices", () => {
    const { vectors } = hasShared(file)
      ? JSON.parse(readFileSync(sharedPath(file), "utf8"))
      : { vectors: [] };
    it.each(
      vectors as {
        id: string;
        attrs: { inSize: number; outSize: number };
        expected: { y: { data: number[] } };
      }[],
    )("$id", ({ attrs, expected }) => {
      expect([...nearestIndices(attrs.inSize, attrs.outSize)]).toEqual(expected.y.data);
    });
  });
});

describe("resizeNearest", () => {
  it("enlarges and shrinks rows and columns apart", () => {
    const image = { shape: [2, 2, 1] as const, data: Uint8Array.of(1, 2, 3, 4) };
    expect([...resizeNearest(image, [2, 4]).data]).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
    expect(resizeNearest(image, [1, 1])).toEqual({ shape: [1, 1, 1], data: Uint8Array.of(4) });
  });
});
