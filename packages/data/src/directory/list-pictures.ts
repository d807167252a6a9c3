import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";

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

/** The names of the folders in a folder, links to folders included, in Python's order. */
export async function listFolders(directory: string): Promise<string[]> {
  const names = await readdir(directory);
  const kinds = await Promise.all(names.map((name) => kindOf(join(directory, name))));
  return names.filter((_, i) => kinds[i] === "folder").sort(compareCodePoints);
}

/**
 * The pictures in a folder and its sub-folders, in Keras's order: folders by their whole path, files by name.
 * Pipes, devices and sockets are left out.
 * @param followLinks whether links to folders are entered; a link back to an enclosing folder never is
 * @returns paths relative to the folder, with `/`
 */
export async function listPictures(
  directory: string,
  { followLinks }: { followLinks: boolean },
): Promise<string[]> {
  const folders: { path: string; files: string[] }[] = [];

  async function visit(path: string, enclosing: readonly string[]): Promise<void> {
    const absolute = join(directory, path);
    const real = await realpath(absolute);
    if (enclosing.includes(real)) return;
    const entries = await readdir(absolute, { withFileTypes: true });
    const files: string[] = [];
    for (const entry of entries) {
      const isPicture = PICTURE.test(entry.name);
      const mayEnter = entry.isDirectory() || (entry.isSymbolicLink() && followLinks);
      if (!isPicture && !mayEnter) continue;
      const kind = entry.isFile() ? "file" : await kindOf(join(absolute, entry.name));
      if (kind === "file" && isPicture) files.push(entry.name);
      if (kind === "folder" && mayEnter) {
        await visit(path === "" ? entry.name : `${path}/${entry.name}`, [...enclosing, real]);
      }
    }
    folders.push({ path, files: files.sort(compareCodePoints) });
  }

  await visit("", []);
  folders.sort((a, b) => compareCodePoints(a.path, b.path));
  return folders.flatMap(({ path, files }) => files.map((file) => (path === "" ? file : `${path}/${file}`)));
}

/** Links are followed. A link to nowhere counts as a file, so that reading it names it. */
async function kindOf(path: string): Promise<"file" | "folder" | "other"> {
  try {
    const information = await stat(path);
    if (information.isDirectory()) return "folder";
    return information.isFile() ? "file" : "other";
  } catch {
    return "file";
  }
}
