import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

/** A bundle as a browser gets it: export conditions without Node's, `.wgsl` files as text. */
async function bundle(source: string) {
  return build({
    stdin: { contents: source, resolveDir: fileURLToPath(new URL(".", import.meta.url)), loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    loader: { ".wgsl": "text" },
    metafile: true,
    logLevel: "silent",
  });
}

describe("in a browser", () => {
  // A module of Node's that a file imports would be an error of the bundler.
  it("kernels, autograd and layers need nothing of Node", async () => {
    const { metafile, outputFiles } = await bundle(`
      import { Device } from "@convscope/kernels";
      import { ops } from "@convscope/autograd";
      import { Sequential } from "@convscope/layers";
      console.log(Device, ops, Sequential);
    `);
    const files = Object.keys(metafile.inputs);
    expect(files.some((file) => file.endsWith("device/gpu-browser.ts"))).toBe(true);
    expect(files.filter((file) => file.endsWith("device/gpu-node.ts"))).toEqual([]);
    expect(files.some((file) => file.endsWith("conv2d/forward-1-naive.wgsl"))).toBe(true);
    expect(outputFiles[0].text).toContain("navigator.gpu");
  });
});
