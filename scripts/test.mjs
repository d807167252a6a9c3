// `npm test`: sets everything up, runs the static checks and all tests, and ends with `N passed, N failed`.
//   npm test -- packages/kernels   passes arguments on to vitest, and leaves the static checks out
// Each static check counts as one test.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { capture, main, run, say } from "./process.mjs";
import { root, setup } from "./setup.mjs";
import { addCounts, finalLine, NO_COUNTS, vitestCounts } from "./test-counts.mjs";

const CHECKS = [
  {
    name: "format and lint (biome ci)",
    args: ["node_modules/@biomejs/biome/bin/biome", "ci", "--colors=off", "."],
  },
  {
    name: "types (turbo run types types:root)",
    args: ["node_modules/turbo/bin/turbo", "run", "types", "types:root"],
  },
  {
    name: "WGSL (every kernel is valid)",
    args: ["--import", "./scripts/register.mjs", "scripts/validate-wgsl.ts"],
  },
];

await main(async () => {
  const env = await setup();
  const args = process.argv.slice(2);
  let counts = args.length === 0 ? await staticChecks(env) : NO_COUNTS;
  counts = addCounts(counts, await tests(args, env));
  console.log(finalLine(counts));
  process.exitCode = counts.failed > 0 ? 1 : 0;
});

async function staticChecks(env) {
  let counts = NO_COUNTS;
  for (const { name, args } of CHECKS) {
    const { code, output } = await capture(process.execPath, args, { cwd: root, env });
    say(`${name}: ${code === 0 ? "passed" : `FAILED\n${output}`}`);
    counts = addCounts(counts, code === 0 ? { ...NO_COUNTS, passed: 1 } : { ...NO_COUNTS, failed: 1 });
  }
  return counts;
}

/** Runs vitest. `summary-reporter.mjs` leaves its counts in a file; one that crashes leaves none. */
async function tests(args, env) {
  const folder = mkdtempSync(join(tmpdir(), "convscope-test-"));
  try {
    const file = join(folder, "counts.json");
    const reporters = ["--reporter=default", `--reporter=${join(root, "scripts", "summary-reporter.mjs")}`];
    const code = await run(
      process.execPath,
      ["node_modules/vitest/vitest.mjs", "run", ...reporters, ...args],
      {
        cwd: root,
        env: { ...env, CONVSCOPE_TEST_COUNTS: file },
      },
    );
    return vitestCounts(existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : NO_COUNTS, code);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
