import { readFile, stat } from "node:fs/promises";
import { messageOf } from "@convscope/storage/message-of";
import { ImageError } from "./image/image-error.ts";

/**
 * The bytes of a picture's file. Only of regular files: opening a named pipe would wait for ever.
 * @throws {ImageError} for one that is missing, is no file, or cannot be read
 */
export async function readPicture(path: string): Promise<Uint8Array> {
  try {
    const information = await stat(path);
    if (information.isFile()) return await readFile(path);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const reason = isMissing ? "does not exist." : `cannot be read: ${messageOf(error)}`;
    throw new ImageError(reason, { cause: error });
  }
  throw new ImageError("is not a file.");
}
