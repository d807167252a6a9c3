// What a reader may count on in every op's folder. The device's is none; its self-test is its own reference.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL(".", import.meta.url));
const kernels = (readdirSync(root, { recursive: true }) as string[]).filter(
  (path) => path.endsWith(".wgsl") && !path.startsWith("device"),
);
const folders = [...new Set(kernels.map(dirname))];

describe.each(folders)("the folder %s", (folder) => {
  const files = readdirSync(join(root, folder));

  it("has a README, a reference and tests, or is a part of one that has", () => {
    const isPart = folders.includes(dirname(folder)) && !files.includes("README.md");
    const all = isPart ? readdirSync(join(root, dirname(folder))) : files;
    expect(all).toContain("README.md");
    expect(all.some((file) => file.endsWith(".reference.ts"))).toBe(true);
    expect(all.some((file) => file.endsWith(".test.ts"))).toBe(true);
  });

  it.each(files.filter((file) => file.endsWith(".wgsl")))(
    "%s says what it computes, on what grid, and is checked",
    (file) => {
      const [header] = readFileSync(join(root, folder, file), "utf8").split("\n\n");
      const comment = header
        .split("\n")
        .filter((line) => line.startsWith("//"))
        .join("\n");
      expect(comment).toMatch(/^\/\/ {3,}\S.*[=←]/m); // an equation
      expect(comment).toMatch(/^\/\/ grid: /m);
      expect(comment).toMatch(/^\/\/ cost: /m);
      const reference = /checked against (\S+\.ts)/.exec(comment)?.[1];
      expect(reference && existsSync(join(root, folder, reference))).toBe(true);
    },
  );
});
