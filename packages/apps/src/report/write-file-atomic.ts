import { writeFailure, writeFileAtomically } from "@convscope/data";

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
