import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, link, lstat, readdir, realpath, rename, rm, stat, symlink } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { makeFolder, removeFolders, writeFailure } from "@convscope/storage";
import { messageOf } from "@convscope/storage/message-of";
import { compareCodePoints, PICTURE } from "../directory/picture-files.ts";
import { forEachOf } from "./for-each.ts";
import { haveSameContent } from "./same-content.ts";
import { shortList } from "./short-list.ts";

export interface PrepareOptions {
  /** Pictures of each class; default 1000, 500 and 500, as in the lecture. */
  readonly train?: number;
  readonly validation?: number;
  readonly test?: number;
  /**
   * `"hard"` and `"symbolic"` make links and take no space: a picture that is changed is changed in both places.
   * Default: copies.
   */
  readonly link?: "hard" | "symbolic";
  /** Replaces files of the same name and other content, which are an error otherwise. */
  readonly force?: boolean;
  /** Called after each picture that was copied or linked. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborted, it ends the copying: its reason is thrown. What was copied stays, and the same call goes on from there. */
  readonly signal?: AbortSignal;
}

type Split = (typeof SPLITS)[number];
type ClassName = (typeof CLASSES)[number];

export interface PrepareResult {
  readonly directory: string;
  /** The folder in which the pictures were found. */
  readonly source: string;
  /** Pictures that were copied or linked now, replaced ones among them; and those that were there already. */
  readonly copied: number;
  readonly replaced: number;
  readonly kept: number;
  /** Pictures in each folder. */
  readonly counts: Readonly<Record<Split, Readonly<Record<ClassName, number>>>>;
  /** Those of 0 bytes, which no decoder reads; relative to the directory. */
  readonly empty: readonly string[];
}

/** A picture and where it goes. */
interface Placement {
  readonly from: string;
  readonly to: string;
  /** For messages: relative to source and directory. */
  readonly source: string;
  readonly target: string;
}

const SPLITS = ["train", "validation", "test"] as const;
const CLASSES = ["cats", "dogs"] as const;
const WHERE = "[prepareCatsAndDogs]";

/** Files under way at a time. More do not make a disk faster. */
const AT_ONCE = 8;

/** How the pictures may lie, and under which names. */
const LAYOUTS: readonly {
  readonly folders: readonly string[];
  isIn(names: readonly string[]): boolean;
  fileOf(className: ClassName, index: number): string;
}[] = [
  // Kaggle's train.zip: into a folder, or beside its own folder `train`.
  {
    folders: [".", "train", join("train", "train")],
    isIn: (names) => names.some((name) => /^(cat|dog)\.\d+\.jpg$/.test(name)),
    fileOf: (className, index) => `${className.slice(0, -1)}.${index}.jpg`,
  },
  // Microsoft's copy.
  {
    folders: [".", "PetImages"],
    isIn: (names) => names.includes("Cat") && names.includes("Dog"),
    fileOf: (className, index) => join(className === "cats" ? "Cat" : "Dog", `${index}.jpg`),
  },
];

/**
 * Makes the lecture's folders out of the pictures of Kaggle's "Dogs vs. Cats": the first 1,000 cats into `train/cats`
 * (`cat.0.jpg` …), the next 500 into `validation/cats`, the next 500 into `test/cats`; dogs alike. Microsoft's copy of
 * the pictures (`PetImages/Cat/0.jpg` …) gets the same names.
 *
 * Everything is looked at before anything is copied. Each picture appears whole or not at all; pictures that are there
 * already with the same content are left alone, so that the same call again changes nothing, and completes what an
 * interrupted one began.
 * @param source the folder with `cat.0.jpg` …, or with `PetImages`, or with `Cat` and `Dog`; or the one that holds it
 * @throws where pictures are missing; where a file of the same name holds something else; where other pictures lie in the
 *   folders (left by a call with other counts, they would be in two of them); where something cannot be written
 */
export async function prepareCatsAndDogs(
  source: string,
  directory: string,
  options: PrepareOptions = {},
): Promise<PrepareResult> {
  const { train = 1000, validation = 500, test = 500, force = false, onProgress, signal } = options;
  const counts = { train, validation, test };
  checkCounts(counts);
  const { folder, fileOf } = await findPictures(source);
  await checkApart(folder, directory);

  const placements = place(folder, fileOf, directory, counts);
  const empty = await checkPresent(placements, folder);
  await checkNoOthers(directory, counts);
  const todo: Placement[] = [];
  const others: Placement[] = [];
  await forEachOf(placements, AT_ONCE, async (placement) => {
    signal?.throwIfAborted();
    const state = await stateOf(placement);
    if (state === "other") others.push(placement);
    if (state !== "same") todo.push(placement);
  });
  if (others.length > 0 && !force) {
    throw new Error(
      `${WHERE} ${directory} holds other files of the same names: ${shortList(others.map(({ target }) => target))}. ` +
        "Name another folder, or replace them by force. Nothing was changed.",
    );
  }

  let done = 0;
  const made: string[][] = [];
  try {
    for (const folder of new Set(placements.map(({ to }) => dirname(to)))) {
      made.push(await makeFolder(folder));
      await removeLeftovers(folder);
    }
    await forEachOf(todo, AT_ONCE, async (placement) => {
      signal?.throwIfAborted();
      await put(placement, options.link);
      done += 1;
      onProgress?.(done, todo.length);
    });
  } catch (error) {
    for (const folders of made.reverse()) await removeFolders(folders); // as far as they are empty
    signal?.throwIfAborted();
    throw new Error(
      `${WHERE} ${directory} cannot be written: ${copyFailure(error)}. ` +
        `${done} of ${todo.length} pictures were copied; the same call again does the rest.`,
      { cause: error },
    );
  }
  return {
    directory,
    source: folder,
    copied: todo.length,
    replaced: others.length,
    kept: placements.length - todo.length,
    counts: await countPictures(directory),
    empty,
  };
}

function checkCounts(counts: Readonly<Record<Split, number>>): void {
  for (const [name, count] of Object.entries(counts)) {
    if (!Number.isInteger(count) || count < 0 || count > 1e6) {
      throw new Error(
        `${WHERE} ${name} is ${count}; a whole number of pictures per class was needed, 0 to 1000000.`,
      );
    }
  }
}

/** Finds the layout by its first picture that is there. */
async function findPictures(source: string) {
  try {
    await readdir(source);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === "ENOENT"
        ? "does not exist"
        : code === "ENOTDIR"
          ? "is a file"
          : `cannot be read (${messageOf(error)})`;
    throw new Error(
      `${WHERE} ${source} ${reason}; the folder of Kaggle's unpacked train.zip was needed, or Microsoft's PetImages.`,
      { cause: error },
    );
  }
  for (const { folders, isIn, fileOf } of LAYOUTS) {
    for (const name of folders) {
      const folder = join(source, name);
      if (isIn(await readdir(folder).catch(() => []))) return { folder, fileOf };
    }
  }
  throw new Error(
    `${WHERE} ${source} holds neither cat.0.jpg … and dog.0.jpg … (Kaggle's train.zip, unpacked) nor Cat and Dog ` +
      "(Microsoft's PetImages): name the folder that does.",
  );
}

/** The new folders may not lie among the pictures: they would be taken for a part of them. */
async function checkApart(pictures: string, directory: string): Promise<void> {
  const target = await realPathOf(resolve(directory));
  const from = await realpath(pictures);
  const isWithin = (path: string) => path === from || path.startsWith(from + sep);
  const clash = [target, ...SPLITS.map((split) => join(target, split))].find(isWithin);
  if (clash !== undefined) {
    throw new Error(
      `${WHERE} ${directory} would put folders among the pictures of ${pictures}: name a folder outside of it.`,
    );
  }
}

/** Where links lead, of a path that need not be there. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realPathOf(parent), basename(path));
  }
}

function place(
  folder: string,
  fileOf: (className: ClassName, index: number) => string,
  directory: string,
  counts: Readonly<Record<Split, number>>,
): Placement[] {
  const placements: Placement[] = [];
  let first = 0;
  for (const split of SPLITS) {
    for (const className of CLASSES) {
      for (let index = first; index < first + counts[split]; index++) {
        const source = fileOf(className, index);
        const target = join(split, className, `${className.slice(0, -1)}.${index}.jpg`);
        placements.push({ from: join(folder, source), to: join(directory, target), source, target });
      }
    }
    first += counts[split];
  }
  return placements;
}

/**
 * @returns the pictures of 0 bytes
 * @throws with the names of those that are not there
 */
async function checkPresent(placements: readonly Placement[], folder: string): Promise<string[]> {
  const missing = new Set<string>();
  const empty: string[] = [];
  await forEachOf(placements, AT_ONCE, async ({ from, source, target }) => {
    const information = await stat(from).catch(() => undefined);
    if (!information?.isFile()) missing.add(source);
    else if (information.size === 0) empty.push(target);
  });
  if (missing.size > 0) {
    throw new Error(
      `${WHERE} ${folder} lacks ${missing.size.toLocaleString("en")} of the ` +
        `${placements.length.toLocaleString("en")} pictures: ${shortList([...missing])}. Nothing was copied.`,
    );
  }
  return empty.sort(compareCodePoints);
}

/** Pictures that an earlier call with other counts left in a folder would be in two sets at once. */
async function checkNoOthers(directory: string, counts: Readonly<Record<Split, number>>): Promise<void> {
  const others: string[] = [];
  let first = 0;
  for (const split of SPLITS) {
    for (const className of CLASSES) {
      for (const file of await picturesIn(join(directory, split, className))) {
        const match = new RegExp(`^${className.slice(0, -1)}\\.(0|[1-9]\\d*)\\.jpg$`).exec(file);
        const index = match === null ? -1 : Number(match[1]);
        if (index < first || index >= first + counts[split]) others.push(join(split, className, file));
      }
    }
    first += counts[split];
  }
  if (others.length > 0) {
    throw new Error(
      `${WHERE} ${directory} holds ${others.length.toLocaleString("en")} pictures that do not belong there: ` +
        `${shortList(others)}. Move them away, or name another folder. Nothing was changed.`,
    );
  }
}

async function picturesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => PICTURE.test(name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return [];
    const reason = code === "ENOTDIR" ? "is a file, or lies in one" : `cannot be read (${messageOf(error)})`;
    throw new Error(`${WHERE} ${folder} ${reason}; a folder was needed.`, { cause: error });
  }
}

async function countPictures(directory: string): Promise<PrepareResult["counts"]> {
  const inSplit = async (split: Split) => ({
    cats: (await picturesIn(join(directory, split, "cats"))).length,
    dogs: (await picturesIn(join(directory, split, "dogs"))).length,
  });
  return {
    train: await inSplit("train"),
    validation: await inSplit("validation"),
    test: await inSplit("test"),
  };
}

/** What is there under the name of a picture. A copy where a link is wanted, or the other way round, is as good. */
async function stateOf({ from, to }: Placement): Promise<"none" | "same" | "other"> {
  const there = await lstat(to).catch(() => undefined);
  if (there === undefined) return "none";
  const [a, b] = [await stat(from), await stat(to).catch(() => undefined)];
  if (!b?.isFile() || a.size !== b.size) return "other";
  if (a.ino === b.ino && a.dev === b.dev) return "same";
  return (await haveSameContent(from, to)) ? "same" : "other";
}

/** Relative, so that both folders can move together. */
const linkTarget = async (from: string, to: string): Promise<string> =>
  relative(await realPathOf(dirname(resolve(to))), await realpath(from));

/** Copies or links under another name, then renames: nobody sees half a picture. */
async function put({ from, to }: Placement, kind: PrepareOptions["link"]): Promise<void> {
  const temporary = `${to}.${randomUUID()}.part`;
  try {
    if (kind === "symbolic") await symlink(await linkTarget(from, to), temporary, "file");
    else if (kind === "hard") await link(await realpath(from), temporary);
    else await copyFile(from, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await rename(temporary, to);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Removes what a call that was killed could not remove itself. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (/^(cat|dog)\.\d+\.jpg\.[\da-f-]{36}\.part$/.test(name)) await rm(join(folder, name));
  }
}

function copyFailure(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EXDEV"
    ? "hard links do not reach another disk; copies and symbolic links do"
    : writeFailure(error);
}
