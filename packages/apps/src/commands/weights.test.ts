import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { saveImg } from "@convscope/data";
import { applicationByName, Conv2D, Dense, Flatten, loadModel, Sequential } from "@convscope/layers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { hasShared, sharedPath } from "../../../data/src/testing/shared-files.ts";
import { convscopeHere, failureHere, folderOfTests } from "../testing/convscope.ts";

const tooLong = (text: string) => text.split("\n").filter((line) => line.length > 80 && !line.includes("/"));

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
    expect(await convscopeHere("weights", "fetch", "vgg16", "--alpha", "0.5")).toMatchObject({ code: 2 });
    expect(await failureHere("weights", "fetch", "mobilenet", "--size", "100")).toContain("(100, 100, 3)");
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

  it("overwrites nothing without --force, and says what cannot be", async () => {
    const said = (...args: string[]) => failureHere("weights", "convert", at("model.h5"), ...args);
    const before = await readFile(at("back.h5"));
    expect(await said(at("back.h5"))).toContain("is there already: --force replaces it.");
    expect(await readFile(at("back.h5"))).toEqual(before);
    expect(await said(at("web", "other.json"))).toContain("of another model: name a folder of its own");
    expect(await said(at("x.keras"))).toContain("files of Keras 3 are read, and not written");
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

  it("summary and predict take a file", async () => {
    const { stdout } = await convscopeHere("summary", at("model.h5"));
    expect(stdout).toContain("\nout (Dense)                  (None, 1)                 33        \n");
    expect(await failureHere("summary", at("model.h5"), "--no-top")).toContain("--no-top");
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
