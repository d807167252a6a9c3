import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** What a result was made with. */
export function versions(): { convscope: string; webgpu: string; node: string } {
  const kernels = createRequire(require.resolve("@convscope/kernels"));
  return {
    convscope: versionIn(require.resolve("../../package.json")),
    webgpu: versionIn(join(dirname(kernels.resolve("webgpu")), "package.json")),
    node: process.versions.node,
  };
}

/** The version of a package that this one depends on. */
export function packageVersion(name: string): string {
  for (const folder of require.resolve.paths(name) ?? []) {
    const path = join(folder, name, "package.json");
    if (existsSync(path)) return versionIn(path);
  }
  throw new Error(`[versions] ${name} is not installed.`);
}

function versionIn(path: string): string {
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}
