import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  convertColorMode,
  decodeImage,
  type ImageArray,
  type Interpolation,
  resizeImage,
} from "@convscope/data";
import { hasShared, sharedPath } from "@convscope/data/testing";
import { describe, expect, it } from "vitest";
import { digest, type PillowPicture, pillowPictures } from "./reference/pillow-pictures.ts";

const FILTERS: readonly Interpolation[] = ["nearest", "bilinear", "bicubic", "hamming", "box", "lanczos"];
const PICTURES = "data/cats_and_dogs_small";

/** The hashes of a picture where they are not Pillow's. */
function differences(
  image: ImageArray,
  size: readonly [number, number],
  { decoded, resized }: PillowPicture,
): string[] {
  const ours = (["decoded", ...FILTERS] as const).map((step, i) => {
    const expected = [decoded, ...resized][i];
    if (expected === "-") return [];
    const got = digest(step === "decoded" ? image : resizeImage(image, size, step));
    return got === expected ? [] : [step];
  });
  return ours.flat();
}

describe("Pillow's bytes", () => {
  const made = pillowPictures.filter(({ name }) => name.startsWith("formula/"));

  it.each(made)("$name, resized with every filter", (line) => {
    const [, mode, from, to] = line.name.split("/");
    const [width, height] = from.split("x").map(Number);
    const [newWidth, newHeight] = to.split("x").map(Number);
    const data = Uint8Array.from({ length: width * height * mode.length }, (_, i) => {
      const noise = (BigInt(2654435761) * BigInt(i) * BigInt(i >> 3)) >> 24n;
      return Number(noise & 0x3fn) + (Math.floor(i / 7) % 193);
    });
    const image: ImageArray = { shape: [height, width, mode.length], data };
    expect(differences(image, [newHeight, newWidth], line)).toEqual([]);
  });

  describe.skipIf(!hasShared(PICTURES))("of the 4,000 pictures, decoded and resized to 150 x 150", () => {
    const pictures = pillowPictures.filter(({ name }) => /^(train|validation|test)\//.test(name));

    it("knows them all", () => {
      expect(pictures).toHaveLength(4000);
    });

    it.each(["train/cats", "train/dogs", "validation/cats", "validation/dogs", "test/cats", "test/dogs"])(
      "%s",
      async (folder) => {
        const wrong: string[] = [];
        for (const line of pictures.filter(({ name }) => name.startsWith(`${folder}/`))) {
          const bytes = await readFile(join(sharedPath(PICTURES), line.name));
          const image = convertColorMode(await decodeImage(bytes), "rgb");
          const steps = differences(image, [150, 150], line);
          if (steps.length > 0) wrong.push(`${line.name}: ${steps.join(", ")}`);
        }
        expect(wrong).toEqual([]);
      },
    );
  });
});
