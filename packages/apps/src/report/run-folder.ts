import { access, constants, mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, removeFolders, writeFailure } from "@convscope/storage";
import { LOCK_FILE, lockFolder, unlockFolder } from "./run-lock.ts";
import { writeFileAtomic } from "./write-file-atomic.ts";

/**
 * The folder of a run, which one process at a time works in. A new run never takes one that holds something: a run that was saved
 * is not lost.
 */
export class RunFolder {
  readonly path: string;
  /** The folders that were made for it, the innermost first. */
  readonly #made: readonly string[];

  /** @see RunFolder.claim */
  private constructor(path: string, made: readonly string[]) {
    this.path = path;
    this.#made = made;
  }

  /**
   * Makes the folder, so that no other run takes it, and shows that it can be written to. Nothing is in it yet.
   * @param out new or empty. Default: `runs/NAME`, or with the next free number
   * @throws for a folder that holds something, and for one that cannot be written to; then nothing was made
   */
  static async claim(out: string | undefined, name: string): Promise<RunFolder> {
    if (out !== undefined) return RunFolder.#lock(out, await claimNamed(out));
    const parent = await make("runs");
    for (let i = 1; ; i++) {
      const path = join("runs", i === 1 ? name : `${name}-${i}`);
      try {
        await mkdir(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
        await removeFolders(parent);
        throw unwritable(path, error);
      }
      return RunFolder.#lock(path, [path, ...parent]);
    }
  }

  /** @throws where another process works in it, and where it cannot be written to; then what was made is gone */
  static async #lock(path: string, made: readonly string[], option?: string): Promise<RunFolder> {
    try {
      await lockFolder(path);
    } catch (error) {
      await removeFolders(made);
      throw (error as NodeJS.ErrnoException).code === undefined ? error : unwritable(path, error, option);
    }
    return new RunFolder(path, made);
  }

  /**
   * The folder of a run that is to go on. What a run left half-written when it was ended is removed.
   * @throws where there is no such folder, and where another process works in it
   */
  static async reopen(path: string): Promise<RunFolder> {
    const found = await stat(path).catch(() => undefined);
    if (!found?.isDirectory()) {
      throw new Error(`[run] there is no folder ${path}: give the folder of a run as --resume.`);
    }
    const folder = await RunFolder.#lock(path, [], "--resume");
    for (const name of await readdir(path)) {
      if (HALF_WRITTEN.test(name)) await rm(join(path, name), { force: true });
    }
    return folder;
  }

  /** Writes a file, whole or not at all. */
  write(name: string, content: string | Uint8Array): Promise<void> {
    return writeFileAtomic(join(this.path, name), content);
  }

  /** The names of its files, in order. */
  async files(): Promise<string[]> {
    return (await readdir(this.path)).filter((name) => name !== LOCK_FILE).sort();
  }

  /** Lets others work in it; where nothing was written, what `claim` made goes. */
  async close(): Promise<void> {
    await unlockFolder(this.path);
    await removeFolders(this.#made);
  }
}

/** Files are written under such a name first. */
const HALF_WRITTEN = /\.[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\.part$/;

/** @returns the folders that were made, the innermost first */
async function claimNamed(out: string): Promise<readonly string[]> {
  const made = await make(out);
  try {
    await access(out, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unwritable(out, error);
  }
  if ((await readdir(out)).some((name) => name !== LOCK_FILE)) {
    throw new Error(
      `[run] the folder ${out} is not empty: give another --out, or empty it. Nothing was changed.`,
    );
  }
  return made;
}

/** @returns the folders that were made, the innermost first */
async function make(path: string): Promise<readonly string[]> {
  try {
    return await makeFolder(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") {
      throw new Error(`[run] ${path} is a file: give a new or an empty folder as --out.`, { cause: error });
    }
    throw unwritable(path, error);
  }
}

const unwritable = (path: string, error: unknown, option = "--out") =>
  new Error(
    `[run] cannot write into ${path}: ${writeFailure(error)}. Give a folder that you may write to as ${option}.`,
    { cause: error },
  );
