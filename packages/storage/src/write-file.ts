import { randomUUID } from "node:crypto";
import { appendFile, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { messageOf } from "./message-of.ts";

/**
 * Writes a file so that it is there whole or not at all: under another name in its folder, then renamed.
 * @param content what is in it, or a function that makes the file at the path that it is given, as large ones are written
 */
export async function writeFileAtomically(
  path: string,
  content: Uint8Array | string | ((temporary: string) => void | Promise<void>),
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    if (typeof content === "function") await content(temporary);
    else await writeFile(temporary, content, { flag: "wx" });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Adds to the end of a file, all of it or nothing: where the disk is full the file is cut back to what it was. */
export async function appendToFile(path: string, content: Uint8Array | string): Promise<void> {
  const { size } = await stat(path);
  try {
    await appendFile(path, content);
  } catch (error) {
    await truncate(path, size);
    throw error;
  }
}

/** Why something could not be written, in words. */
export function writeFailure(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return reasons[code ?? ""] ?? messageOf(error);
}

const reasons: Record<string, string> = {
  ENOENT: "its folder does not exist",
  EEXIST: "a file has its folder's name",
  ENOTDIR: "a part of its folder's path is a file",
  EACCES: "no permission to write there",
  EPERM: "no permission to write there",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the disk",
  EDQUOT: "the disk quota is used up",
  EISDIR: "a folder has this name",
};
