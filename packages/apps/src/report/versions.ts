import { readFileSync } from "node:fs";
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

function versionIn(path: string): string {
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}
