import {
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { rejection, temporaryFolder } from "@convscope/storage/testing";
import { describe, expect, it } from "vitest";
import { type PrepareOptions, prepareCatsAndDogs } from "./prepare-cats-and-dogs.ts";
import { shortList } from "./short-list.ts";

const few = { train: 3, validation: 2, test: 1 } as const;

/** A folder as Kaggle's, with pictures whose content is their name; and where the new folders go. */
async function kaggle({ pictures = 8, nameOf = (animal: string, i: number) => `${animal}.${i}.jpg` } = {}) {
  const root = await temporaryFolder();
  const source = join(root, "kaggle", "train");
  for (const animal of ["cat", "dog"]) {
    for (let i = 0; i < pictures; i++) {
      const path = join(source, nameOf(animal, i));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, `${animal} ${i}`);
    }
  }
  return { root, source, out: join(root, "new", "small") };
}

const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

const made = [
  "test/cats/cat.5.jpg",
  "test/dogs/dog.5.jpg",
  "train/cats/cat.0.jpg",
  "train/cats/cat.1.jpg",
  "train/cats/cat.2.jpg",
  "train/dogs/dog.0.jpg",
  "train/dogs/dog.1.jpg",
  "train/dogs/dog.2.jpg",
  "validation/cats/cat.3.jpg",
  "validation/cats/cat.4.jpg",
  "validation/dogs/dog.3.jpg",
  "validation/dogs/dog.4.jpg",
];

describe("prepareCatsAndDogs", () => {
  it("copies each picture to its place, and nothing else", async () => {
    const { source, out } = await kaggle();
    const progress: number[][] = [];
    const result = await prepareCatsAndDogs(source, out, {
      ...few,
      onProgress: (...args) => progress.push(args),
    });
    expect(result).toEqual({
      directory: out,
      source,
      copied: 12,
      replaced: 0,
      kept: 0,
      counts: { train: { cats: 3, dogs: 3 }, validation: { cats: 2, dogs: 2 }, test: { cats: 1, dogs: 1 } },
      empty: [],
    });
    expect(await filesIn(out)).toEqual(made);
    expect(await readFile(join(out, "validation", "dogs", "dog.4.jpg"), "utf8")).toBe("dog 4");
    expect(progress).toEqual(Array.from({ length: 12 }, (_, i) => [i + 1, 12]));
  });

  it.each([
    ["Kaggle's folder above", (animal: string, i: number) => `${animal}.${i}.jpg`, ".."],
    ["Microsoft's", (animal: string, i: number) => join(animal === "cat" ? "Cat" : "Dog", `${i}.jpg`), "."],
    [
      "Microsoft's folder above",
      (animal: string, i: number) => join("PetImages", animal === "cat" ? "Cat" : "Dog", `${i}.jpg`),
      ".",
    ],
  ])("finds the pictures in %s", async (_, nameOf, within) => {
    const { source, out } = await kaggle({ nameOf });
    expect((await prepareCatsAndDogs(join(source, within), out, few)).copied).toBe(12);
    expect(await filesIn(out)).toEqual(made);
    expect(await readFile(join(out, "validation", "dogs", "dog.4.jpg"), "utf8")).toBe("dog 4");
  });

  it("changes nothing the second time, and completes what was interrupted", async () => {
    const { source, out } = await kaggle();
    const controller = new AbortController();
    const interrupted = prepareCatsAndDogs(source, out, {
      ...few,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error("enough")),
    });
    expect(await rejection(interrupted)).toBe("enough");
    const there = await filesIn(out);
    expect(there.length).toBeGreaterThan(0);
    expect(there.length).toBeLessThan(12);
    const killed = join(out, dirname(there[0]), "cat.0.jpg.00000000-0000-0000-0000-000000000000.part");
    await writeFile(killed, "ca");

    const second = await prepareCatsAndDogs(source, out, few);
    expect([second.copied, second.kept]).toEqual([12 - there.length, there.length]);
    expect(await filesIn(out)).toEqual(made);
    const times = () =>
      Promise.all(
        made.map(async (file) => {
          const { mtimeMs, ctimeMs, ino } = await stat(join(out, file));
          return [mtimeMs, ctimeMs, ino];
        }),
      );
    const before = await times();
    const third = await prepareCatsAndDogs(source, out, few);
    expect([third.copied, third.kept]).toEqual([0, 12]);
    expect(await times()).toEqual(before);
  });

  it("names every missing picture before anything is copied", async () => {
    const { root, source, out } = await kaggle();
    for (const name of ["cat.0.jpg", "cat.2.jpg", "cat.3.jpg", "cat.4.jpg", "dog.5.jpg"]) {
      await rm(join(source, name));
    }
    await mkdir(join(source, "dog.5.jpg"));
    expect(await rejection(prepareCatsAndDogs(source, out, few))).toBe(
      `[prepareCatsAndDogs] ${source} lacks 5 of the 12 pictures: ` +
        "cat.0.jpg, cat.2.jpg to cat.4.jpg, dog.5.jpg. Nothing was copied.",
    );
    expect(await readdir(root)).toEqual(["kaggle"]);
  });

  it("tells which pictures are empty", async () => {
    const { source, out } = await kaggle();
    await writeFile(join(source, "cat.4.jpg"), "");
    expect((await prepareCatsAndDogs(source, out, few)).empty).toEqual(["validation/cats/cat.4.jpg"]);
  });

  it("replaces a file of other content only by force", async () => {
    const { source, out } = await kaggle();
    await mkdir(join(out, "train", "cats"), { recursive: true });
    const file = join(out, "train", "cats", "cat.1.jpg");
    await writeFile(file, "dog 1"); // of the same size
    expect(await rejection(prepareCatsAndDogs(source, out, few))).toBe(
      `[prepareCatsAndDogs] ${out} holds other files of the same names: train/cats/cat.1.jpg. ` +
        "Name another folder, or replace them by force. Nothing was changed.",
    );
    expect(await filesIn(out)).toEqual(["train/cats/cat.1.jpg"]);
    const result = await prepareCatsAndDogs(source, out, { ...few, force: true });
    expect([result.copied, result.replaced]).toEqual([12, 1]);
    expect(await readFile(file, "utf8")).toBe("cat 1");
  });

  it("refuses folders of other counts: a picture would be in two sets", async () => {
    const { source, out } = await kaggle();
    await prepareCatsAndDogs(source, out, few);
    expect(await rejection(prepareCatsAndDogs(source, out, { ...few, train: 1, test: 3 }))).toBe(
      `[prepareCatsAndDogs] ${out} holds 8 pictures that do not belong there: ` +
        "train/cats/cat.1.jpg, train/cats/cat.2.jpg, train/dogs/dog.1.jpg, train/dogs/dog.2.jpg, " +
        "validation/cats/cat.3.jpg, validation/cats/cat.4.jpg, validation/dogs/dog.3.jpg, " +
        "validation/dogs/dog.4.jpg. Move them away, or name another folder. Nothing was changed.",
    );
    expect(await filesIn(out)).toEqual(made);
  });

  it("links where it is asked to; copies that are there are as good", async () => {
    const { root, source, out } = await kaggle();
    await prepareCatsAndDogs(source, out, { ...few, link: "hard" });
    const picture = join("train", "cats", "cat.1.jpg");
    expect((await stat(join(out, picture))).ino).toBe((await stat(join(source, "cat.1.jpg"))).ino);

    const symbolic = join(root, "symbolic");
    await prepareCatsAndDogs(source, symbolic, { ...few, link: "symbolic" });
    expect(await readlink(join(symbolic, picture))).toBe("../../../kaggle/train/cat.1.jpg");
    const moved = join(root, "moved");
    await mkdir(moved);
    for (const name of ["symbolic", "kaggle"]) await rename(join(root, name), join(moved, name));
    expect(await readFile(join(moved, "symbolic", picture), "utf8")).toBe("cat 1");

    for (const folder of [out, join(moved, "symbolic")]) {
      for (const kind of [undefined, "hard", "symbolic"] as const) {
        const options = { ...few, ...(kind ? { link: kind } : {}) };
        expect((await prepareCatsAndDogs(join(moved, "kaggle"), folder, options)).copied).toBe(0);
      }
    }
  });

  it("never writes through a link", async () => {
    const { root, source, out } = await kaggle();
    const precious = join(root, "precious");
    await writeFile(precious, "precious");
    await mkdir(join(out, "train", "cats"), { recursive: true });
    await symlink(precious, join(out, "train", "cats", "cat.0.jpg"));
    await link(precious, join(out, "train", "cats", "cat.1.jpg"));
    await prepareCatsAndDogs(source, out, { ...few, force: true });
    expect(await readFile(precious, "utf8")).toBe("precious");
    expect((await lstat(join(out, "train", "cats", "cat.0.jpg"))).isSymbolicLink()).toBe(false);
  });

  it("refuses to put the folders among the pictures", async () => {
    const { root, source } = await kaggle();
    await symlink(source, join(root, "link"));
    for (const out of [source, join(source, "small"), join(source, ".."), join(root, "link", "a", "b")]) {
      expect(await rejection(prepareCatsAndDogs(source, out, few))).toBe(
        `[prepareCatsAndDogs] ${out} would put folders among the pictures of ${source}: ` +
          "name a folder outside of it.",
      );
    }
    expect(await readdir(root)).toEqual(["kaggle", "link"]);
    expect((await prepareCatsAndDogs(source, join(source, "..", "small"), few)).copied).toBe(12);
  });

  it("says what is wrong with the folders", async () => {
    const { root, source, out } = await kaggle();
    const file = join(source, "cat.0.jpg");
    const needed = "; the folder of Kaggle's unpacked train.zip was needed, or Microsoft's PetImages.";
    expect(await rejection(prepareCatsAndDogs(join(root, "none"), out, few))).toBe(
      `[prepareCatsAndDogs] ${join(root, "none")} does not exist${needed}`,
    );
    expect(await rejection(prepareCatsAndDogs(file, out, few))).toBe(
      `[prepareCatsAndDogs] ${file} is a file${needed}`,
    );
    expect(await rejection(prepareCatsAndDogs(root, out, few))).toContain(
      "holds neither cat.0.jpg … and dog.0.jpg … (Kaggle's train.zip, unpacked) nor Cat and Dog",
    );
    expect(
      await rejection(prepareCatsAndDogs(source, join(root, "kaggle", "x"), { ...few, train: -1 })),
    ).toBe(
      "[prepareCatsAndDogs] train is -1; a whole number of pictures per class was needed, 0 to 1000000.",
    );
    await writeFile(join(root, "file"), "");
    expect(await rejection(prepareCatsAndDogs(source, join(root, "file"), few))).toBe(
      `[prepareCatsAndDogs] ${join(root, "file", "train", "cats")} is a file, or lies in one; a folder was needed.`,
    );
  });

  it.skipIf(process.platform !== "linux")("says that it cannot write there, and leaves nothing", async () => {
    const { source } = await kaggle();
    const cannot = await rejection(prepareCatsAndDogs(source, "/proc/small", few));
    expect(cannot).toBe(
      "[prepareCatsAndDogs] /proc/small cannot be written: its folder does not exist. " +
        "0 of 12 pictures were copied; the same call again does the rest.",
    );
  });

  it("needs no folder for a set of no pictures", async () => {
    const { source, out } = await kaggle();
    const options: PrepareOptions = { train: 8, validation: 0, test: 0 };
    expect((await prepareCatsAndDogs(source, out, options)).counts.test).toEqual({ cats: 0, dogs: 0 });
    expect(await readdir(out)).toEqual(["train"]);
  });
});

describe("shortList", () => {
  it("draws neighbours together, and cuts off", () => {
    expect(shortList(["a.10.jpg", "a.9.jpg", "a.8.jpg", "b.1.jpg", "b.2.jpg", "c"])).toBe(
      "a.8.jpg to a.10.jpg, b.1.jpg, b.2.jpg, c",
    );
    const odd = Array.from({ length: 30 }, (_, i) => `cat.${2 * i}.jpg`);
    expect(shortList(odd)).toMatch(/^cat\.0\.jpg, .*, cat\.38\.jpg, and 10 more$/);
  });
});
