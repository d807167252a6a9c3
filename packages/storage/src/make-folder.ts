import { mkdir, rmdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder, and those above it that are missing: all of them or none. Node's own `recursive` never returns where
 * a file system refuses new folders with ENOENT, as Linux's /proc does.
 * @returns the folders that were made, the innermost first; none where it was there already
 */
export async function makeFolder(path: string): Promise<string[]> {
  const folder = resolve(path);
  try {
    await mkdir(folder);
    return [folder];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && (await stat(folder)).isDirectory()) return [];
    if (code !== "ENOENT") throw error;
    const made = await makeFolder(dirname(folder));
    if (made.length === 0) throw error; // what it lies in is there, and does not want it
    try {
      await mkdir(folder);
    } catch (error) {
      await removeFolders(made);
      throw error;
    }
    return [folder, ...made];
  }
}

/** Removes folders that `makeFolder` made, as far as they are empty. */
export async function removeFolders(made: readonly string[]): Promise<void> {
  for (const folder of made) {
    try {
      await rmdir(folder);
    } catch {
      return; // somebody else has put something there
    }
  }
}
