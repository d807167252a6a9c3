import { writeFileAtomically } from "@convscope/data";

/**
 * Writes a file so that it is there whole or not at all; an older one is replaced.
 * @throws where the folder is missing or cannot be written to; the message names the file and the reason
 */
export async function writeFileAtomic(path: string, data: Uint8Array | string): Promise<void> {
  try {
    await writeFileAtomically(path, data);
  } catch (error) {
    throw new Error(
      `[write] cannot write ${path}: ${writeFailure(error)}: choose a folder that exists and is writable.`,
      { cause: error },
    );
  }
}

/** Why something could not be written, in words. */
export function writeFailure(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return reasons[code ?? ""] ?? message;
}

const reasons: Record<string, string> = {
  ENOENT: "its folder does not exist",
  ENOTDIR: "a part of its folder's path is a file",
  EACCES: "no permission to write there",
  EPERM: "no permission to write there",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the disk",
  EISDIR: "a folder has this name",
};
