import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { temporaryFolder } from "./testing/temporary-folder.ts";
import { appendToFile } from "./write-file.ts";

const disk = vi.hoisted(() => ({ isFull: false }));
vi.mock("node:fs/promises", async (original) => {
  const files = await original<typeof import("node:fs/promises")>();
  return {
    ...files,
    async appendFile(path: string, content: string) {
      if (!disk.isFull) return files.appendFile(path, content);
      await files.appendFile(path, content.slice(0, 2));
      throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
    },
  };
});

it("adds to a file all or nothing", async () => {
  const path = join(await temporaryFolder(), "log");
  await writeFile(path, "one\n");
  await appendToFile(path, "two\n");
  disk.isFull = true;
  await expect(appendToFile(path, "three\n")).rejects.toThrow("ENOSPC");
  disk.isFull = false;
  expect(await readFile(path, "utf8")).toBe("one\ntwo\n");
});
