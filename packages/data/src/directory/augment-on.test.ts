import { join } from "node:path";
import { openTestDevice } from "@convscope/kernels/testing";
import { rejection } from "@convscope/storage/testing";
import { describe, expect, it } from "vitest";
import { ImageDataGenerator } from "../augment/image-data-generator.ts";
import { dataSet, take } from "../testing/data-set.ts";
import { flowFromDirectory } from "./flow-from-directory.ts";

const generator = new ImageDataGenerator({ rotationRange: 40, horizontalFlip: true, rescale: 1 / 255 });
const options = { generator, targetSize: [6, 8], batchSize: 3, seed: 2, workers: 0, log: () => {} } as const;

describe('augmentOn: "gpu"', () => {
  const device = openTestDevice();

  it("makes the batches of the CPU on the device: the same pictures, labels and draws", async () => {
    const folder = await dataSet({ a: 3, b: 2 });
    const here = await take(await flowFromDirectory(folder, options), 4);
    await using batches = await flowFromDirectory(folder, { ...options, augmentOn: "gpu" });
    const there = await take(batches, 4);
    for (const [i, { x, y, records }] of there.entries()) {
      using scope = device().scope();
      const { shape, data } = await device().read(x.upload(scope));
      expect([shape, y, records]).toEqual([here[i].x.shape, here[i].y, here[i].records]);
      const apart = data.map((value, k) => Math.abs(value - here[i].x.data[k]));
      expect(Math.max(...apart)).toBeLessThan(2e-6); // see augmentOnGpu
    }
    const [{ records }] = there;
    expect((await batches.replay(records[0])).data).toEqual(here[0].x.data.slice(0, 6 * 8 * 3));
  });
});

describe("augmentOn refuses", () => {
  it.each([
    [{ augmentOn: "tpu" }, '[flowFromDirectory] augmentOn is "tpu"; expected one of: "cpu", "gpu".'],
    [
      { augmentOn: "gpu", classMode: "input" },
      '[flowFromDirectory] classMode "input" needs the pictures here: use augmentOn: "cpu".',
    ],
    [
      { augmentOn: "gpu", saveToDir: join("any", "where") },
      '[flowFromDirectory] saveToDir needs the finished pictures here: use augmentOn: "cpu".',
    ],
    [
      { augmentOn: "gpu", generator: new ImageDataGenerator({ samplewiseCenter: true }) },
      '[augmentOn] "gpu" does not know samplewiseCenter: use augmentOn: "cpu".',
    ],
  ])("%j", async (given, message) => {
    expect(await rejection(flowFromDirectory("anywhere", { ...options, ...(given as object) }))).toBe(
      message,
    );
  });
});
