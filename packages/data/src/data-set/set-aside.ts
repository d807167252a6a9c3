import { constants } from "node:fs";
import { copyFile, link, lstat, readlink, realpath, symlink, unlink } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { makeFolder } from "../make-folder.ts";
import { writeFailure } from "../write-file.ts";
import type { FindingKind, PictureReport } from "./check-pictures.ts";
import { DEFECTS } from "./check-pictures.ts";
import { shortList } from "./short-list.ts";

/** What is set aside where nothing else is said: a picture of another format than its extension's can be read. */
export const SET_ASIDE_KINDS: readonly FindingKind[] = [...DEFECTS, "duplicate"];

/**
 * Moves pictures that a check found into another folder, under the paths that they had. Nothing is deleted, and nothing
 * overwritten. Of pictures with the same content one stays.
 * @param kinds which findings; default all but `"mislabelled"`
 * @returns the paths that were moved, in order
 * @throws before anything is moved: for a folder within the directory, and where one of the names is taken
 */
export async function setAside(
  report: PictureReport,
  folder: string,
  kinds: readonly FindingKind[] = SET_ASIDE_KINDS,
): Promise<string[]> {
  const paths = pathsOf(report, kinds);
  await checkOutside(report.directory, folder);
  const taken: string[] = [];
  for (const path of paths) if (await lstat(join(folder, path)).catch(() => undefined)) taken.push(path);
  if (taken.length > 0) {
    throw new Error(
      `[setAside] ${folder} holds files of the same names: ${shortList(taken)}. Name another folder. Nothing was moved.`,
    );
  }
  let done = 0;
  for (const path of paths) {
    try {
      await makeFolder(dirname(join(folder, path)));
      await moveWithoutOverwriting(join(report.directory, path), join(folder, path));
      done += 1;
    } catch (error) {
      throw new Error(
        `[setAside] ${path} cannot be moved to ${folder}: ${writeFailure(error)}. ${done} of ${paths.length} were moved.`,
        { cause: error },
      );
    }
  }
  return paths;
}

/** Once each, in the order of paths. */
function pathsOf({ findings, duplicates }: PictureReport, kinds: readonly FindingKind[]): string[] {
  const chosen = findings.filter(({ kind }) => kinds.includes(kind) && kind !== "duplicate");
  const paths = new Set(chosen.map(({ path }) => path));
  if (kinds.includes("duplicate")) {
    for (const group of duplicates) {
      const stays = group.paths.find((path) => !paths.has(path)); // the first that has no other fault
      for (const path of group.paths) if (path !== stays) paths.add(path);
    }
  }
  return [...paths];
}

/** Set aside within the directory, the pictures would be a class of their own. */
async function checkOutside(directory: string, folder: string): Promise<void> {
  const outer = await realpath(directory);
  let inner = resolve(folder);
  for (;;) {
    const real = await realpath(inner).catch(() => undefined);
    if (real !== undefined) {
      if (real !== outer && !real.startsWith(outer + sep)) return;
      throw new Error(
        `[setAside] ${folder} lies in ${directory}: name a folder outside of it. Nothing was moved.`,
      );
    }
    inner = dirname(inner);
  }
}

/** Unlike `rename`, this fails where the new name is taken. */
async function moveWithoutOverwriting(from: string, to: string): Promise<void> {
  if ((await lstat(from)).isSymbolicLink()) {
    await symlink(await targetSeenFrom(to, from), to);
  } else {
    await secondName(from, to);
  }
  await unlink(from);
}

/** Where a link leads, for a link elsewhere. */
async function targetSeenFrom(to: string, from: string): Promise<string> {
  const target = await readlink(from);
  if (isAbsolute(target)) return target;
  return relative(await realpath(dirname(to)), resolve(await realpath(dirname(from)), target));
}

async function secondName(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || code === "ENOSPC") throw error;
    // Another disk, or one without hard links.
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
}
