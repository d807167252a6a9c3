/** A page has no files by path: what is read comes as bytes, what is written goes back as bytes. Node's twin is file-access-node.ts. */

import type { ByteSink } from "./byte-sink.ts";
import type { ByteSource } from "./byte-source.ts";

const noFiles = (path: string): Error =>
  new Error(`[files] ${path}: a browser has no files by path. Give the file's bytes, or take them.`);

export function openFile(path: string): ByteSource {
  throw noFiles(path);
}

export function besideFile(path: string, _name: string): string {
  throw noFiles(path);
}

export const fileExists = (_path: string): boolean => false;

export async function writeFileWith(path: string, _write: (sink: ByteSink) => void): Promise<void> {
  throw noFiles(path);
}

export function namesBeside(path: string): string[] {
  throw noFiles(path);
}

export function removeBeside(path: string, _name: string): void {
  throw noFiles(path);
}
