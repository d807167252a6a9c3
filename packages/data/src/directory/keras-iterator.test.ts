import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rejection, temporaryFolder } from "@convscope/storage/testing";
import { describe, expect, it } from "vitest";
import { ImageDataGenerator } from "../augment/image-data-generator.ts";
import { loadImg } from "../load-img.ts";
import { dataSet, numbers, take } from "../testing/data-set.ts";
import type { ClassMode } from "./class-mode.ts";
import { type FlowFromDirectoryOptions, flowFromDirectory } from "./flow-from-directory.ts";

const flow = (folder: string, options: FlowFromDirectoryOptions = {}) =>
  flowFromDirectory(folder, { targetSize: [2, 2], workers: 0, log: () => {}, ...options });

/** Keras's rules of iterators, one by one. */
describe("Keras's flow_from_directory", () => {
  it("I1: classes are the sub-folders by code point, or as listed", async () => {
    const folder = await dataSet({ b: 1, B: 1, "10": 1, "9": 1 });
    const all = await flow(folder);
    expect(all.classIndices).toEqual({ "10": 0, "9": 1, B: 2, b: 3 });
    expect([...all.classes]).toEqual([0, 1, 2, 3]);
    expect(all).toMatchObject({ samples: 4, n: 4, numClasses: 4, length: 1, imageShape: [2, 2, 3] });
    expect((await flow(folder, { classes: ["b", "9"] })).classIndices).toEqual({ b: 0, "9": 1 });
  });

  it("I2: files of seven extensions, recursively, by code point; linked folders when told", async () => {
    const folder = await dataSet({ cats: 3 });
    const other = await dataSet({ more: 1 });
    const cats = join(folder, "cats");
    await mkdir(join(cats, "below"));
    for (const name of ["cat.10.JPEG", "cat.2.TiFF", "note.txt", "x.gif", "below/cat.1.ppm"]) {
      await writeFile(join(cats, name), "");
    }
    await symlink(join(other, "more"), join(cats, "linked"));
    const own = [
      "cat.10.JPEG",
      "cat.2.TiFF",
      "cats.000.png",
      "cats.001.png",
      "cats.002.png",
      "below/cat.1.ppm",
    ];
    const inCats = (names: readonly string[]) => names.map((name) => `cats/${name}`);
    expect((await flow(folder)).filenames).toEqual(inCats(own));
    expect((await flow(folder, { followLinks: true })).filenames).toEqual(
      inCats([...own, "linked/more.000.png"]),
    );
  });

  it("I3: prints what was found", async () => {
    const lines: string[] = [];
    await flow(await dataSet({ cats: 2, dogs: 1 }), { log: (line) => lines.push(line) });
    expect(lines).toEqual(["Found 3 images belonging to 2 classes."]);
  });

  it("I4: the validation is the first int(f n) of each class, the training the rest", async () => {
    const folder = await dataSet({ cats: 7, dogs: 4 });
    const part = async (options: FlowFromDirectoryOptions) =>
      (await flow(folder, options)).filenames.map((name) => name.replace(/^(.).*\.0*(\d+)\.png$/, "$1$2"));
    const given = { validationSplit: 0.3 };
    const generator = new ImageDataGenerator(given);
    for (const options of [given, { generator }]) {
      expect(await part({ ...options, subset: "validation" })).toEqual(["c0", "c1", "d0"]);
      expect(await part({ ...options, subset: "training" })).toEqual(
        "c2 c3 c4 c5 c6 d1 d2 d3".replaceAll(/(.)(\d)/g, (_, c, n) => `${c}${n === "0" ? "" : n}`).split(" "),
      );
      expect(await part(options)).toHaveLength(11);
    }
    expect(await rejection(flow(folder, { ...given, subset: "test" as "training" }))).toBe(
      '[flowFromDirectory] Invalid subset name: test; expected "training" or "validation".',
    );
    expect(await rejection(flow(folder, { validationSplit: 0.1, subset: "validation" }))).toBe(
      '[flowFromDirectory] subset "validation" is empty: a validationSplit of 0.1 gives the validation 0 of 7 cats, 0 of 4 dogs.',
    );
  });

  it("I5: labels as the class mode says", async () => {
    const folder = await dataSet({ a: 1, b: 1 });
    const y = async (classMode: ClassMode) =>
      (await take(await flow(folder, { classMode, shuffle: false }), 1))[0].y;
    const vector = { shape: [2], data: Float32Array.of(0, 1) };
    expect(await y("binary")).toEqual(vector);
    expect(await y("sparse")).toEqual(vector);
    expect(await y("categorical")).toEqual({ shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) });
    expect((await y("input"))?.shape).toEqual([2, 2, 2, 3]);
    expect(await y(null)).toBeUndefined();
    const three = await dataSet({ a: 1, b: 1, c: 1 });
    expect(await rejection(flow(three, { classMode: "binary" }))).toContain("needs exactly 2 classes");
  });

  it("I6: ceil(n/b) batches a pass, the last one short, shuffled anew, without end", async () => {
    const batches = await flow(await dataSet({ a: 4, b: 3 }), { batchSize: 3, seed: 1 });
    expect(batches.length).toBe(3);
    const taken = await take(batches, 6);
    expect(taken.map(({ x }) => x.shape[0])).toEqual([3, 3, 1, 3, 3, 1]);
    const [first, second] = [taken.slice(0, 3), taken.slice(3)].map((pass) => pass.flatMap(numbers));
    expect(first).not.toEqual(second);
    expect(first.toSorted()).toEqual(second.toSorted());
  });

  it("I7: keras2 draws the order as NumPy does, seeded anew for each batch", async () => {
    const generator = new ImageDataGenerator({ compat: "keras2" });
    const batches = await flow(await dataSet({ a: 10 }), { generator, batchSize: 4, seed: 42 });
    const taken = await take(batches, 4);
    expect(taken.map(numbers)).toEqual([
      [8, 1, 5, 0],
      [7, 2, 9, 4],
      [3, 6],
      [2, 4, 1, 8],
    ]);
  });

  it("I8: saves what it hands out: prefix, index, hash; stretched; whole; the same again", async () => {
    const folder = await dataSet({ a: 3, b: 2 });
    const generator = new ImageDataGenerator({ rescale: 1 / 255 });
    const saved = async (savePrefix: string, options: FlowFromDirectoryOptions = {}) => {
      const saveToDir = join(await temporaryFolder(), "new", "folder");
      await using batches = await flow(folder, {
        generator,
        batchSize: 2,
        seed: 6,
        saveToDir,
        savePrefix,
        ...options,
      });
      const handedOut = await take(batches, 2);
      const names = await readdir(saveToDir);
      const indices = handedOut.flatMap(({ records }) => records.map(({ sampleIndex }) => sampleIndex));
      expect(names.map((name) => Number(name.split("_").at(-2))).toSorted()).toEqual(indices.toSorted());
      return { names: names.toSorted(), first: await loadImg(join(saveToDir, names[0])) };
    };
    const { names, first } = await saved("x");
    for (const name of names) expect(name).toMatch(/^x_\d_\d{1,7}\.png$/);
    expect(new Set(names.map((name) => name.split("_")[2])).size).toBe(4);
    expect([...first.data]).toEqual(new Array(12).fill(0)); // one colour: nothing to stretch
    expect((await saved("x", { workers: 1, prefetch: 0 })).names).toEqual(names);
    expect(
      (await saved("", { saveFormat: "jpeg" })).names.every((name) => /^_\d_\d+\.jpeg$/.test(name)),
    ).toBe(true);
    expect(await rejection(flow(folder, { saveToDir: join(folder, "a", "a.000.png") }))).toMatch(
      /^\[flowFromDirectory\] saveToDir .*a\.000\.png cannot be used/,
    );
  });

  it("I9: refuses unknown class and colour modes in Keras's words", async () => {
    const folder = await dataSet({ a: 1 });
    expect(await rejection(flow(folder, { classMode: "one-hot" as "binary" }))).toContain(
      'Invalid class_mode: "one-hot"; expected one of: "categorical", "binary", "sparse", "input", null.',
    );
    expect(await rejection(flow(folder, { colorMode: "bgr" as "rgb" }))).toContain(
      'Invalid color mode: "bgr"; expected "rgb", "rgba", or "grayscale".',
    );
  });
});
