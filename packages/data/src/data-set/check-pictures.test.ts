import { execFileSync } from "node:child_process";
import {
  copyFile,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { rejection, temporaryFolder } from "@convscope/storage/testing";
import { describe, expect, it } from "vitest";
import { encodeJpeg } from "../image/encode-jpeg.ts";
import { encodePng } from "../image/encode-png.ts";
import { hasShared, sharedPath } from "../testing/shared-files.ts";
import { checkPictures, type Finding, type FindingKind } from "./check-pictures.ts";
import { setAside } from "./set-aside.ts";

const image = (value: number) => ({
  shape: [16, 16, 3] as const,
  data: Uint8Array.from({ length: 768 }, (_, i) => (value + 7 * i) % 256),
});
const jpeg = (value: number) => encodeJpeg(image(value));
const png = (value: number) => encodePng(image(value));

/** A folder with files of this content. */
async function folderOf(files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  const folder = join(await temporaryFolder(), "set");
  await mkdir(folder);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

const kindsOf = ({ findings }: { findings: readonly Finding[] }): Record<string, FindingKind> =>
  Object.fromEntries(findings.map(({ path, kind }) => [path, kind]));

/** One of each. */
const mixed = () => ({
  "train/cats/good.jpg": jpeg(1),
  "train/cats/GOOD.JPEG": jpeg(2),
  "train/cats/empty.jpg": "",
  "train/cats/cut.jpg": jpeg(3).subarray(0, 400),
  "train/cats/text.jpg": "no picture",
  "train/cats/._0.jpg": Uint8Array.of(0, 5, 0x16, 7, 0, 2),
  "train/cats/notes.txt": "not looked at",
  "train/dogs/good.png": png(4),
  "train/dogs/really.png": jpeg(5),
  "train/dogs/twice.jpg": jpeg(6),
  "train/dogs/within/twice.jpg": jpeg(6),
  "test/dogs/tested.jpg": jpeg(1),
});

describe("checkPictures", () => {
  it.each([0, 2])("finds each kind, with %i workers", async (workers) => {
    const folder = await folderOf(mixed());
    const progress: number[][] = [];
    const report = await checkPictures(folder, { workers, onProgress: (...args) => progress.push(args) });
    expect(report).toMatchObject({ directory: folder, pictures: 11, broken: 4 });
    expect(report.findings).toEqual([
      { kind: "empty", path: "train/cats/empty.jpg", reason: expect.stringMatching(/^is empty/) },
      { kind: "truncated", path: "train/cats/cut.jpg", reason: expect.stringMatching(/^is truncated/) },
      { kind: "undecodable", path: "train/cats/._0.jpg", reason: expect.stringContaining("AppleDouble") },
      { kind: "undecodable", path: "train/cats/text.jpg", reason: expect.stringContaining('"no picture"') },
      { kind: "mislabelled", path: "train/dogs/really.png", reason: "is a JPEG." },
      {
        kind: "duplicate",
        path: "train/cats/good.jpg",
        reason: "has the same content as test/dogs/tested.jpg.",
      },
      {
        kind: "duplicate",
        path: "train/dogs/within/twice.jpg",
        reason: "has the same content as train/dogs/twice.jpg.",
      },
    ]);
    expect(report.duplicates).toEqual([
      {
        sha256: expect.stringMatching(/^[\da-f]{64}$/),
        paths: ["test/dogs/tested.jpg", "train/cats/good.jpg"],
        classes: ["dogs", "cats"],
        splits: ["test", "train"],
      },
      { sha256: expect.anything(), paths: ["train/dogs/twice.jpg", "train/dogs/within/twice.jpg"] },
    ]);
    expect(report.totals).toEqual({
      ...{ unreadable: 0, empty: 1, truncated: 1, "too-large": 0, undecodable: 2 },
      ...{ mislabelled: 1, duplicate: 2 },
    });
    expect(progress).toEqual(Array.from({ length: 11 }, (_, i) => [i + 1, 11]));
  });

  it("knows classes without sets", async () => {
    const report = await checkPictures(
      await folderOf({ "cats/a/1.jpg": jpeg(1), "cats/b/1.jpg": jpeg(1), "dogs/1.jpg": jpeg(1) }),
      { workers: 0 },
    );
    expect(report.duplicates).toMatchObject([{ classes: ["cats", "dogs"] }]);
    expect(report.duplicates[0]).not.toHaveProperty("splits");
  });

  it("finds nothing where all is well", async () => {
    const folder = await folderOf({ "a.jpg": jpeg(1), "b.png": png(1), "c.PNG": png(2) });
    expect(await checkPictures(folder, { workers: 0 })).toMatchObject({
      pictures: 3,
      findings: [],
      broken: 0,
    });
  });

  it.skipIf(process.platform === "win32")(
    "does not wait for a pipe, and follows links to files",
    async () => {
      const folder = await folderOf({ "a.jpg": jpeg(1) });
      execFileSync("mkfifo", [join(folder, "pipe.png")]);
      await symlink("pipe.png", join(folder, "to-pipe.png"));
      await symlink("a.jpg", join(folder, "b.jpg"));
      await symlink("none.jpg", join(folder, "c.jpg"));
      await symlink("d.jpg", join(folder, "d.jpg"));
      await symlink("..", join(folder, "round"));
      expect((await checkPictures(folder, { workers: 0 })).findings).toEqual([
        { kind: "unreadable", path: "c.jpg", reason: "is a link to nowhere." },
        { kind: "unreadable", path: "d.jpg", reason: expect.stringMatching(/^cannot be read: ELOOP/) },
        { kind: "duplicate", path: "b.jpg", reason: "has the same content as a.jpg." },
      ]);
    },
  );

  it("does not read what is too large for a picture", async () => {
    const folder = await folderOf({ "a.jpg": jpeg(1) });
    await truncate(join(folder, "a.jpg"), 2 ** 31); // a hole: it takes no space
    expect((await checkPictures(folder, { workers: 0 })).findings).toEqual([
      { kind: "too-large", path: "a.jpg", reason: "is a file of 2.0 GiB: at most 1 is read." },
    ]);
  });

  it("stops when it is told to", async () => {
    const folder = await folderOf(mixed());
    const controller = new AbortController();
    const check = checkPictures(folder, {
      workers: 1,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error("enough")),
    });
    expect(await rejection(check)).toBe("enough");
  });

  it("says what is wrong with the folder", async () => {
    const folder = await folderOf({ "train/notes.txt": "" });
    expect(await rejection(checkPictures(join(folder, "none")))).toBe(
      `[checkPictures] ${join(folder, "none")} does not exist.`,
    );
    expect(await rejection(checkPictures(join(folder, "train", "notes.txt")))).toContain(
      "is a file; a folder was needed.",
    );
    expect(await rejection(checkPictures(folder))).toBe(
      `[checkPictures] ${folder} holds no pictures (.png .jpg .jpeg .bmp .ppm .tif .tiff), nor do its sub-folders.`,
    );
    expect(await rejection(checkPictures(folder, { workers: 1.5 }))).toContain("workers is 1.5");
  });

  const hostile = "vectors/files/hostile/manifest.json";
  it.skipIf(!hasShared(hostile))("finds the hostile pictures", async () => {
    const manifest = JSON.parse(await readFile(sharedPath(hostile), "utf8")) as {
      entries: { file: string; kind: string; expect: "ok" | "error" | "either" }[];
    };
    const entries = manifest.entries.filter(({ kind }) => kind === "image");
    const folder = join(await temporaryFolder(), "set");
    await mkdir(join(folder, "images"), { recursive: true });
    for (const { file } of entries) {
      await copyFile(sharedPath(join(dirname(hostile), file)), join(folder, file));
    }
    const report = await checkPictures(folder, { workers: 1 });
    expect(report.pictures).toBe(entries.length);
    const broken = new Set(
      report.findings.filter(({ kind }) => kind !== "mislabelled").map(({ path }) => path),
    );
    const wrong = entries.filter(
      ({ file, expect }) =>
        (expect === "ok" && broken.has(file)) || (expect === "error" && !broken.has(file)),
    );
    expect(wrong).toEqual([]);
    expect(kindsOf(report)).toMatchObject({
      "images/zero_byte.jpg": "empty",
      "images/truncated_in_header.jpg": "truncated",
      "images/bomb_65500x65500_header.jpg": "too-large",
      "images/bomb_30000x30000_1bit_valid.png": "too-large",
      "images/html_error_page.png": "undecodable",
      "images/jpg_renamed.png": "mislabelled",
    });
  });
});

describe("setAside", () => {
  const setAsideIn = async (folder: string, kinds?: readonly FindingKind[]) => {
    const report = await checkPictures(folder, { workers: 0 });
    const aside = join(dirname(folder), "aside");
    return { report, aside, paths: await setAside(report, aside, kinds) };
  };

  it("moves what is broken or there twice, keeps its place, and leaves a sound folder", async () => {
    const files = mixed();
    const folder = await folderOf(files);
    const { aside, paths } = await setAsideIn(folder);
    const moved = [
      "train/cats/._0.jpg",
      "train/cats/cut.jpg",
      "train/cats/empty.jpg",
      "train/cats/good.jpg",
      "train/cats/text.jpg",
      "train/dogs/within/twice.jpg",
    ];
    expect(paths.toSorted()).toEqual(moved);
    expect(await filesIn(aside)).toEqual(moved);
    expect(await filesIn(folder)).toEqual(
      Object.keys(files)
        .filter((path) => !moved.includes(path))
        .sort(),
    );
    expect(await readFile(join(aside, "train", "cats", "text.jpg"), "utf8")).toBe("no picture");
    expect(kindsOf(await checkPictures(folder, { workers: 0 }))).toEqual({
      "train/dogs/really.png": "mislabelled",
    });
  });

  it("moves only the kinds it is asked for", async () => {
    const { paths } = await setAsideIn(await folderOf(mixed()), ["mislabelled", "empty"]);
    expect(paths).toEqual(["train/cats/empty.jpg", "train/dogs/really.png"]);
  });

  it("leaves one of those with the same content, the one that has no other fault", async () => {
    const folder = await folderOf({ "a.png": jpeg(1), "b.jpg": jpeg(1), "c.jpg": jpeg(1) });
    expect((await setAsideIn(folder, ["mislabelled", "duplicate"])).paths).toEqual(["a.png", "c.jpg"]);
    expect(await filesIn(folder)).toEqual(["b.jpg"]);
  });

  it("overwrites nothing, and moves nothing then", async () => {
    const folder = await folderOf(mixed());
    const taken = join(dirname(folder), "aside", "train", "cats", "text.jpg");
    await mkdir(dirname(taken), { recursive: true });
    await writeFile(taken, "precious");
    const before = await filesIn(folder);
    expect(await rejection(setAsideIn(folder))).toBe(
      `[setAside] ${join(dirname(folder), "aside")} holds files of the same names: train/cats/text.jpg. ` +
        "Name another folder. Nothing was moved.",
    );
    expect(await filesIn(folder)).toEqual(before);
    expect(await readFile(taken, "utf8")).toBe("precious");
  });

  it("refuses a folder within the directory, also behind a link", async () => {
    const folder = await folderOf({ "cats/empty.jpg": "" });
    await symlink(folder, join(dirname(folder), "link"));
    const report = await checkPictures(folder, { workers: 0 });
    for (const within of [folder, join(folder, "aside"), join(dirname(folder), "link", "a", "b")]) {
      expect(await rejection(setAside(report, within))).toBe(
        `[setAside] ${within} lies in ${folder}: name a folder outside of it. Nothing was moved.`,
      );
    }
    expect(await filesIn(folder)).toEqual(["cats/empty.jpg"]);
  });

  it("moves links so that they still lead to their picture", async () => {
    const folder = await folderOf({ "a/a.jpg": jpeg(1) });
    await mkdir(join(folder, "b"));
    await symlink(join("..", "a", "a.jpg"), join(folder, "b", "b.jpg"));
    const { aside } = await setAsideIn(folder);
    expect(await readlink(join(aside, "b", "b.jpg"))).toBe(join("..", "..", "set", "a", "a.jpg"));
    expect(await readFile(join(aside, "b", "b.jpg"))).toEqual(Buffer.from(jpeg(1)));
    expect(await filesIn(folder)).toEqual(["a/a.jpg"]);
  });

  it.skipIf(process.platform !== "linux")("moves to another disk", async () => {
    const folder = await folderOf({ "empty.jpg": "", "text.jpg": "no picture" });
    const other = join("/dev/shm", `convscope-${process.pid}`);
    if ((await stat("/dev/shm")).dev === (await stat(folder)).dev) return; // it is the same one here
    const report = await checkPictures(folder, { workers: 0 });
    try {
      await setAside(report, other);
      expect(await readFile(join(other, "text.jpg"), "utf8")).toBe("no picture");
      expect(await filesIn(folder)).toEqual([]);
    } finally {
      await rm(other, { recursive: true, force: true });
    }
  });
});
