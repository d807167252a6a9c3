import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeFolder, removeFolders } from "./make-folder.ts";
import { rejection, temporaryFolder } from "./testing/temporary-folder.ts";

describe("makeFolder", () => {
  it("makes what is missing, names it from the inside out, and undoes it as far as it is empty", async () => {
    const folder = await temporaryFolder();
    const made = await makeFolder(join(folder, "a", "b", "..", "c"));
    expect(made).toEqual([join(folder, "a", "c"), join(folder, "a")]);
    expect(await makeFolder(join(folder, "a", "c"))).toEqual([]);
    await writeFile(join(folder, "a", "note"), "");
    await removeFolders(made);
    expect(await readdir(join(folder, "a"))).toEqual(["note"]);
  });

  it("says what is in the way, and leaves nothing", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "file"), "");
    expect(await rejection(makeFolder(join(folder, "file")))).toContain("EEXIST");
    expect(await rejection(makeFolder(join(folder, "file", "a", "b")))).toContain("ENOTDIR");
    const tooLong = "x".repeat(300);
    expect(await rejection(makeFolder(join(folder, "a", "b", tooLong)))).toContain("ENAMETOOLONG");
    expect(await readdir(folder)).toEqual(["file"]);
  });

  it.skipIf(!existsSync("/proc/self"))("ends where the file system refuses", async () => {
    expect(await rejection(makeFolder("/proc/new/folder"))).toContain("ENOENT");
  });
});
