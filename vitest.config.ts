import { defineConfig } from "vitest/config";

/** Importing a `.wgsl` file gives its text; `scripts/wgsl-hook.mjs` does the same for plain Node. */
const wgsl = {
  name: "wgsl",
  enforce: "pre" as const,
  transform(code: string, id: string) {
    if (id.endsWith(".wgsl")) return { code: `export default ${JSON.stringify(code)}`, map: null };
  },
};

export default defineConfig({
  plugins: [wgsl],
  test: {
    include: ["packages/*/src/**/*.test.ts", "test/**/*.test.ts", "scripts/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
