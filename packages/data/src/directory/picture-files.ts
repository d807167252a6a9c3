import type { PictureLocation } from "../workers/picture-jobs.ts";

/** The files of a data set: a directory on disk, or what a browser was given. Paths are relative to it, with `/`. */
export interface PictureFiles {
  /** What messages call it. */
  readonly name: string;
  /** The class folders, in Python's order. @throws where it cannot be read */
  folders(): Promise<string[]>;
  /** The pictures in a class folder and below, in Keras's order, relative to the folder. */
  pictures(folder: string): Promise<string[]>;
  /** The whole path of a picture. */
  filepath(filename: string): string;
  /** Where the bytes of a picture are. */
  location(filename: string): PictureLocation | Promise<PictureLocation>;
}

/** What Keras takes for pictures, by extension, whatever its case. Which of them can be read, their content decides. */
export const PICTURE = /\.(png|jpe?g|bmp|ppm|tiff?)$/i;

/** Python's order of strings: by code point. JavaScript's `<` compares UTF-16 units, which differ beyond U+FFFF. */
export function compareCodePoints(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = left[i].codePointAt(0)! - right[i].codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Keras's order of files: folders by their whole path, then files by name. */
export function inKerasOrder(paths: readonly string[]): string[] {
  return paths
    .map((path) => ({ folder: path.slice(0, Math.max(path.lastIndexOf("/"), 0)), path }))
    .sort((a, b) => compareCodePoints(a.folder, b.folder) || compareCodePoints(a.path, b.path))
    .map(({ path }) => path);
}
