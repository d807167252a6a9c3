import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "@convscope/storage/message-of";
import { listFolders, listPictures } from "./list-pictures.ts";
import type { PictureFiles } from "./picture-files.ts";

/**
 * A directory on disk.
 * @param followLinks whether links to folders inside a class are entered
 */
export const directoryFiles = (directory: string, followLinks: boolean): PictureFiles => ({
  name: directory,
  async folders() {
    await checkDirectory(directory);
    return listFolders(directory);
  },
  pictures: (folder) => listPictures(join(directory, folder), { followLinks }),
  filepath: (filename) => join(directory, filename),
  location: (filename) => join(directory, filename),
});

async function checkDirectory(directory: string): Promise<void> {
  try {
    await readdir(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT")
      throw new Error(`[flowFromDirectory] ${directory} does not exist.`, { cause: error });
    const reason = code === "ENOTDIR" ? "is not a directory." : `cannot be read: ${messageOf(error)}`;
    throw new Error(`[flowFromDirectory] ${directory} ${reason}`, { cause: error });
  }
}
