import type { PictureFiles } from "./picture-files.ts";

/** The pictures of a data set, class after class. */
export interface Samples {
  /** Class name to index, in order. */
  readonly classIndices: Readonly<Record<string, number>>;
  /** The class index of each picture. */
  readonly classes: Int32Array;
  /** The path of each picture relative to the directory, with `/`. */
  readonly filenames: readonly string[];
}

/** Keras's two parts of a data set. */
export type Subset = "training" | "validation";

export interface ListOptions {
  /** Which classes, in which order; all sub-folders in Python's order where not given. */
  readonly classNames?: readonly string[];
  /** Of each class's pictures the validation takes the first share, the training the rest. */
  readonly subset?: Subset;
  readonly validationSplit: number;
}

/**
 * Finds the pictures of a data set that has one folder per class. Pictures beside the folders do not count.
 * @param where the function that messages name
 * @throws for a directory that is missing, or is a file; for one without classes; for a class that is missing or empty
 */
export async function listSamples(
  where: string,
  files: PictureFiles,
  { classNames, subset, validationSplit }: ListOptions,
): Promise<Samples> {
  const { name: directory } = files;
  const folders = await files.folders();
  if (folders.length === 0) {
    throw new Error(
      `[${where}] ${directory} has no class sub-folders; one per class was needed, such as ${directory}/cats.`,
    );
  }
  const missing = classNames?.find((name) => !folders.includes(name));
  if (missing !== undefined) {
    const found = folders.map((name) => JSON.stringify(name)).join(", ");
    throw new Error(
      `[${where}] class ${JSON.stringify(missing)} is not in ${directory}, which has ${found}.`,
    );
  }

  const names = classNames ?? folders;
  const all = await Promise.all(names.map((name) => files.pictures(name)));
  const empty = names.find((_, i) => all[i].length === 0);
  if (empty !== undefined) {
    throw new Error(
      `[${where}] class ${JSON.stringify(empty)} of ${directory} holds no pictures ` +
        "(.png .jpg .jpeg .bmp .ppm .tif .tiff): put some there, remove the folder, or name the classes you want in `classes`.",
    );
  }
  const parts = all.map((pictures) => partOf(pictures, subset, validationSplit));
  if (parts.every((pictures) => pictures.length === 0)) {
    throw new Error(
      `[${where}] subset ${JSON.stringify(subset)} is empty: a validationSplit of ${validationSplit} gives the validation ` +
        `${names.map((name, i) => `${Math.trunc(validationSplit * all[i].length)} of ${all[i].length} ${name}`).join(", ")}.`,
    );
  }
  return {
    classIndices: Object.fromEntries(names.map((name, index) => [name, index])),
    classes: Int32Array.from(parts.flatMap((pictures, index) => pictures.map(() => index))),
    filenames: names.flatMap((name, index) => parts[index].map((file) => `${name}/${file}`)),
  };
}

function partOf(pictures: string[], subset: Subset | undefined, validationSplit: number): string[] {
  if (subset === undefined) return pictures;
  const validated = Math.trunc(validationSplit * pictures.length);
  return subset === "validation" ? pictures.slice(0, validated) : pictures.slice(validated);
}

/** Those samples that are kept; the classes stay. */
export const keepSamples = (samples: Samples, isKept: (index: number) => boolean): Samples => ({
  classIndices: samples.classIndices,
  classes: samples.classes.filter((_, i) => isKept(i)),
  filenames: samples.filenames.filter((_, i) => isKept(i)),
});
