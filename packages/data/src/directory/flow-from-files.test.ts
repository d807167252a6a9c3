import { readFile } from "node:fs/promises";
import { rejection } from "@convscope/storage/testing";
import { describe, expect, it } from "vitest";
import { dataSet, take } from "../testing/data-set.ts";
import { flowFromDirectory } from "./flow-from-directory.ts";
import { flowFromFiles } from "./flow-from-files.ts";
import type { DirectoryHandle, HeldFile, PickedFiles } from "./held-files.ts";

const options = { targetSize: [2, 2], batchSize: 2, seed: 4, workers: 0, log: () => {} } as const;

describe("flowFromFiles", () => {
  /** Every form in which a page may have a data set. */
  async function forms(): Promise<{ folder: string; picked: Record<string, PickedFiles> }> {
    const folder = await dataSet({ "b-2": 2, b: 3 });
    const { filenames, filepaths } = await flowFromDirectory(folder, options);
    const files = await Promise.all(
      filenames.map(async (path, i) => ({ path, bytes: await readFile(filepaths[i]) })),
    );
    files.reverse();
    const withBlobs: HeldFile[] = files.map(({ path, bytes }) => ({ path, blob: new Blob([bytes]) }));
    withBlobs.push(
      { path: "b/note.txt", blob: new Blob(["text"]) },
      { path: "top.png", blob: new Blob([""]) },
    );
    const picked = files.map(({ path, bytes }) =>
      Object.assign(new File([bytes], path.split("/")[1]), { webkitRelativePath: `picked/${path}` }),
    );
    const handle = (name: string): DirectoryHandle => ({
      kind: "directory",
      name,
      async *values() {
        for (const { path, bytes } of files) {
          if (path.startsWith(`${name}/`)) {
            yield { kind: "file", name: path.split("/")[1], getFile: async () => new Blob([bytes]) };
          }
        }
        if (name === "picked") for (const folder of ["b-2", "b"]) yield handle(folder);
      },
    });
    return { folder, picked: { bytes: files, blobs: withBlobs, files: picked, handle: handle("picked") } };
  }

  it("gives the batches of the same files on disk, whatever form they have", async () => {
    const { folder, picked } = await forms();
    for (const [form, files] of Object.entries(picked)) {
      await using onDisk = await flowFromDirectory(folder, options);
      for (const workers of [0, 1]) {
        await using held = await flowFromFiles(files, { ...options, workers });
        expect(held.filenames, form).toEqual(onDisk.filenames);
        expect(held.classIndices).toEqual(onDisk.classIndices);
        onDisk.reset();
        const values = async (batches: typeof held) =>
          (await take(batches, 4)).map(({ x, y, records }) => ({
            x,
            y,
            names: records.map((r) => r.filename),
          }));
        expect(await values(held)).toEqual(await values(onDisk));
      }
    }
  });

  it("refuses a file without a path, and names a picture that cannot be read", async () => {
    expect(await rejection(flowFromFiles([new File([], "cat.0.jpg")], options))).toContain(
      "[flowFromFiles] the file cat.0.jpg has no path, so that its class is unknown",
    );
    const held = await flowFromFiles([{ path: "cats/0.jpg", bytes: new Uint8Array(0) }], options);
    expect(await rejection(held.next())).toBe(
      "[flowFromFiles] cats/0.jpg is empty (0 bytes): copy or download it again.",
    );
    expect(await rejection(flowFromFiles([], options))).toContain(
      "[flowFromFiles] the picked files has no class sub-folders",
    );
  });
});
