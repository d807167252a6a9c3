import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { keptFolder, rejection, removeFolder } from "@convscope/storage/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { ImageDataGenerator, type ImageDataGeneratorOptions } from "../augment/image-data-generator.ts";
import { drawPet } from "../drawn-pets/draw-pet.ts";
import { saveImg } from "../save-img.ts";
import { take } from "../testing/data-set.ts";
import type { DirectoryBatch, PictureRecord } from "./directory-iterator.ts";
import { type FlowFromDirectoryOptions, flowFromDirectory } from "./flow-from-directory.ts";
import { replay } from "./replay.ts";

/** Five cats and four dogs, some 40 pixels wide. */
async function pets(): Promise<string> {
  const folder = await keptFolder();
  for (const [species, count] of [
    ["cat", 5],
    ["dog", 4],
  ] as const) {
    await mkdir(join(folder, `${species}s`));
    for (let i = 0; i < count; i++) {
      const image = drawPet(species, i, 1, [36, 48]);
      await saveImg(join(folder, `${species}s`, `${species}.${i}.png`), image);
    }
  }
  return folder;
}

/** The lecture's. */
const ranges: ImageDataGeneratorOptions = {
  rotationRange: 40,
  widthShiftRange: 0.2,
  heightShiftRange: 0.2,
  shearRange: 0.2,
  zoomRange: 0.2,
  horizontalFlip: true,
  fillMode: "nearest",
  rescale: 1 / 255,
};

const kinds: Readonly<Record<string, ImageDataGeneratorOptions>> = {
  "our draws": { ...ranges, brightnessRange: [0.7, 1.2], channelShiftRange: 20 },
  "keras2 draws": { ...ranges, compat: "keras2" },
  "a function of the user's": {
    ...ranges,
    preprocessingFunction: ({ shape, data }) => ({ shape, data: data.map((value) => value / 2 + 1) }),
  },
};

describe.each(Object.entries(kinds))("the same seed gives the same batches, %s", (_, options) => {
  const generator = new ImageDataGenerator(options);
  let folder: string;
  let expected: DirectoryBatch[];
  const flow = (given: FlowFromDirectoryOptions = {}) =>
    flowFromDirectory(folder, {
      generator,
      targetSize: [24, 32],
      batchSize: 4,
      classMode: "binary",
      seed: 7,
      log: () => {},
      ...given,
    });
  const run = async (given: FlowFromDirectoryOptions) => {
    await using batches = await flow(given);
    return await take(batches, 7);
  };
  beforeAll(async () => {
    folder = await pets();
    expected = await run({ workers: 0, prefetch: 0, cacheBytes: 0 });
    return () => removeFolder(folder);
  });

  it("which are augmented anew in each pass", () => {
    expect(expected.map(({ x }) => x.shape)).toEqual([4, 4, 1, 4, 4, 1, 4].map((n) => [n, 24, 32, 3]));
    const transforms = expected.flatMap(({ records }) => records.map(({ transform }) => transform!.theta));
    expect(new Set(transforms).size).toBe(22);
  });

  it.each([
    [0, 3],
    [1, 0],
    [2, 7],
    [4, 1],
  ])("for %i workers and %i batches ahead, kept or not", async (workers, prefetch) => {
    const some = 4 * 24 * 32 * 3;
    const cacheBytes = workers === 1 ? 0 : workers === 2 ? some : undefined;
    expect(await run({ workers, prefetch, cacheBytes })).toEqual(expected);
  });

  it("when a run is taken up in the middle of a pass, by startAt or restore", async () => {
    await using first = await flow({ workers: 0, prefetch: 3 });
    await take(first, 4);
    const state = JSON.parse(JSON.stringify(first.state()));
    expect(state).toEqual({ pass: 1, index: 1 });
    await using second = await flow({ workers: 0, prefetch: 1, startAt: state });
    expect(await take(second, 3)).toEqual(expected.slice(4));
    first.restore({ pass: 0, index: 2 });
    expect(first.state()).toEqual({ pass: 0, index: 2 });
    expect(await take(first, 3)).toEqual(expected.slice(2, 5));
    first.reset();
    expect(await take(first, 1)).toEqual(expected.slice(0, 1));
    expect(await rejection(flow({ startAt: { pass: 0, index: 3 } }))).toContain(
      "batch 3 of pass 0 was asked for; a pass has the batches 0 to 2.",
    );
  });

  it("and any picture can be made again from its record, bit for bit", async () => {
    await using other = await flow({ workers: 0, seed: 99 });
    const { x, records } = expected[4];
    const kept: PictureRecord[] = JSON.parse(JSON.stringify(records));
    expect(kept.map(({ pass }) => pass)).toEqual([1, 1, 1, 1]);
    const size = x.data.length / kept.length;
    for (const [row, record] of kept.entries()) {
      expect(record.filepath).toBe(join(folder, record.filename));
      expect(record.label).toBe(record.filename.startsWith("cats/") ? 0 : 1);
      const picture = { shape: [24, 32, 3], data: x.data.slice(row * size, (row + 1) * size) };
      expect(await other.replay(record)).toEqual(picture);
      const options = { generator, targetSize: [24, 32] as const };
      expect(await replay(record, options)).toEqual(picture);
      expect(await replay({ ...record, filepath: "gone" }, { ...options, directory: folder })).toEqual(
        picture,
      );
    }
    expect(await rejection(other.replay({ filename: "cats/none.png" }))).toBe(
      `[DirectoryIterator] there is no "cats/none.png" in ${folder}.`,
    );
  });
});
