import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";

const text = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const readme = text("../README.md");
/** Importing an example runs it. */
const examples = {
  "print-a-tape": () => import("./examples/print-a-tape.ts"),
  "check-a-gradient": () => import("./examples/check-a-gradient.ts"),
};

describe("the README", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each(Object.entries(examples))("shows %s as it runs, and what it prints", async (name, run) => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    await run();
    const printed = log.mock.calls.map(([line]) => `${line}\n`).join("");
    const code = text(`./examples/${name}.ts`);
    expect(readme).toContain(`\`\`\`ts\n${code}\`\`\`\n\nprints\n\n\`\`\`\n${printed}\`\`\`\n`);
  });

  it("shows no other program", () => {
    expect(readme.match(/^```ts$/gm)).toHaveLength(Object.keys(examples).length);
  });
});
