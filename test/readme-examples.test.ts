// The programs that a package's README shows are files of its src/examples: they run, and print what the README says.
import { readdirSync, readFileSync } from "node:fs";
import { resetUids } from "@convscope/layers";
import { afterEach, describe, expect, it, vi } from "vitest";

const text = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

describe.each(["kernels", "autograd", "layers"])("the README of %s", (name) => {
  const readme = text(`../packages/${name}/README.md`);
  const folder = `../packages/${name}/src/examples`;
  const files = readdirSync(new URL(folder, import.meta.url));

  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each(files)("shows %s as it runs, and what it prints", async (file) => {
    resetUids();
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    await import(`${folder}/${file}`); // runs it
    const printed = log.mock.calls.map(([line]) => `${line}\n`).join("");
    expect(readme).toContain(
      `\`\`\`ts\n${text(`${folder}/${file}`)}\`\`\`\n\nprints\n\n\`\`\`\n${printed}\`\`\`\n`,
    );
  });

  it("shows no other program", () => {
    expect(readme.match(/^```ts$/gm)).toHaveLength(files.length);
  });
});
