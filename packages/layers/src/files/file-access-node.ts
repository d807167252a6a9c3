/** Files in Node: read piece by piece, written under another name and then renamed. The browser's twin is file-access-browser.ts. */
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { writeFailure, writeFileAtomically } from "@convscope/storage";
import type { ByteSink } from "./byte-sink.ts";
import { type ByteSource, endsTooEarly } from "./byte-source.ts";

/** @throws where it cannot be opened, or is no regular file */
export function openFile(path: string): ByteSource {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`[files] ${path}: ${code === "ENOENT" ? "there is no such file." : message}`);
  }
  const status = fstatSync(file);
  if (!status.isFile()) {
    closeSync(file);
    throw new Error(
      `[files] ${path} is ${status.isDirectory() ? "a folder" : "not a regular file"}: give a file.`,
    );
  }
  const { size } = status;
  return {
    name: path,
    size,
    read(target, position) {
      let done = 0;
      while (done < target.byteLength) {
        const count = readSync(file, target, done, target.byteLength - done, position + done);
        if (count === 0) throw endsTooEarly(path, position + done);
        done += count;
      }
    },
    close: () => closeSync(file),
  };
}

/** The path of a file that another one names, in the same folder. */
export const besideFile = (path: string, name: string): string => join(dirname(path), name);

export const fileExists = (path: string): boolean => existsSync(path);

/** Writes a file, in any order, so that it is there whole or not at all. */
export async function writeFileWith(path: string, write: (sink: ByteSink) => void): Promise<void> {
  try {
    await writeFileAtomically(path, (temporary) => {
      const file = openSync(temporary, "wx+");
      try {
        write(sinkOf(file));
      } finally {
        closeSync(file);
      }
    });
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new Error(`[files] ${path} cannot be written: ${writeFailure(error)}.`, { cause: error });
  }
}

const sinkOf = (file: number): ByteSink => ({
  write(bytes, position) {
    let done = 0;
    while (done < bytes.byteLength)
      done += writeSync(file, bytes, done, bytes.byteLength - done, position + done);
  },
  read: (target, position) => readSync(file, target, 0, target.byteLength, position),
  truncate: (size) => ftruncateSync(file, size),
});

/** What lies in a file's folder. */
export const namesBeside = (path: string): string[] =>
  existsSync(dirname(path)) ? readdirSync(dirname(path)) : [];

export const removeBeside = (path: string, name: string): void =>
  rmSync(besideFile(path, name), { force: true });
