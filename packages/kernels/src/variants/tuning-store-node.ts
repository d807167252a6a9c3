/** Where measured choices are kept in Node: a file each, in the user's cache folder. The browser's twin is tuning-store-browser.ts. */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";

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
  const temporary = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  try {
    // What cannot be read is not worth keeping.
    const before = await readKept(name).catch(() => undefined);
    await writeFile(temporary, change(before), { flag: "wx" });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * The folder of what can be made again: `CONVSCOPE_CACHE`, or `convscope` in the place that the operating system has for
 * caches.
 */
export function cacheFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  const { CONVSCOPE_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = environment;
  if (CONVSCOPE_CACHE) return CONVSCOPE_CACHE;
  if (platform === "win32") return join(LOCALAPPDATA || join(home, "AppData", "Local"), "convscope");
  if (platform === "darwin") return join(home, "Library", "Caches", "convscope");
  // The specification wants relative paths ignored.
  const isGiven = XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME);
  return join(isGiven ? XDG_CACHE_HOME : join(home, ".cache"), "convscope");
}
