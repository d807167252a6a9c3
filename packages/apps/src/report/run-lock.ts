import { readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";

/** Lies in a run's folder while a process works in it, and says which. */
export const LOCK_FILE = "run.lock";

interface Holder {
  readonly pid: number;
  readonly host: string;
}

/** Those that this process holds. */
const held = new Set<string>();

/**
 * Keeps other processes out of a run's folder: two that go on with one run would write over each other's state. A lock whose
 * process is gone, killed perhaps, is taken over.
 * @throws where another process works there
 */
export async function lockFolder(folder: string): Promise<void> {
  const path = resolve(folder, LOCK_FILE);
  const ours: Holder = { pid: process.pid, host: hostname() };
  for (;;) {
    try {
      await writeFile(path, JSON.stringify(ours), { flag: "wx" });
      held.add(path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = await holderOf(path);
    if (holder && mayWork(holder, path)) {
      const where = holder.host === ours.host ? "" : ` on ${holder.host}`;
      throw new Error(
        `[run] process ${holder.pid}${where} works in ${folder}: end it first. If there is no such run any more, remove ${join(folder, LOCK_FILE)}.`,
      );
    }
    await rm(path, { force: true });
  }
}

/** Lets others in again. */
export async function unlockFolder(folder: string): Promise<void> {
  const path = resolve(folder, LOCK_FILE);
  if (held.delete(path)) await rm(path, { force: true });
}

/** @returns undefined where the lock is gone, or was cut off as it was written */
async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    const { pid, host } = JSON.parse(await readFile(path, "utf8")) as Partial<Holder>;
    return typeof pid === "number" && pid > 0 && typeof host === "string" ? { pid, host } : undefined;
  } catch {
    return undefined;
  }
}

/** Of processes on other machines nothing is known. */
function mayWork({ pid, host }: Holder, path: string): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return held.has(path); // in a container each run may have the same number
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
