import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expectClose } from "@convscope/kernels/testing";
import { rejection, temporaryFolder } from "@convscope/storage/testing";
import { describe, expect, it } from "vitest";
import { ImageDataGenerator } from "../augment/image-data-generator.ts";
import { augmentPicture } from "../augment/recipe.ts";
import { loadImg } from "../load-img.ts";
import type { NdArray } from "../types.ts";
import type { ArrayIterator, FlowOptions } from "./array-iterator.ts";

const range = (...shape: number[]): NdArray => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((product, size) => product * size) }, (_, i) => i),
});
const x = range(10, 4, 4, 1);
const y = range(10);
const lecture = {
  rotationRange: 40,
  widthShiftRange: 0.2,
  heightShiftRange: 0.2,
  shearRange: 0.2,
  zoomRange: 0.2,
  horizontalFlip: true,
  rescale: 1 / 255,
};
const take = async (iterator: ArrayIterator, count: number) => {
  const batches = [];
  for await (const batch of iterator) {
    batches.push(batch);
    if (batches.length === count) break;
  }
  return batches;
};

describe("flow", () => {
  it("gives Keras 2's batches with compat", async () => {
    const generator = new ImageDataGenerator({ ...lecture, compat: "keras2" });
    const batches = await take(generator.flow(x, y, { batchSize: 4, seed: 42 }), 4);
    expect(batches.map((batch) => [...batch.y!.data])).toEqual([
      [8, 1, 5, 0],
      [7, 2, 9, 4],
      [3, 6],
      [2, 4, 1, 8],
    ]);
    const sums = batches.map((batch) => batch.x.data.reduce((sum, value) => sum + value, 0));
    expectClose(sums, [15.469505, 23.768988, 10.055619, 16.545502], { absolute: 1e-6, relative: 0 });
  });

  it("gives any batch of any pass, whatever came before, and the same again after reset", async () => {
    const generator = new ImageDataGenerator(lecture);
    const iterator = generator.flow(x, y, { batchSize: 4, seed: 7 });
    expect([iterator.length, iterator.n, iterator.seed]).toEqual([3, 10, 7]);
    const batches = await take(iterator, 7);
    expect(await iterator.batch(2, 0)).toEqual(batches[6]);
    expect(await iterator.batch(0, 1)).toEqual(batches[1]);
    expect(iterator.state()).toEqual({ pass: 2, index: 1 });
    iterator.restore({ pass: 1, index: 2 });
    expect(await take(iterator, 2)).toEqual(batches.slice(5));
    iterator.reset();
    expect(await take(iterator, 7)).toEqual(batches);
    expect(await take(generator.flow(x, y, { batchSize: 4, seed: 8 }), 1)).not.toEqual(batches.slice(0, 1));
    expect(await rejection(iterator.batch(0, 3))).toBe(
      "[flow] batch 3 of pass 0 was asked for; a pass has the batches 0 to 2.",
    );
  });

  it("says that targets come before the options", () => {
    const options: object = { batchSize: 4 };
    expect(() => new ImageDataGenerator().flow(x, options as NdArray)).toThrow(
      "[flow] y has no shape: the targets come second, or null, and the options third.",
    );
  });

  it("makes each picture as the generator's recipe says", async () => {
    const generator = new ImageDataGenerator(lecture);
    const iterator = generator.flow(x, y, { batchSize: 4, seed: 7 });
    const draws = generator.draws({
      samples: 10,
      batchSize: 4,
      shuffle: true,
      seed: 7,
      imageShape: [4, 4, 1],
    });
    const [i] = iterator.indices(1, 2);
    const picture = { shape: [4, 4, 1], data: x.data.subarray(i * 16, (i + 1) * 16) };
    const [transform] = draws.transforms(1, 2);
    const batch = await iterator.batch(1, 2);
    expect(batch.x.data.subarray(0, 16)).toEqual(augmentPicture(picture, transform, generator.recipe).data);
    expect(batch.x.shape).toEqual([2, 4, 4, 1]);
    expect(batch.records[0]).toEqual({ transform, pass: 1, sampleIndex: i });
  });

  it("hands over weights and what else belongs to the pictures", async () => {
    const options = { shuffle: false, batchSize: 3, sampleWeight: range(10) };
    const iterator = new ImageDataGenerator().flow([x, [range(10, 2), range(10)]], y, options);
    const batch = await iterator.batch(0, 3);
    expect(batch.sampleWeight).toEqual({ shape: [1], data: Float32Array.of(9) });
    expect(batch.others).toEqual([
      { shape: [1, 2], data: Float32Array.of(18, 19) },
      { shape: [1], data: Float32Array.of(9) },
    ]);
    const [only] = await take(new ImageDataGenerator().flow(x, null, { batchSize: 3 }), 1);
    expect(Object.keys(only)).toEqual(["x", "records"]);
    expect(only.records).toHaveLength(3);
  });

  it("splits: the first part is for validation", async () => {
    const labels = { shape: [10], data: Float32Array.of(0, 1, 0, 1, 0, 1, 0, 1, 0, 1) };
    const weights = range(10);
    const generator = new ImageDataGenerator({ validationSplit: 0.25 });
    const flow = (subset: FlowOptions["subset"]) =>
      generator.flow(x, labels, { subset, shuffle: false, sampleWeight: weights });
    const [validation] = await take(flow("validation"), 1);
    expect(validation.x.data).toEqual(x.data.subarray(0, 32));
    const [training] = await take(flow("training"), 1);
    expect(training.x.data).toEqual(x.data.subarray(32));
    expect([...training.sampleWeight!.data]).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(() => generator.flow(x, y, { subset: "training" })).toThrow(
      "[flow] Training and validation subsets have different number of classes after the split. If your numpy arrays are sorted by the label, you might want to shuffle them.",
    );
    expect(() => flow("test" as "training")).toThrow(
      'Invalid subset name: "test"; expected "training" or "validation".',
    );
    expect(() => new ImageDataGenerator().flow(x, null, { subset: "validation" })).toThrow(
      "[flow] the validation subset of 10 pictures is empty: validationSplit is 0.",
    );
  });

  it("refuses what does not fit together, in Keras's words", () => {
    const lines: string[] = [];
    const generator = new ImageDataGenerator({ warn: (line) => lines.push(line) });
    expect(() => generator.flow(range(10, 4, 4))).toThrow(
      "[flow] Input data in `NumpyArrayIterator` should have rank 4. You passed an array with shape (10, 4, 4)",
    );
    expect(() => generator.flow(x, range(9))).toThrow(
      "[flow] `x` (images tensor) and `y` (labels) should have the same length. Found: x.shape = (10, 4, 4, 1), y.shape = (9,)",
    );
    expect(() => generator.flow(x, y, { sampleWeight: range(9) })).toThrow(
      "[flow] `x` (images tensor) and `sampleWeight` should have the same length.",
    );
    expect(() => generator.flow([x, range(9)])).toThrow(
      "[flow] All of the arrays in `x` should have the same length. Found a pair with: len(x[0]) = 10, len(x[?]) = 9",
    );
    expect(() => generator.flow(x, y, { batchSize: 0 })).toThrow(
      "[flow] batchSize is 0; a whole number from 1",
    );
    expect(() => generator.flow(x, y, { seed: -1 })).toThrow("[random] seed must be an integer from 0");
    expect(() => new ImageDataGenerator({ compat: "keras2" }).flow(x, y, { seed: 2 ** 32 })).toThrow(
      "[Mt19937] Seed must be between 0 and 2**32 - 1, a whole number; got 4294967296.",
    );
    generator.flow(range(2, 3, 3, 2));
    expect(lines).toEqual([
      'NumpyArrayIterator is set to use the data format convention "channelsLast" (channels on axis 3), i.e. expected either 1, 3, or 4 channels on axis 3. However, it was passed an array with shape (2, 3, 3, 2) (2 channels).',
    ]);
  });

  it("saves what it hands out, stretched, under names of the seed", async () => {
    const folder = await temporaryFolder();
    const generator = new ImageDataGenerator({ compat: "keras2" });
    const options = { batchSize: 2, seed: 5, shuffle: false, saveToDir: folder, savePrefix: "a" };
    await generator.flow(x, null, options).batch(0, 0);
    const names = (await readdir(folder)).toSorted();
    // numpy.random.seed(5), four draws of flips, then twice randint(1e4).
    expect(names).toEqual(["a_0_1032.png", "a_1_740.png"]);
    const image = await loadImg(join(folder, names[0]), { colorMode: "grayscale" });
    expect([image.data[0], image.data[15]]).toEqual([0, 255]);
  });
});
