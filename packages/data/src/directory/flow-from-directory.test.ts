import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { rejection, temporaryFolder } from "@convscope/storage/testing";
import { describe, expect, it } from "vitest";
import { dataSet, numbers, take } from "../testing/data-set.ts";
import { hasShared, sharedPath } from "../testing/shared-files.ts";
import { type FlowFromDirectoryOptions, flowFromDirectory } from "./flow-from-directory.ts";

const register = new URL("../../../../scripts/register.mjs", import.meta.url).href;
const quiet = { targetSize: [2, 2], workers: 0, log: () => {} } as const;
const flow = (folder: string, options: FlowFromDirectoryOptions = {}) =>
  flowFromDirectory(folder, { ...quiet, ...options });
describe("flowFromDirectory", () => {
  it("has Keras's attributes, and prints what it found", async () => {
    const folder = await dataSet({ dogs: 3, cats: 2 });
    const lines: string[] = [];
    const batches = await flow(folder, { log: (line) => lines.push(line), batchSize: 2, seed: 5 });
    expect(lines).toEqual(["Found 5 images belonging to 2 classes."]);
    expect(batches.classIndices).toEqual({ cats: 0, dogs: 1 });
    expect([...batches.classes]).toEqual([0, 0, 1, 1, 1]);
    expect(batches.filenames.slice(0, 3)).toEqual([
      "cats/cats.000.png",
      "cats/cats.001.png",
      "dogs/dogs.000.png",
    ]);
    expect(batches.filepaths[0]).toBe(join(folder, "cats", "cats.000.png"));
    expect(batches).toMatchObject({
      samples: 5,
      n: 5,
      numClasses: 2,
      batchSize: 2,
      length: 3,
      imageShape: [2, 2, 3],
      seed: 5,
    });
  });

  it("has Keras's defaults", async () => {
    const batches = await flowFromDirectory(await dataSet({ a: 1, b: 1 }), { log: () => {} });
    expect(batches).toMatchObject({
      batchSize: 32,
      classMode: "categorical",
      shuffle: true,
      imageShape: [256, 256, 3],
    });
    await batches.close();
  });

  it("goes through the directory without end, the last batch of a pass short", async () => {
    const batches = await flow(await dataSet({ a: 3, b: 2 }), {
      batchSize: 2,
      shuffle: false,
      classMode: "binary",
    });
    const taken = await take(batches, 5);
    expect(taken.map(numbers)).toEqual([[0, 1], [2, 3], [4], [0, 1], [2, 3]]);
    expect(taken.map(({ y }) => [...y!.data])).toEqual([[0, 0], [0, 1], [1], [0, 0], [0, 1]]);
    expect(taken[2].x.shape).toEqual([1, 2, 2, 3]);
    expect(taken[2].y!.shape).toEqual([1]);
  });

  it("shuffles anew in every pass, each picture once, by the seed alone", async () => {
    const folder = await dataSet({ a: 6, b: 6 });
    const passes = async (seed: number | undefined) => {
      const taken = await take(await flow(folder, { batchSize: 5, seed }), 6);
      return [taken.slice(0, 3).flatMap(numbers), taken.slice(3).flatMap(numbers)];
    };
    const [first, second] = await passes(1);
    const all = Array.from({ length: 12 }, (_, i) => i);
    expect(first.toSorted((a, b) => a - b)).toEqual(all);
    expect(second.toSorted((a, b) => a - b)).toEqual(all);
    expect(first).not.toEqual(second);
    expect(await passes(1)).toEqual([first, second]);
    expect(await passes(2)).not.toEqual([first, second]);
    expect((await flow(folder)).seed).not.toBe((await flow(folder)).seed);
  });

  it("gives any batch by pass and index, wherever the iteration stands", async () => {
    const batches = await flow(await dataSet({ a: 4, b: 3 }), { batchSize: 3, seed: 8 });
    const inOrder = await take(batches, 7);
    expect(await batches.batch(2, 0)).toEqual(inOrder[6]);
    expect(await batches.batch(0, 2)).toEqual(inOrder[2]);
    expect(numbers(inOrder[4])).toEqual([...batches.indices(1, 1)]);
    expect(await rejection(batches.batch(0, 3))).toBe(
      "[DirectoryIterator] batch 3 of pass 0 was asked for; a pass has the batches 0 to 2.",
    );
  });

  it("starts over after reset, and goes on after a loop that was left", async () => {
    const batches = await flow(await dataSet({ a: 4, b: 4 }), { batchSize: 2, shuffle: false });
    for await (const batch of batches) if (numbers(batch)[0] === 2) break;
    expect(numbers((await batches.next()).value!)).toEqual([4, 5]);
    batches.reset();
    expect(numbers((await batches.next()).value!)).toEqual([0, 1]);
  });

  it("makes the labels that the class mode names", async () => {
    const folder = await dataSet({ a: 1, b: 1, c: 1 });
    const y = async (classMode: FlowFromDirectoryOptions["classMode"]) =>
      (await take(await flow(folder, { classMode, shuffle: false }), 1))[0].y;
    expect(await y("categorical")).toEqual({
      shape: [3, 3],
      data: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
    });
    expect(await y("sparse")).toEqual({ shape: [3], data: Float32Array.of(0, 1, 2) });
    expect(await y(null)).toBeUndefined();
    const [{ x, y: again }] = await take(await flow(folder, { classMode: "input" }), 1);
    expect(again).toEqual(x);
    expect(again!.data).not.toBe(x.data);
  });

  it("takes the classes that are named, in their order", async () => {
    const folder = await dataSet({ a: 1, b: 1, c: 1 });
    const batches = await flow(folder, { classes: ["c", "a"], classMode: "binary", shuffle: false });
    expect(batches.classIndices).toEqual({ c: 0, a: 1 });
    expect(numbers((await take(batches, 1))[0])).toEqual([2, 0]);
  });

  it("rescales in float32, as NumPy does", async () => {
    const folder = await dataSet({ a: 200, b: 1 });
    const values = async (rescale?: number) => {
      const batches = await flow(folder, { batchSize: 201, shuffle: false, rescale });
      return numbers((await take(batches, 1))[0]);
    };
    // numpy.arange(201, dtype="float32") * numpy.float32(1 / 255); at 171 float64 would round to another value.
    const scaled = await values(1 / 255);
    expect(scaled).toEqual(Array.from({ length: 201 }, (_, i) => Math.fround(i * Math.fround(1 / 255))));
    expect(scaled.filter((value, i) => value !== Math.fround(i / 255)).length).toBeGreaterThan(0);
    expect(await values()).toEqual(Array.from({ length: 201 }, (_, i) => i));
    expect(await values(0)).toEqual(await values()); // Keras: off
  });

  it("resizes, and reads gray and alpha", async () => {
    const folder = await dataSet({ a: 1, b: 1 });
    const [gray] = await take(await flow(folder, { targetSize: [3, 5], colorMode: "grayscale" }), 1);
    expect(gray.x.shape).toEqual([2, 3, 5, 1]);
    const [rgba] = await take(await flow(folder, { colorMode: "rgba", shuffle: false }), 1);
    expect([...rgba.x.data.subarray(16, 20)]).toEqual([1, 1, 1, 255]);
  });

  describe.each([0, 2])("a picture that cannot be decoded, %i workers", (workers) => {
    it("rejects the batch with the name of the file, now and later", async () => {
      const folder = await dataSet({ a: 6, b: 6 });
      const broken = join(folder, "b", "b.002.png");
      await writeFile(broken, "a text named .png");
      const batches = await flow(folder, { workers, batchSize: 2, shuffle: false });
      expect((await take(batches, 4)).map(numbers)).toEqual([
        [0, 1],
        [2, 3],
        [4, 5],
        [6, 7],
      ]);
      const message =
        `[flowFromDirectory] ${broken} is not a picture: its first bytes are those of a text ("a text named .png"); ` +
        "a JPEG or PNG picture was needed.";
      expect(await rejection(batches.next())).toBe(message);
      expect(await rejection(batches.next())).toBe(message);
      expect(await rejection(batches.batch(0, 0))).toBe(message);
    });
  });

  it("rejects what is under way when closed", async () => {
    const folder = await dataSet({ a: 6, b: 6 });
    for (const workers of [0, 1]) {
      const batches = await flow(folder, { workers, batchSize: 2 });
      const first = rejection(batches.next());
      await batches.close();
      const closed = `[DirectoryIterator] the iterator over ${folder} is closed.`;
      expect(await first).toBe(closed);
      expect(await rejection(batches.next())).toBe(closed);
      await batches.close();
    }
  });

  it.each([
    ["closed", "await batches.close();", 0],
    ["left alone", "", 0],
    [
      "failed",
      "await writeFile(batches.filepaths[3], ''); for (let i = 0; i < 3; i++) await batches.next();",
      1,
    ],
  ])("lets the process end: %s", async (_, ending, exitCode) => {
    const folder = await dataSet({ a: 3, b: 3 });
    const program = `
      import { writeFile } from "node:fs/promises";
      import { flowFromDirectory } from ${JSON.stringify(new URL("../index.ts", import.meta.url).href)};
      const batches = await flowFromDirectory(${JSON.stringify(folder)},
        { targetSize: [2, 2], workers: 2, batchSize: 1, prefetch: 0, shuffle: false });
      await batches.next();
      ${ending}`;
    const child = promisify(execFile)(
      process.execPath,
      ["--import", register, "--input-type=module", "--eval", program],
      { cwd: fileURLToPath(new URL("../..", import.meta.url)), timeout: 30_000 },
    );
    const { code = 0, stdout, stderr = "" } = await child.catch((error) => error);
    expect(stdout).toBe("Found 6 images belonging to 2 classes.\n");
    expect(code).toBe(exitCode);
    if (exitCode === 1) expect(stderr).toContain("b.000.png is empty (0 bytes)");
  });

  const data = "data/cats_and_dogs_small/validation";
  it.skipIf(!hasShared(data))("reads the lecture's pictures", async () => {
    await using batches = await flow(sharedPath(data), {
      targetSize: [150, 150],
      batchSize: 20,
      classMode: "binary",
      rescale: 1 / 255,
      workers: 1,
    });
    expect(batches).toMatchObject({ samples: 1000, length: 50, classIndices: { cats: 0, dogs: 1 } });
    expect(batches.filenames.slice(0, 2)).toEqual(["cats/cat.1000.jpg", "cats/cat.1001.jpg"]);
    const [{ x, y }] = await take(batches, 1);
    expect([x.shape, y!.shape]).toEqual([[20, 150, 150, 3], [20]]);
    expect(x.data.every((value) => value >= 0 && value <= 1)).toBe(true);
  });
});

describe("flowFromDirectory refuses", () => {
  const of = async (folder: string, options: object = {}) => rejection(flow(folder, options));

  it("a directory that is missing, a file, or without classes", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "file"), "");
    expect(await of(join(folder, "no"))).toBe(`[flowFromDirectory] ${join(folder, "no")} does not exist.`);
    expect(await of(join(folder, "file"))).toBe(
      `[flowFromDirectory] ${join(folder, "file")} is not a directory.`,
    );
    expect(await of(folder)).toBe(
      `[flowFromDirectory] ${folder} has no class sub-folders; one per class was needed, such as ${folder}/cats.`,
    );
  });

  it("an empty class, and a class that is not there", async () => {
    const folder = await dataSet({ cats: 0, dogs: 1 });
    expect(await of(folder)).toBe(
      `[flowFromDirectory] class "cats" of ${folder} holds no pictures (.png .jpg .jpeg .bmp .ppm .tif .tiff): ` +
        "put some there, remove the folder, or name the classes you want in `classes`.",
    );
    expect(await of(folder, { classes: ["dogs", "birds"] })).toBe(
      `[flowFromDirectory] class "birds" is not in ${folder}, which has "cats", "dogs".`,
    );
  });

  it("binary with other than two classes", async () => {
    expect(await of(await dataSet({ a: 1, b: 1, c: 1 }), { classMode: "binary" })).toBe(
      '[flowFromDirectory] classMode "binary" needs exactly 2 classes, but there are 3 (a, b, c): ' +
        'use "categorical" or "sparse", or name two classes in `classes`.',
    );
    expect(await of(await dataSet({ a: 1 }), { classMode: "binary" })).toContain("but there is 1 (a):");
  });

  it.each([
    [
      { classMode: "onehot" },
      '[flowFromDirectory] Invalid class_mode: "onehot"; expected one of: "categorical", "binary", "sparse", "input", null.',
    ],
    [
      { colorMode: "bgr" },
      '[flowFromDirectory] Invalid color mode: "bgr"; expected "rgb", "rgba", or "grayscale".',
    ],
    [
      { targetSize: 150 },
      "[flowFromDirectory] targetSize is 150; [height, width] in pixels was needed, e.g. [150, 150].",
    ],
    [
      { interpolation: "cubic" },
      "[flowFromDirectory] Invalid interpolation method cubic specified. Supported methods are nearest, bilinear, bicubic, hamming, box, lanczos.",
    ],
    [{ batchSize: 0 }, "[flowFromDirectory] batchSize is 0; a whole number from 1 was needed."],
    [{ prefetch: -1 }, "[flowFromDirectory] prefetch is -1; a whole number from 0 was needed."],
    [{ cacheBytes: 0.5 }, "[flowFromDirectory] cacheBytes is 0.5; a whole number from 0 was needed."],
    [
      { workers: 1.5 },
      "[flowFromDirectory] workers is 1.5; a whole number of threads was needed, 0 for none.",
    ],
    [
      { rescale: Number.NaN },
      "[flowFromDirectory] rescale is NaN; a finite number was needed, such as 1 / 255.",
    ],
    [{ seed: -1 }, "[random] seed must be an integer from 0 to 9007199254740991, got -1."],
    [
      { classes: [] },
      '[flowFromDirectory] classes is []; a list of different folder names was needed, such as ["cats", "dogs"].',
    ],
    [
      { classes: ["a", "a"] },
      '[flowFromDirectory] classes is ["a","a"]; a list of different folder names was needed, such as ["cats", "dogs"].',
    ],
  ])("%j", async (options, message) => {
    expect(await of("anywhere", options)).toBe(message);
  });
});
