import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { rejection, temporaryFolder } from "@convscope/storage/testing";
import { describe, expect, it } from "vitest";
import { dataSet, numbers, take } from "../testing/data-set.ts";
import { hasShared, sharedPath } from "../testing/shared-files.ts";
import { type FlowFromDirectoryOptions, flowFromDirectory } from "./flow-from-directory.ts";

const EMPTY = "is empty (0 bytes): copy or download it again.";

/** Twelve pictures; numbers 2 and 7 are empty files. */
async function spoiledSet(): Promise<{ folder: string; bad: readonly string[] }> {
  const folder = await dataSet({ a: 6, b: 6 });
  const bad = [join(folder, "a", "a.002.png"), join(folder, "b", "b.001.png")];
  for (const path of bad) await writeFile(path, "");
  return { folder, bad };
}

describe.each([0, 2])("pictures that cannot be read, %i workers", (workers) => {
  const flow = (folder: string, options: FlowFromDirectoryOptions) =>
    flowFromDirectory(folder, { targetSize: [2, 2], workers, shuffle: false, log: () => {}, ...options });

  it("check: one error names all, before there is a batch", async () => {
    const { folder, bad } = await spoiledSet();
    expect(await rejection(flow(folder, { onBadPicture: "check" }))).toBe(
      `[flowFromDirectory] 2 of 12 images of ${folder} cannot be read:\n  ${bad[0]} ${EMPTY}\n  ${bad[1]} ${EMPTY}`,
    );
  });

  it("skip: they are left out with a count and their paths; what is left is in order", async () => {
    const { folder, bad } = await spoiledSet();
    const lines: string[] = [];
    await using batches = await flow(folder, {
      onBadPicture: "skip",
      classMode: "sparse",
      log: (line) => lines.push(line),
    });
    expect(lines).toEqual([
      "Found 12 images belonging to 2 classes.",
      "Left out 2 of 12 images that cannot be read:",
      `  ${bad[0]} ${EMPTY}`,
      `  ${bad[1]} ${EMPTY}`,
    ]);
    const [batch] = await take(batches, 1);
    expect(numbers(batch)).toEqual([0, 1, 3, 4, 5, 6, 8, 9, 10, 11]);
    expect([...batch.y!.data]).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    expect(batches).toMatchObject({ samples: 10, length: 1 });
  });

  it("skip: a class of which nothing is left is an error", async () => {
    const folder = await dataSet({ a: 1, b: 1 });
    await writeFile(join(folder, "b", "b.000.png"), "");
    expect(await rejection(flow(folder, { onBadPicture: "skip" }))).toBe(
      `[flowFromDirectory] no image of class "b" of ${folder} can be read:\n  ${join(folder, "b", "b.000.png")} ${EMPTY}`,
    );
  });

  it("check and skip find nothing amiss with good ones", async () => {
    const folder = await dataSet({ a: 3, b: 3 });
    for (const onBadPicture of ["check", "skip"] as const) {
      const lines: string[] = [];
      await using batches = await flow(folder, { onBadPicture, log: (line) => lines.push(line) });
      expect(lines).toHaveLength(1);
      expect(numbers((await take(batches, 1))[0])).toEqual([0, 1, 2, 3, 4, 5]);
    }
  });
});

const MANIFEST = "vectors/files/hostile/manifest.json";

it.skipIf(!hasShared(MANIFEST))(
  "hostile pictures are left out, those that are only odd are read",
  async () => {
    const { entries } = JSON.parse(await readFile(sharedPath(MANIFEST), "utf8"));
    const images: { file: string; expect: string }[] = entries.filter(
      ({ kind }: { kind: string }) => kind === "image",
    );
    const folder = await temporaryFolder();
    await mkdir(join(folder, "all"));
    for (const { file } of images) {
      await copyFile(sharedPath(`vectors/files/hostile/${file}`), join(folder, "all", basename(file)));
    }
    const before = process.memoryUsage.rss();
    await using batches = await flowFromDirectory(folder, {
      targetSize: [16, 16],
      workers: 1,
      onBadPicture: "skip",
      log: () => {},
    });
    expect((await take(batches, 1))[0].x.shape[0]).toBe(batches.samples);
    const kept = new Set(batches.filenames.map((name) => basename(name)));
    for (const { file, expect: wanted } of images) {
      if (wanted !== "either") expect([file, kept.has(basename(file))]).toEqual([file, wanted === "ok"]);
    }
    expect(process.memoryUsage.rss() - before).toBeLessThan(300e6);
  },
);

it("onBadPicture takes its three words alone", async () => {
  expect(await rejection(flowFromDirectory("anywhere", { onBadPicture: "ignore" as "skip" }))).toBe(
    '[flowFromDirectory] onBadPicture is "ignore"; expected one of: "throw", "check", "skip".',
  );
});
