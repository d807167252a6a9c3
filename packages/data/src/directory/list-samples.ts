import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../image/image-error.ts";
import { listFolders, listPictures } from "./list-pictures.ts";

/** The pictures of a data set, class after class. */
export interface Samples {
  /** Class name to index, in order. */
  readonly classIndices: Readonly<Record<string, number>>;
  /** The class index of each picture. */
  readonly classes: Int32Array;
  /** The path of each picture relative to the directory, with `/`. */
  readonly filenames: readonly string[];
}

/**
 * Finds the pictures of a directory that has one sub-folder per class. Pictures beside the sub-folders do not count.
 * @param classNames which classes, in which order; all sub-folders in Python's order where not given
 * @throws for a directory that is missing, or is a file; for one without classes; for a class that is missing or empty
 */
export async function listSamples(
  directory: string,
  { classNames, followLinks }: { classNames?: readonly string[]; followLinks: boolean },
): Promise<Samples> {
  await checkDirectory(directory);
  const folders = await listFolders(directory);
  if (folders.length === 0) {
    throw new Error(
      `[flowFromDirectory] ${directory} has no class sub-folders; one per class was needed, such as ${directory}/cats.`,
    );
  }
  const missing = classNames?.find((name) => !folders.includes(name));
  if (missing !== undefined) {
    const found = folders.map((name) => JSON.stringify(name)).join(", ");
    throw new Error(
      `[flowFromDirectory] class ${JSON.stringify(missing)} is not in ${directory}, which has ${found}.`,
    );
  }

  const names = classNames ?? folders;
  const pictures = await Promise.all(
    names.map((name) => listPictures(join(directory, name), { followLinks })),
  );
  const empty = names.find((_, i) => pictures[i].length === 0);
  if (empty !== undefined) {
    throw new Error(
      `[flowFromDirectory] class ${JSON.stringify(empty)} of ${directory} holds no pictures ` +
        "(.png .jpg .jpeg .bmp .ppm .tif .tiff): put some there, remove the folder, or name the classes you want in `classes`.",
    );
  }
  return {
    classIndices: Object.fromEntries(names.map((name, index) => [name, index])),
    classes: Int32Array.from(pictures.flatMap((files, index) => files.map(() => index))),
    filenames: names.flatMap((name, index) => pictures[index].map((file) => `${name}/${file}`)),
  };
}

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
