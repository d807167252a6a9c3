import type { PictureLocation } from "../workers/picture-jobs.ts";
import { compareCodePoints, inKerasOrder, PICTURE, type PictureFiles } from "./picture-files.ts";

/** A picture that is held already, with its path in the data set: `cats/cat.0.jpg`. */
export type HeldFile =
  | { readonly path: string; readonly blob: Blob }
  | { readonly path: string; readonly bytes: Uint8Array };

/** A folder that was picked: what of `FileSystemDirectoryHandle` is needed. */
export interface DirectoryHandle {
  readonly kind: "directory";
  readonly name: string;
  values(): AsyncIterable<DirectoryHandle | FileHandle>;
}
interface FileHandle {
  readonly kind: "file";
  readonly name: string;
  getFile(): Promise<Blob>;
}

/**
 * What a page has of a data set: a picked directory (`showDirectoryPicker()`), the files of an
 * `<input type="file" webkitdirectory>`, or any files with their paths. One folder per class, as on disk.
 */
export type PickedFiles = DirectoryHandle | Iterable<File> | Iterable<HeldFile>;

/** @throws for a file without a path */
export async function heldFiles(picked: PickedFiles): Promise<PictureFiles> {
  const isDirectory = "kind" in picked;
  const read = new Map<string, () => PictureLocation | Promise<PictureLocation>>();
  if (isDirectory) await walk(picked, "", read);
  else for (const file of picked) read.set(...entryOf(file));

  const folderOf = (path: string) => path.slice(0, path.indexOf("/"));
  const inFolders = [...read.keys()].filter((path) => path.includes("/"));
  return {
    name: isDirectory ? picked.name : "the picked files",
    folders: async () => [...new Set(inFolders.map(folderOf))].sort(compareCodePoints),
    pictures: async (folder) =>
      inKerasOrder(
        inFolders
          .filter((path) => folderOf(path) === folder && PICTURE.test(path))
          .map((path) => path.slice(folder.length + 1)),
      ),
    filepath: (filename) => (isDirectory ? `${picked.name}/${filename}` : filename),
    location: (filename) => read.get(filename)!(),
  };
}

async function walk(
  directory: DirectoryHandle,
  path: string,
  into: Map<string, () => PictureLocation | Promise<PictureLocation>>,
): Promise<void> {
  for await (const handle of directory.values()) {
    const within = path === "" ? handle.name : `${path}/${handle.name}`;
    if (handle.kind === "directory") await walk(handle, within, into);
    else into.set(within, () => handle.getFile());
  }
}

function entryOf(file: File | HeldFile): [path: string, () => PictureLocation] {
  if (!("arrayBuffer" in file)) {
    return [file.path.replace(/^\/+/, ""), () => ("blob" in file ? file.blob : file.bytes)];
  }
  const { webkitRelativePath: path } = file;
  if (!path) {
    throw new Error(
      `[flowFromFiles] the file ${file.name} has no path, so that its class is unknown: ` +
        'pick a folder (<input type="file" webkitdirectory>), or give { path: "cats/cat.0.jpg", blob }.',
    );
  }
  return [path.slice(path.indexOf("/") + 1), () => file]; // the picked folder's own name comes first
}
