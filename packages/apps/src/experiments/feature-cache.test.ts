import { readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NdArray } from "@convscope/kernels";
import { beforeEach, describe, expect, it } from "vitest";
import { folderOfTests } from "../testing/convscope.ts";
import { cachedFeatures, type FeatureSource, hashPictures } from "./feature-cache.ts";
import { npyHeader } from "./npy-header.ts";

const SAMPLES = 7;
const BATCH = 2;
const shape = [SAMPLES, 3];
const source: FeatureSource = {
  base: "vgg16",
  weights: "6d6b",
  imageSize: [150, 150],
  preprocess: "lecture",
  pictures: "1234",
  computedBy: { adapter: "a", kernels: "auto" },
};
const row = (i: number) => [i, i + 0.25, -i];
const all = Float32Array.from(Array.from({ length: SAMPLES }, (_, i) => row(i)).flat());

describe("cachedFeatures", () => {
  const tests = folderOfTests();
  let folder: string;
  let computed: number[];
  beforeEach(() => {
    folder = join(tests(), crypto.randomUUID());
    computed = [];
  });

  /** @param breaksAt the batch that fails */
  const extract = (changed: Partial<FeatureSource> = {}, breaksAt = Number.POSITIVE_INFINITY) =>
    cachedFeatures({
      source: { ...source, ...changed },
      shape,
      batchSize: BATCH,
      folder,
      async *batches(first): AsyncGenerator<NdArray> {
        for (let i = first; i * BATCH < SAMPLES; i++) {
          if (i === breaksAt) throw new Error("the device was lost");
          computed.push(i);
          const rows = [2 * i, 2 * i + 1].filter((sample) => sample < SAMPLES).map(row);
          yield { shape: [rows.length, 3], data: Float32Array.from(rows.flat()) };
        }
      },
    });

  it("computes once, and finds what it kept", async () => {
    const first = await extract();
    expect([first.found, computed]).toEqual([0, [0, 1, 2, 3]]);
    expect(first.features).toEqual({ shape, data: all });
    const second = await extract();
    expect([second.found, computed.length]).toEqual([SAMPLES, 4]);
    expect(second.features).toEqual({ shape, data: all });
    expect((await readdir(folder)).map((name) => name.replace(/.*\./, ""))).toEqual(["json", "npy"]);
  });

  it.each<Partial<FeatureSource>>([
    { base: "vgg19" },
    { weights: "other" },
    { imageSize: [224, 224] },
    { preprocess: "caffe" },
    { pictures: "5678" },
    { computedBy: { adapter: "a", kernels: "naive" } },
  ])("computes anew with %o", async (changed) => {
    await extract();
    expect((await extract(changed)).found).toBe(0);
    expect((await extract()).found).toBe(SAMPLES);
  });

  it("goes on where it was broken off, one batch before the last that is there", async () => {
    await expect(extract({}, 3)).rejects.toThrow("the device was lost");
    expect((await readdir(folder)).map((name) => name.replace(/^[^.]*/, ""))).toEqual([".npy.part"]);
    computed = [];
    const { found, features } = await extract();
    expect([found, computed]).toEqual([4, [2, 3]]);
    expect(features).toEqual({ shape, data: all });
  });

  it("goes on after a batch that was cut off within a row, and after nothing but a header", async () => {
    const { path } = await extract();
    for (const [bytes, expected] of [
      [npyHeader(shape).length + 12 * 5 + 7, [2, 3]],
      [npyHeader(shape).length, [0, 1, 2, 3]],
      [3, [0, 1, 2, 3]],
    ] as const) {
      await writeFile(`${path}.part`, await readFile(path));
      await truncate(`${path}.part`, bytes);
      await rm(path.replace("npy", "json"));
      computed = [];
      expect((await extract()).features.data).toEqual(all);
      expect(computed).toEqual(expected);
    }
  });

  it("uses nothing that is damaged, of the features or of what is said of them", async () => {
    const { path } = await extract();
    const bytes = await readFile(path);
    bytes[bytes.length - 1] ^= 1;
    await writeFile(path, bytes);
    expect((await extract()).found).toBe(0);
    await writeFile(path.replace("npy", "json"), "{");
    expect((await extract()).found).toBe(0);
    expect((await extract()).found).toBe(SAMPLES);
  });

  it("says where features could not be kept", async () => {
    await writeFile(folder, "a file");
    await expect(extract()).rejects.toThrow(/^\[features\] .* cannot keep the features: .*CONVSCOPE_CACHE/);
  });

  it("writes what NumPy's load takes: a header that ends on a multiple of 64, then the values", async () => {
    const { path } = await extract();
    const header = npyHeader(shape);
    expect(Buffer.from(header).toString("latin1").trimEnd()).toBe(
      "\u0093NUMPY\u0001\u0000\u0076\u0000{'descr': '<f4', 'fortran_order': False, 'shape': (7, 3), }",
    );
    expect(header.length).toBe(128);
    expect((await stat(path)).size).toBe(128 + 4 * all.length);
  });
});

describe("hashPictures", () => {
  const folder = folderOfTests();

  it("is another one for another name, order or content", async () => {
    const [a, b] = ["a", "b"].map((name) => join(folder(), name));
    await writeFile(a, "A");
    await writeFile(b, "B");
    const hash = await hashPictures(["a", "b"], [a, b]);
    expect(await hashPictures(["a", "b"], [a, b])).toBe(hash);
    expect(await hashPictures(["b", "a"], [b, a])).not.toBe(hash);
    expect(await hashPictures(["a", "c"], [a, b])).not.toBe(hash);
    await writeFile(b, "C");
    expect(await hashPictures(["a", "b"], [a, b])).not.toBe(hash);
  });
});
