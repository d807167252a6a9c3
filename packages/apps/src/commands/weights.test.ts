import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { saveImg } from "@convscope/data";
import {
  applicationByName,
  Conv2D,
  Dense,
  Flatten,
  input,
  loadModel,
  Model,
  readModelFile,
  Sequential,
  writeModelFile,
} from "@convscope/layers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { hasShared, sharedPath } from "../../../data/src/testing/shared-files.ts";
import { convscopeHere, failureHere, folderOfTests } from "../testing/convscope.ts";

const tooLong = (text: string) => text.split("\n").filter((line) => line.length > 80 && !line.includes("/"));

/** What a command says that is called wrongly. */
async function misuse(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await convscopeHere(...args);
  expect([code, stdout]).toEqual([2, ""]);
  return stderr;
}

describe("convscope weights fetch", () => {
  const folder = folderOfTests();
  afterEach(() => vi.unstubAllGlobals());

  it("downloads once, and checks the MD5 that Keras names", async () => {
    const bytes = Buffer.from("weights");
    const urls: string[] = [];
    vi.stubGlobal("fetch", async (url: string) => {
      urls.push(url);
      return new Response(bytes, { headers: { "content-length": String(bytes.length) } });
    });
    const args = ["weights", "fetch", "mobilenet", "--alpha", "0.25", "--no-top", "--folder", folder()];
    const path = join(folder(), "mobilenet_2_5_224_tf_no_top.h5");
    const first = await convscopeHere(...args);
    expect(first.stdout).toContain(`${path}\n0.0 MB from https://github.com/fchollet/`);
    expect(await readFile(path, "utf8")).toBe("weights");
    const { stdout, stderr } = await convscopeHere(...args, "--json");
    expect(stderr).toContain("It is there already: nothing was downloaded.\n");
    const md5 = createHash("md5").update(bytes).digest("hex");
    expect(JSON.parse(stdout)).toMatchObject({ path, bytes: 7, md5, isVerified: false, isNew: false });
    expect(urls).toHaveLength(1);
    expect(await failureHere("weights", "fetch", "vgg16", "--folder", folder())).toContain(
      `vgg16_weights_tf_dim_ordering_tf_kernels.h5 has the MD5 ${md5}, not 64373286793e3c8b2b4e3219cbf3544b`,
    );
    expect(await readdir(folder())).toEqual(["mobilenet_2_5_224_tf_no_top.h5"]);
  });

  it("refuses what no network has", async () => {
    expect(await misuse("weights", "fetch", "vgg16", "--alpha", "0.5")).toContain("vgg16 has one file");
    expect(await misuse("weights", "fetch", "mobilenet", "--size", "100")).toContain("(100, 100, 3)");
    expect(await misuse("predict", "x.jpg", "--model", "mobilenet", "--alpha", "0.3")).toContain("`0.25`");
  });
});

describe("convscope predict, by a network's name", () => {
  const folder = folderOfTests();
  let server: Server;
  let asked: string[] = [];
  /** What stands for GitHub. */
  const files = new Map<string, Uint8Array>();

  beforeAll(async () => {
    server = createServer(({ url = "" }, response) => {
      asked.push(url);
      const bytes = files.get(url);
      response.writeHead(bytes ? 200 : 404, { "content-length": bytes?.length ?? 0 }).end(bytes);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterAll(() => server.close());
  beforeEach(() => {
    asked = [];
    const { port } = server.address() as AddressInfo;
    const { fetch } = globalThis;
    vi.stubGlobal("fetch", (url: string, init: RequestInit) =>
      fetch(url.replace(/^https:\/\/[^/]+/, `http://127.0.0.1:${port}`), init),
    );
    vi.stubEnv("CONVSCOPE_CACHE", folder());
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.unstubAllEnvs();
  });

  it("downloads its weights once, and says where there are none", async () => {
    const standIn = await applicationByName("mobilenet", { weights: null, alpha: 0.25, seed: 1 });
    await standIn.saveWeights(join(folder(), "stand-in.h5"));
    const path = "/fchollet/deep-learning-models/releases/download/v0.6/mobilenet_2_5_128_tf.h5";
    files.set(path, await readFile(join(folder(), "stand-in.h5")));
    const picture = join(folder(), "grey.png");
    await saveImg(picture, { shape: [4, 4, 3], data: new Uint8Array(48).fill(128) });
    const classIndex = join(folder(), "index.json");
    const classes = Array.from({ length: 1000 }, (_, i) => [i, [`n${i}`, `thing_${i}`]]);
    await writeFile(classIndex, JSON.stringify(Object.fromEntries(classes)));
    const args = ["predict", picture, "--model", "mobilenet", "--alpha", "0.25", "--input-size", "128"];
    const first = await convscopeHere(...args, "--class-index", classIndex);
    expect([first.code, asked]).toEqual([0, [path]]);
    expect(first.stdout.split("\n").filter((line) => /^ +0\.\d{4} {2}thing_\d+$/.test(line))).toHaveLength(5);
    const again = await convscopeHere(
      ...["weights", "fetch", "mobilenet", "--alpha", "0.25", "--size", "128"],
    );
    expect(again.stdout).toContain("nothing was downloaded");
    expect(asked).toEqual([path]);
    expect(await failureHere("predict", picture, "--model", "vgg16")).toContain(
      "vgg16_weights_tf_dim_ordering_tf_kernels.h5: the server answered 404",
    );
  });
});

describe("convscope weights convert and inspect, summary and predict of files", () => {
  const folder = folderOfTests();
  const at = (...names: string[]) => join(folder(), ...names);

  beforeAll(async () => {
    const model = new Sequential([
      new Conv2D({ name: "conv", filters: 2, kernelSize: 3, inputShape: [6, 6, 3] }),
      new Flatten({ name: "flat" }),
      new Dense({ name: "out", units: 1, activation: "sigmoid" }),
    ]);
    await model.save(at("model.h5"));
    await saveImg(at("grey.png"), { shape: [6, 6, 3], data: new Uint8Array(108).fill(128) });
    await mkdir(at("web"));
    await mkdir(at("hostile"));
    await writeFile(at("hostile", "page.h5"), "<!doctype html>");
  });

  it("writes every format, with the same values, and back", async () => {
    const convert = (...args: string[]) => convscopeHere("weights", "convert", ...args);
    const first = await convert(at("model.h5"), at("model.safetensors"));
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect((await convert(at("model.safetensors"), at("web", "model.json"))).code).toBe(0);
    const { stdout } = await convert(at("web", "model.json"), at("back.h5"), "--json");
    expect(JSON.parse(stdout)).toMatchObject({ format: "h5", arrays: 4, numbers: 89, leftOut: [] });
    const values = async (path: string) =>
      Promise.all((await loadModel(path)).weights.map(async (weight) => (await weight.read()).data));
    expect(await values(at("back.h5"))).toEqual(await values(at("model.h5")));
    const only = await convert(at("model.h5"), at("only.h5"), "--format", "weights-h5");
    expect(only.stdout).toContain("Left out, for there is no place for it: the architecture");
  });

  it("writes what tf.keras saved in the words of Keras 2.3.1", async () => {
    const x = input({ shape: [3], name: "x" });
    using model = new Model({ inputs: x, outputs: new Dense({ name: "out", units: 2 }).apply(x), name: "m" });
    await model.save(at("ours.h5"));
    const saved = await readModelFile(at("ours.h5"));
    const modelConfig = { ...saved.modelConfig, class_name: "Functional" };
    await writeModelFile(at("tf.h5"), "h5", { ...saved, kerasVersion: "2.4.0", modelConfig });
    expect((await convscopeHere("weights", "convert", at("tf.h5"), at("keras2.h5"))).code).toBe(0);
    expect(await readModelFile(at("keras2.h5"))).toMatchObject({
      kerasVersion: "2.3.1",
      modelConfig: { class_name: "Model" },
    });
  });

  it("overwrites nothing without --force, and says what cannot be", async () => {
    const said = (...args: string[]) => failureHere("weights", "convert", at("model.h5"), ...args);
    const before = await readFile(at("back.h5"));
    expect(await said(at("back.h5"))).toContain("is there already: --force replaces it.");
    expect(await readFile(at("back.h5"))).toEqual(before);
    expect(await misuse("weights", "convert", at("model.h5"), at("x.keras"))).toContain("not written");
    expect(await said(at("none", "x.h5"))).toContain("its folder does not exist");
    expect(await failureHere("weights", "convert", at("only.h5"), at("y.json"))).toContain("and no layers");
    expect((await convscopeHere("weights", "convert", at("model.h5"), at("back.h5"), "--force")).code).toBe(
      0,
    );
    expect((await readdir(folder())).filter((name) => name.includes(".part"))).toEqual([]);
  });

  it("inspect says whether a file loads, and what weights alone belong to", async () => {
    const { stdout } = await convscopeHere("weights", "inspect", at("model.h5"));
    expect(stdout).toContain("kernel:0  (3, 3, 3, 2) float32");
    expect(stdout).toMatch(/\nThe whole model loads\.\n$/);
    expect(tooLong(stdout)).toEqual([]);
    const mobilenet = await applicationByName("mobilenet", { weights: null, includeTop: false, alpha: 0.25 });
    await mobilenet.saveWeights(at("net.h5"));
    const { stdout: json } = await convscopeHere("weights", "inspect", at("net.h5"), "--json");
    expect(JSON.parse(json).fits).toEqual([{ name: "mobilenet", includeTop: false, alpha: 0.25 }]);
    expect(await failureHere("weights", "inspect", at("hostile", "page.h5"))).toContain("a web page");
  });

  it("inspect says what loading would warn of, and once why a file does not load", async () => {
    const saved = await readModelFile(at("model.h5"));
    const trainingConfig = { optimizer_config: { class_name: "Lion", config: {} }, loss: "mse" };
    await writeModelFile(at("lion.h5"), "h5", { ...saved, trainingConfig });
    const inspect = async (name: string) => (await convscopeHere("weights", "inspect", at(name))).stdout;
    expect((await inspect("lion.h5")).replaceAll("\n", " ")).toMatch(
      /The whole model loads\. .* the model is not compiled, .* the optimizer Lion is not supported/,
    );
    await writeModelFile(at("half.h5"), "h5", { ...saved, layers: saved.layers.slice(0, 1) });
    expect(await inspect("half.h5")).toMatch(/\nweights of 1 layer: [\s\S]*\nThe model does not load: /);
    await writeFile(at("half.json"), JSON.stringify({ modelTopology: {}, weightsManifest: "none" }));
    expect((await inspect("half.json")).match(/cannot be loaded/g)).toHaveLength(1);
  });

  it("predict says which network weights alone need", async () => {
    const said = await failureHere("predict", at("grey.png"), "--model", at("only.h5"));
    expect(said).toContain("name their network");
  });

  it("summary and predict take a file", async () => {
    const { stdout } = await convscopeHere("summary", at("model.h5"));
    expect(stdout).toContain("\nout (Dense)                  (None, 1)                 33        \n");
    expect(await misuse("summary", at("model.h5"), "--no-top")).toContain("--no-top");
    expect(await misuse("summary", "vgg16", "--alpha", "0.5")).toContain("vgg16 has none");
    const args = [at("grey.png"), "--model", at("model.h5")];
    const predicted = await convscopeHere("predict", ...args);
    expect(predicted.stdout).toMatch(/grey\.png {2}0\.\d{4}\n$/);
    expect(await failureHere("predict", at("none.png"), "--model", at("model.h5"))).toContain("not exist");
    expect(await failureHere("predict", at("grey.png"), "--model", "vgg61")).toContain("vgg16, vgg19");
  });

  it("summary knows the lecture's VGG16", async () => {
    const { stdout } = await convscopeHere("summary", "vgg16", "--no-top", "--input-size", "150");
    expect(stdout).toContain("block5_pool (MaxPooling2D)   (None, 4, 4, 512) ");
    expect(stdout).toContain("\nTotal params: 14,714,688\n");
  });

  const published = "data/mobilenet/tfjs_mobilenet_v1_0.25_224/model.json";
  it.skipIf(!hasShared(published))("predict sees the elephant, as tfjs does", async () => {
    const golden = (name: string) => sharedPath(`data/golden_forward/${name}`);
    await saveImg(at("elephant.png"), {
      shape: [224, 224, 3],
      data: new Uint8Array(await readFile(golden("elephant_224x224x3_rgb.u8"))),
    });
    const index = sharedPath("data/imagenet/imagenet_class_index.json");
    const { stdout } = await convscopeHere(
      ...["predict", at("elephant.png"), "--model", sharedPath(published), "--class-index", index, "--json"],
    );
    const { preprocess, results } = JSON.parse(stdout);
    const { top5 } = JSON.parse(await readFile(golden("golden_forward.json"), "utf8")).mobilenet["0.25"].cases
      .elephant;
    expect(preprocess).toBe("tf");
    results[0].classes.forEach(({ name, score }: { name: string; score: number }, i: number) => {
      expect(name).toBe(top5[i][1]);
      expect(Math.abs(score - top5[i][2])).toBeLessThan(1e-4);
    });
  });
});
