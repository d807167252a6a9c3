import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { compareCodePoints, inKerasOrder, PICTURE } from "./picture-files.ts";

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
  const pictures: string[] = [];

  async function visit(path: string, enclosing: readonly string[]): Promise<void> {
    const absolute = join(directory, path);
    const real = await realpath(absolute);
    if (enclosing.includes(real)) return;
    const entries = await readdir(absolute, { withFileTypes: true });
    for (const entry of entries) {
      const isPicture = PICTURE.test(entry.name);
      const mayEnter = entry.isDirectory() || (entry.isSymbolicLink() && followLinks);
      if (!isPicture && !mayEnter) continue;
      const kind = entry.isFile() ? "file" : await kindOf(join(absolute, entry.name));
      const within = path === "" ? entry.name : `${path}/${entry.name}`;
      if (kind === "file" && isPicture) pictures.push(within);
      if (kind === "folder" && mayEnter) await visit(within, [...enclosing, real]);
    }
  }

  await visit("", []);
  return inKerasOrder(pictures);
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
