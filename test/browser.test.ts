import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createContext, runInContext } from "node:vm";
import { decodeImage, encodeJpeg, encodePng, flowFromFiles, ImageDataGenerator } from "@convscope/data";
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

  it("model files are written and read, as bytes, without anything of Node", async () => {
    const { metafile, outputFiles } = await bundle(`
      export { modelFileBytes, readModelFile } from "@convscope/layers";
    `);
    const files = Object.keys(metafile.inputs).map((file) => file.split("/").at(-1));
    expect(files).toContain("file-access-browser.ts");
    expect(files).not.toContain("file-access-node.ts");
    const folder = mkdtempSync(join(tmpdir(), "convscope-bundle-"));
    try {
      const path = join(folder, "bundle.mjs");
      writeFileSync(path, outputFiles[0].contents);
      // In a process of its own: vitest would rewrite the whole of it.
      const program = `
        const { modelFileBytes, readModelFile } = await import(${JSON.stringify(pathToFileURL(path).href)});
        const layers = [{ name: "dense_1", weights: [{ name: "dense_1/bias:0", shape: [2], data: Float32Array.of(1, 2) }] }];
        const [bytes] = (await modelFileBytes("weights-h5", { format: "weights-h5", layers })).values();
        const [{ weights: [{ data }] }] = (await readModelFile(bytes)).layers;
        console.log([...data].join(), await readModelFile("model.h5").catch(({ message }) => message));
      `;
      const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
        encoding: "utf8",
      });
      expect(stdout + stderr).toContain("1,2 [files] model.h5: a browser has no files by path.");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("data sets are read from picked files, augmented, and made into batches without anything of Node", async () => {
    const { metafile, outputFiles } = await bundle(`
      import { flowFromFiles, ImageDataGenerator } from "@convscope/data";
      Object.assign(globalThis, { flowFromFiles, ImageDataGenerator });
    `);
    const files = Object.keys(metafile.inputs).map((file) => file.split("/").at(-1));
    expect(files).toContain("threads-browser.ts");
    const nodes = ["threads-node.ts", "jobs.ts", "flow-from-directory.ts", "save-img.ts", "load-img.ts"];
    expect(files.filter((file) => nodes.includes(file ?? ""))).toEqual([]);
    const page = createContext({
      ...{ Blob, DecompressionStream, TextDecoder, TextEncoder, URL, console, crypto, performance },
      navigator: { hardwareConcurrency: 2 },
    });
    runInContext(outputFiles[0].text, page);
    const inPage = page as unknown as {
      flowFromFiles: typeof flowFromFiles;
      ImageDataGenerator: typeof ImageDataGenerator;
    };
    const picked = ["cats", "dogs"].map((name, i) => {
      const data = Uint8Array.from({ length: 4 * 5 * 3 }, (_, k) => k * (i + 1));
      return { path: `${name}/1.png`, bytes: encodePng({ shape: [4, 5, 3], data }) };
    });
    const batchOf = async (library: typeof inPage) => {
      const generator = new library.ImageDataGenerator({ rotationRange: 40, rescale: 1 / 255 });
      const given = { generator, targetSize: [4, 5], seed: 1, workers: 0, log: () => {} } as const;
      return (await library.flowFromFiles(picked, given)).batch(0, 0);
    };
    const [there, here] = [await batchOf(inPage), await batchOf({ flowFromFiles, ImageDataGenerator })];
    expect([...there.x.data]).toEqual([...here.x.data]);
    expect([...(there.y?.data ?? [])]).toEqual([...(here.y?.data ?? [])]);
    await expect(new inPage.ImageDataGenerator().flowFromDirectory("pets")).rejects.toThrow(
      "[flowFromDirectory] a browser has no directories to read: flowFromFiles takes picked files.",
    );
  });

  it("a worker's file needs no more than to import its program", async () => {
    const { outputFiles } = await bundle('import "@convscope/data/worker";');
    expect(outputFiles[0].text).toContain("globalThis.onmessage");
  });

  it("pictures are decoded without anything of Node", async () => {
    const { outputFiles } = await bundle(`
      import { decodeImage } from "../packages/data/src/image/decode-image.ts";
      import { locateJpegDecoder } from "../packages/data/src/image/decode-jpeg-exact.ts";
      Object.assign(globalThis, { decodeImage, locateJpegDecoder });
    `);
    const require = createRequire(new URL("../packages/data/package.json", import.meta.url));
    const wasm = readFileSync(require.resolve("@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm"));
    const asked: string[] = [];
    const page = createContext({
      ...{ DecompressionStream, TextDecoder, TextEncoder, URL, console },
      document: {},
      fetch: async (url: string) => {
        asked.push(url);
        if (url !== "/assets/jpeg.wasm") return new Response(null, { status: 404 });
        return new Response(wasm, { headers: { "content-type": "application/wasm" } });
      },
    });
    runInContext("globalThis.window = globalThis", page);
    runInContext(outputFiles[0].text, page);
    const inPage = page as unknown as {
      decodeImage: typeof decodeImage;
      locateJpegDecoder: (url: string) => void;
    };

    const image = { shape: [2, 3, 3] as const, data: Uint8Array.from({ length: 18 }, (_, i) => i * 14) };
    const jpeg = encodeJpeg(image);
    await expect(inPage.decodeImage(jpeg)).rejects.toThrow(
      /exact JPEG decoder cannot be started: .*locateJpegDecoder/,
    );
    inPage.locateJpegDecoder("/assets/jpeg.wasm");
    expect([...(await inPage.decodeImage(jpeg)).data]).toEqual([...(await decodeImage(jpeg)).data]);
    expect(asked.at(-1)).toBe("/assets/jpeg.wasm");
    const png = await inPage.decodeImage(encodePng(image));
    expect([...png.data].filter((_, i) => i % 4 !== 3)).toEqual([...image.data]);
  });
});
