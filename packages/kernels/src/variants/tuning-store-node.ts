/** Where measured choices are kept in Node: a file each, in the user's cache folder. The browser's twin is tuning-store-browser.ts. */
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cacheFolder, writeFileAtomically } from "@convscope/storage";

/** Where the text of that name is, in words. */
export const whereKept = (name: string): string => join(cacheFolder(), "tuning", `${name}.json`);

/** The text of that name; undefined where none was kept. @throws where it is there and cannot be read */
export async function readKept(name: string): Promise<string | undefined> {
  try {
    return await readFile(whereKept(name), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Makes a new text of the one that was kept. It is there whole or not at all: of two processes that change it in the same
 * instant, the later one's text stays.
 * @throws where it cannot be written
 */
export async function changeKept(
  name: string,
  change: (before: string | undefined) => string,
): Promise<void> {
  const path = whereKept(name);
  await mkdir(dirname(path), { recursive: true });
  // What cannot be read is not worth keeping.
  const before = await readKept(name).catch(() => undefined);
  await writeFileAtomically(path, change(before));
}
