/**
 * `pnpm wgsl`: is every `.wgsl` file valid? Each is compiled by Dawn on its Null backend, which checks everything and
 * runs nothing, so no GPU or driver is needed. A compute pipeline is made too, with stand-in values for the pipeline
 * constants. The house rules are checked as well: every file is complete in itself and begins with its header.
 * Prints `file:line:column: message` for each error, then `N files, M errors`; the exit code is 1 where M > 0.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const { create, globals } = createRequire(join(root, "packages/kernels/package.json"))(
  "webgpu",
) as typeof import("../packages/kernels/node_modules/webgpu/types.d.ts");
Object.assign(globalThis, globals);

/** Files that cannot have a reference: what they compute is checked where they are used. */
const WITHOUT_REFERENCE = ["self-test.wgsl"];

/** Values for `override` lines without a default, by type: any would do that compiles. */
const STAND_INS: Record<string, number> = { u32: 4, i32: 4, f32: 1, f16: 1, bool: 1 };

/** What the files enable. The last one is an experiment, which the types do not know. */
const FEATURES = [
  "subgroups",
  "shader-f16",
  "chromium-experimental-subgroup-matrix" as GPUFeatureName,
] as const;

interface Problem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Every `.wgsl` file of the packages' sources, apps included. */
function findFiles(): string[] {
  const sources = readdirSync(join(root, "packages")).map((name) => join(root, "packages", name, "src"));
  return sources
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)),
    )
    .filter((path) => path.endsWith(".wgsl"))
    .sort();
}

/** The comment lines that a file begins with. */
function headerOf(wgsl: string): string[] {
  const lines = wgsl.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("//"));
  return end < 0 ? lines : lines.slice(0, end);
}

function houseRules(file: string, wgsl: string): Problem[] {
  const problems: Problem[] = [];
  const header = headerOf(wgsl);
  const needs = (holds: boolean, message: string) => {
    if (!holds) problems.push({ line: 1, column: 1, message });
  };
  needs(header.length > 0, "the file must begin with its header comment, `// op.kernel: …`.");
  needs(
    header.some((line) => /^\/\/ grid: \S/.test(line)),
    "the header must have a line `// grid: …`.",
  );
  needs(
    WITHOUT_REFERENCE.some((name) => file.endsWith(name)) ||
      header.some((line) => /^\/\/ checked against \S/.test(line)),
    "the header must have a line `// checked against …`.",
  );
  wgsl.split("\n").forEach((text, i) => {
    const column = text.indexOf("${") + 1;
    if (column > 0) {
      problems.push({
        line: i + 1,
        column,
        message: "a `${`: a file is complete in itself, never a template.",
      });
    }
  });
  return problems;
}

/** Stand-in values for the pipeline constants that have no default. */
function standIns(wgsl: string): Record<string, number> {
  const code = wgsl.replace(/\/\/.*$/gm, "");
  const required = code.matchAll(/override\s+(\w+)\s*:\s*(\w+)\s*;/g);
  return Object.fromEntries([...required].map(([, name, type]) => [name, STAND_INS[type] ?? 1]));
}

/** What Dawn says: about the text, or, if that is right, about the pipelines of its compute entry points. */
async function compile(device: GPUDevice, wgsl: string): Promise<Problem[]> {
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code: wgsl });
  const { messages } = await module.getCompilationInfo();
  const moduleError = await device.popErrorScope();
  const problems = messages
    .filter(({ type }) => type === "error")
    .map(({ lineNum, linePos, message }) => ({ line: lineNum, column: linePos, message }));
  if (problems.length > 0) return problems;
  if (moduleError) return [{ line: 1, column: 1, message: moduleError.message }];
  const entryPoints = [...wgsl.matchAll(/@compute\b[^{]*?\bfn\s+(\w+)/g)].map(([, name]) => name);
  if (entryPoints.length === 0)
    return [{ line: 1, column: 1, message: "the file has no @compute function." }];
  for (const entryPoint of entryPoints) {
    device.pushErrorScope("validation");
    device.createComputePipeline({
      layout: "auto",
      compute: { module, entryPoint, constants: standIns(wgsl) },
    });
    const error = await device.popErrorScope();
    if (error) problems.push({ line: 1, column: 1, message: `${entryPoint}: ${error.message}` });
  }
  return problems;
}

// The object is kept in a variable for as long as it is needed: collected, it would take the device with it.
// The experiments of Dawn's that some files enable are offered, too.
const gpu = create(["backend=null", "enable-dawn-features=allow_unsafe_apis"]);
const adapter = await gpu.requestAdapter();
if (!adapter)
  throw new Error("[wgsl] Dawn's Null backend was not found: is npm webgpu installed for this platform?");
const device = await adapter.requestDevice({
  requiredFeatures: FEATURES.filter((name) => adapter.features.has(name)),
});

const files = findFiles();
let errors = 0;
for (const path of files) {
  const wgsl = readFileSync(path, "utf8");
  const file = relative(root, path);
  for (const { line, column, message } of [...houseRules(file, wgsl), ...(await compile(device, wgsl))]) {
    errors++;
    console.log(`${file}:${line}:${column}: ${message}`);
  }
}
device.destroy();
console.log(`${files.length} files, ${errors} errors`);
process.exitCode = errors > 0 || files.length === 0 ? 1 : 0;
