import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeFileAtomic } from "./write-file-atomic.ts";

describe("writeFileAtomic", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "convscope-write-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("writes a file, replaces it, and leaves nothing else", async () => {
    const path = join(folder, "run.json");
    await writeFileAtomic(path, "{}");
    await writeFileAtomic(path, Uint8Array.of(104, 105));
    expect(await readFile(path, "utf8")).toBe("hi");
    expect(await readdir(folder)).toEqual(["run.json"]);
  });

  it("says that the folder is missing", async () => {
    const path = join(folder, "nowhere", "run.json");
    await expect(writeFileAtomic(path, "{}")).rejects.toThrow(
      `[write] cannot write ${path}: its folder does not exist: choose a folder that exists and is writable.`,
    );
  });

  it("says that the folder is a file", async () => {
    await writeFile(join(folder, "out"), "");
    const path = join(folder, "out", "run.json");
    await expect(writeFileAtomic(path, "{}")).rejects.toThrow(
      `[write] cannot write ${path}: a part of its folder's path is a file`,
    );
  });

  it("leaves nothing half-written where the name is a folder's", async () => {
    const path = join(folder, "run.json");
    await mkdir(path);
    await expect(writeFileAtomic(path, "{}")).rejects.toThrow(
      `[write] cannot write ${path}: a folder has this name`,
    );
    expect(await readdir(folder)).toEqual(["run.json"]);
  });

  // Root may write anywhere, so that this one needs another user.
  it.skipIf(process.platform === "win32" || process.getuid?.() === 0)("says that it may not", async () => {
    const locked = join(folder, "locked");
    await mkdir(locked, { mode: 0o555 });
    await expect(writeFileAtomic(join(locked, "run.json"), "{}")).rejects.toThrow(
      "no permission to write there",
    );
  });
});
