import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

function versionIn(path: string): string {
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}

/** What a result was made with. */
export function versions(): { convscope: string; webgpu: string; node: string } {
  const kernels = createRequire(require.resolve("@convscope/kernels"));
  return {
    convscope: versionIn(require.resolve("../../package.json")),
    webgpu: versionIn(new URL("./package.json", `file://${kernels.resolve("webgpu")}`).pathname),
    node: process.versions.node,
  };
}
