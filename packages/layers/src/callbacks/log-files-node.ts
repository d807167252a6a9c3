/** Files that grow by what is added at their end, in Node. The browser's twin is log-files-browser.ts. */
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { appendToFile, makeFolder, writeFailure, writeFileAtomically } from "@convscope/storage";

/** What is in a file already; nothing where there is none. */
export async function readLog(where: string, path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw new Error(`[${where}] ${path} cannot be read: ${writeFailure(error)}.`);
  });
}

/** Begins a file anew, and makes its folder where that is missing. */
export async function beginLog(
  where: string,
  path: string,
  content: Uint8Array | string = "",
): Promise<void> {
  await saying(where, path, async () => {
    await makeFolder(dirname(path));
    await writeFileAtomically(path, content);
  });
}

export async function appendToLog(where: string, path: string, content: Uint8Array | string): Promise<void> {
  await saying(where, path, () => appendToFile(path, content));
}

let files = 0;

/** A name by which TensorBoard knows its files, and of which there is one. @param seconds since 1970 */
export function eventFileName(folder: string, seconds: number): string {
  const parts = [String(Math.floor(seconds)).padStart(10, "0"), hostname(), process.pid, files++];
  return join(folder, `events.out.tfevents.${parts.join(".")}`);
}

async function saying(where: string, path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw new Error(`[${where}] ${path} cannot be written: ${writeFailure(error)}.`);
  }
}
