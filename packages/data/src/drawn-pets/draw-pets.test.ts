import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { rejection, temporaryFolder } from "@convscope/storage/testing";
import { describe, expect, it } from "vitest";
import { decodeImage } from "../image/decode-image.ts";
import { encodeJpeg } from "../image/encode-jpeg.ts";
import { resizeNearest } from "../image/resize-nearest.ts";
import { loadImg } from "../load-img.ts";
import { drawPet } from "./draw-pet.ts";
import { type DrawPetsOptions, drawPets } from "./draw-pets.ts";
import { encodeJpegFast } from "./encode-jpeg-fast.ts";

const few = { train: 2, validation: 1, test: 1, sizeRange: [40, 60], workers: 0 } as const;
const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

describe("drawPets", () => {
  it("has the lecture's layout, numbers, and sizes that vary", async () => {
    const folder = join(await temporaryFolder(), "new", "pets");
    const progress: number[][] = [];
    const result = await drawPets(folder, { ...few, onProgress: (...args) => progress.push(args) });
    expect(result).toEqual({ directory: folder, pictures: 8, isNew: true });
    expect(await filesIn(folder)).toEqual([
      "drawn-pets.json",
      "test/cats/cat.3.jpg",
      "test/dogs/dog.3.jpg",
      "train/cats/cat.0.jpg",
      "train/cats/cat.1.jpg",
      "train/dogs/dog.0.jpg",
      "train/dogs/dog.1.jpg",
      "validation/cats/cat.2.jpg",
      "validation/dogs/dog.2.jpg",
    ]);
    expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((done) => [done, 8]));
    expect(await readdir(dirname(folder))).toEqual(["pets"]);
    const { shape } = await loadImg(join(folder, "train", "dogs", "dog.1.jpg"));
    expect(shape).toEqual(drawPet("dog", 1, 0, few.sizeRange).shape);
  });

  it("draws the same bytes whatever the workers and counts, others for another seed", async () => {
    const root = await temporaryFolder();
    const bytes = async (name: string, options: DrawPetsOptions) => {
      await drawPets(join(root, name), { ...few, ...options });
      return readFile(join(root, name, "train", "cats", "cat.1.jpg"));
    };
    const reference = await bytes("a", {});
    expect(await bytes("b", { workers: 2, train: 3, test: 0 })).toEqual(reference);
    expect(await bytes("c", { seed: 1 })).not.toEqual(reference);
  });

  it("changes nothing when all is there", async () => {
    const folder = join(await temporaryFolder(), "pets");
    await drawPets(folder, few);
    const times = async () =>
      Promise.all((await filesIn(folder)).map(async (file) => (await stat(join(folder, file))).mtimeMs));
    const before = await times();
    expect(await drawPets(folder, few)).toEqual({ directory: folder, pictures: 8, isNew: false });
    expect(await times()).toEqual(before);
  });

  it("fills an empty folder, and leaves every other alone", async () => {
    const root = await temporaryFolder();
    const folder = join(root, "pets");
    await mkdir(folder);
    expect((await drawPets(folder, few)).isNew).toBe(true);
    const before = await filesIn(root);

    expect(await rejection(drawPets(root, few))).toBe(
      `[drawPets] ${root} is not empty, and its files are not drawn pets: name a new or an empty folder.`,
    );
    expect(await rejection(drawPets(folder, { ...few, seed: 7 }))).toBe(
      `[drawPets] ${folder} holds drawn pets of other options ({ "drawnPets": 2, "seed": 0, "train": 2, ` +
        '"validation": 1, "test": 1, "sizeRange": [ 40, 60 ] }): name another folder, or remove this one.',
    );
    const file = join(folder, "drawn-pets.json");
    expect(await rejection(drawPets(file, few))).toBe(`[drawPets] ${file} is a file; a folder was needed.`);
    expect(await rejection(drawPets(join(file, "pets"), few))).toContain(
      "pets is a file; a folder was needed.",
    );
    expect(await filesIn(root)).toEqual(before);

    await rm(join(folder, "train", "cats", "cat.0.jpg"));
    expect(await rejection(drawPets(folder, few))).toBe(
      `[drawPets] ${folder} has lost pictures: train/cats holds 1 of 2. Remove the folder to draw it again.`,
    );
  });

  it("leaves nothing half done where it fails", async () => {
    const root = await temporaryFolder();
    const folder = join(root, "pets");
    const spoil = () => {
      throw new Error("stop");
    };
    expect(await rejection(drawPets(folder, { ...few, onProgress: spoil }))).toBe(
      `[drawPets] ${folder} cannot be written: stop`,
    );
    expect(await readdir(root)).toEqual([]);
  });

  it.each([
    [{ train: -1 }, "[drawPets] train is -1; a whole number of pictures per class was needed, 0 to 1000000."],
    [
      { sizeRange: [200, 100] },
      "[drawPets] sizeRange is [200,100]; [shortest, longest] side from 32 to 4096 pixels was needed.",
    ],
    [{ workers: -1 }, "[drawPets] workers is -1; a whole number of threads was needed, 0 for none."],
    [{ seed: 0.5 }, "[random] seed must be an integer from 0 to 9007199254740991, got 0.5."],
  ])("refuses %j", async (options, message) => {
    expect(await rejection(drawPets("nowhere", options as unknown as DrawPetsOptions))).toBe(message);
  });
});

describe("encodeJpegFast", () => {
  it.each([
    [32, 32],
    [33, 61],
    [180, 240],
  ])(
    "is as near to the drawing as jpeg-js, of %i to %i pixels, at any quality",
    async (shortest, longest) => {
      const image = drawPet("dog", 3, 0, [shortest, longest]);
      const error = async (file: Uint8Array) => {
        const { data, shape } = await decodeImage(file);
        expect(shape).toEqual(image.shape);
        return average(data.map((value, i) => Math.abs(value - image.data[i])));
      };
      for (const quality of [1, 88, 100]) {
        const reference = await error(encodeJpeg(image, { quality }));
        expect(await error(await encodeJpegFast(image, { quality }))).toBeLessThan(1.1 * reference + 0.1);
      }
    },
  );
});

describe("a drawn pet", () => {
  it("is the same for the same arguments, and different otherwise", () => {
    const cat = drawPet("cat", 5, 1, [50, 60]);
    expect(drawPet("cat", 5, 1, [50, 60])).toEqual(cat);
    expect(drawPet("cat", 6, 1, [50, 60])).not.toEqual(cat);
    expect(drawPet("dog", 5, 1, [50, 60])).not.toEqual(cat);
    expect(drawPet("cat", 5, 2, [50, 60])).not.toEqual(cat);
  });

  // That a CNN learns it is shown by training one (apps). Here: nothing simpler than a shape tells the class.
  it("is told by no pixel, no mean colour and no contrast", () => {
    const count = 250;
    const side = 20;
    const features = (["cat", "dog"] as const).map((species) =>
      Array.from({ length: count }, (_, i) => {
        const { data } = resizeNearest(drawPet(species, i, 9, [48, 80]), [side, side]);
        const mean = [0, 1, 2].map((channel) => average(data.filter((_, k) => k % 3 === channel)));
        const contrast = Math.sqrt(
          average(data.map((v) => (v / 16) ** 2)) - average(data.map((v) => v / 16)) ** 2,
        );
        return {
          overall: [...mean, average(mean), mean[0] - mean[2], mean[0] - mean[1], contrast],
          pixels: [...data],
        };
      }),
    );
    const [cats, dogs] = features;
    for (let k = 0; k < cats[0].overall.length; k++) {
      expect(
        bestThreshold(
          cats.map((f) => f.overall[k]),
          dogs.map((f) => f.overall[k]),
        ),
      ).toBeLessThan(0.6);
    }
    // The best of 1,200 values in 500 pictures; chance alone would reach about 0.57.
    const pixels = cats[0].pixels.map((_, k) =>
      bestThreshold(
        cats.map((f) => f.pixels[k]),
        dogs.map((f) => f.pixels[k]),
      ),
    );
    expect(Math.max(...pixels)).toBeLessThan(0.66);
  });
});

const average = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;

/** The accuracy of the best rule "above t it is one class, below it the other". */
function bestThreshold(a: readonly number[], b: readonly number[]): number {
  const sorted = [...a.map((value) => ({ value, sign: 1 })), ...b.map((value) => ({ value, sign: -1 }))].sort(
    (x, y) => x.value - y.value,
  );
  let difference = 0;
  let largest = 0;
  for (const [i, { value, sign }] of sorted.entries()) {
    difference += sign;
    if (sorted[i + 1]?.value !== value) largest = Math.max(largest, Math.abs(difference));
  }
  return 0.5 + largest / sorted.length;
}
