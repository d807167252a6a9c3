import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { applicationByName, applicationNames, Dense, Flatten, Sequential } from "@convscope/layers";
import { describe, expect, it } from "vitest";
import { Output } from "../output.ts";
import { folderOfTests } from "../testing/convscope.ts";
import { BASE_DEFAULTS, Base, type BaseRecord, baseAskedFor } from "./base.ts";
import type { RunFlags } from "./experiment.ts";
import { frozenRun } from "./frozen-run.ts";
import { lastBlockOf } from "./last-block.ts";

const VGG16_MD5 = "6d6bbae143d832006294945121d1f1fc";
const weights = { file: "/w/vgg16.h5", md5: VGG16_MD5, publishedMd5: VGG16_MD5 };
const vgg16: BaseRecord = { name: "vgg16", imageSize: [150, 150], preprocess: "lecture", weights };
const notesOf = (changed: Partial<BaseRecord>) => new Base({ ...vgg16, ...changed }).notes;

describe("baseAskedFor", () => {
  const folder = folderOfTests();
  const asked = async (flags: Partial<Pick<RunFlags, keyof typeof BASE_DEFAULTS>>) => {
    const file = join(folder(), "weights.h5");
    await writeFile(file, "random");
    return baseAskedFor({
      flags: { ...BASE_DEFAULTS, weights: file, ...flags },
      output: new Output(true),
      signal: new AbortController().signal,
    });
  };

  it("feeds VGG as the lecture does, and other networks as they were trained, mobilenet at its own size", async () => {
    const chosen = await Promise.all(
      applicationNames.map(async (base) => {
        const { imageSize, preprocess } = await asked({ base });
        return [base, imageSize[0], preprocess];
      }),
    );
    expect(chosen).toEqual([
      ["vgg16", 150, "lecture"],
      ["vgg19", 150, "lecture"],
      ["resnet50", 150, "caffe"],
      ["mobilenet", 224, "tf"],
      ["xception", 150, "tf"],
      ["inception-v3", 150, "tf"],
    ]);
    expect((await asked({ base: "mobilenet", preprocess: "lecture" })).preprocess).toBe("lecture");
  });

  it("knows the file by its MD5, and Keras's where it names one", async () => {
    const md5 = "7ddf32e17a6ac5ce04a8ecbf782ca509"; // of "random"
    expect((await asked({})).weights).toMatchObject({ md5, publishedMd5: VGG16_MD5 });
    expect((await asked({ base: "mobilenet", alpha: 0.25 })).weights).toMatchObject({ publishedMd5: null });
    expect((await asked({ base: "mobilenet", alpha: 0.3 })).weights).toMatchObject({ publishedMd5: null });
  });

  it("refuses a width of a network that has none, and weights that are not there", async () => {
    await expect(asked({ alpha: 0.5 })).rejects.toThrow(
      "[run] --alpha is the width of mobilenet; vgg16 has none.",
    );
    await expect(asked({ weights: "nowhere.h5" })).rejects.toThrow("[run] there is no file nowhere.h5");
  });
});

describe("a base's notes", () => {
  it("say how its pictures are made ready, and what else might be better", () => {
    expect(notesOf({})).toEqual([
      "Preprocessing: lecture (values divided by 255). The weights of vgg16 were trained on caffe: " +
        "--preprocess caffe (BGR minus ImageNet's mean) may do better.",
    ]);
    expect(notesOf({ preprocess: "caffe" })).toEqual(["Preprocessing: caffe (BGR minus ImageNet's mean)."]);
    expect(notesOf({ name: "resnet50", preprocess: "caffe" })[0]).toMatch(/So resnet50 was trained/);
  });

  it("say plainly whose weights these are not, or may not be", () => {
    expect(notesOf({ weights: { ...weights, md5: "0b" } })[1]).toBe(
      `THE WEIGHTS ARE NOT THE PUBLISHED ONES: vgg16.h5 has the MD5 0b, Keras's file for vgg16 has ${VGG16_MD5}. ` +
        "The results say nothing about the lecture's.",
    );
    expect(notesOf({ weights: { ...weights, publishedMd5: null } })[1]).toMatch(/cannot be told/);
    expect(notesOf({ weights: undefined })[1]).toMatch(/not known/);
    const rows = new Base({ ...vgg16, weights: { ...weights, md5: "0b" } }).facts().rows;
    expect(rows).toContainEqual(["Weights", "NOT the published ones"]);
  });
});

it("the last block begins where Keras's layers of these names do, and there are so many weights from there", async () => {
  const from = async (name: (typeof applicationNames)[number]) => {
    const base = await applicationByName(name, {
      weights: null,
      includeTop: false,
      inputShape: [150, 150, 3],
    });
    const index = base.layers.findIndex((layer) => layer.name === lastBlockOf(name, base));
    const rest = base.layers.slice(index);
    return [index, rest.reduce((sum, layer) => sum + layer.countParams(), 0)];
  };
  expect(await from("vgg16")).toEqual([15, 7_079_424]);
  expect(await from("mobilenet")).toEqual([75, 1_601_024]);
  expect(await from("inception-v3")).toEqual([249, 11_127_936]);
  expect((await from("resnet50"))[1]).toBe(14_998_528);
  expect((await from("xception"))[1]).toBe(4_755_968);
});

describe("frozenRun", () => {
  const folder = folderOfTests();

  it("takes the base of the run; of a model file alone what its layers say", async () => {
    const base = await applicationByName("mobilenet", {
      alpha: 0.05,
      weights: null,
      includeTop: false,
      inputShape: [32, 32, 3],
    });
    const model = new Sequential([base, new Flatten(), new Dense({ units: 1 })]);
    const path = join(folder(), "model.h5");
    await model.save(path);
    expect(await frozenRun(path)).toEqual({
      name: "mobilenet",
      imageSize: [32, 32],
      preprocess: "tf",
      startedFrom: { model: path },
    });
    await writeFile(join(folder(), "base.json"), JSON.stringify(vgg16));
    await writeFile(join(folder(), "history.json"), JSON.stringify({ val_acc: [0, 0.8, 0.9, 1, 0.9, 0.9] }));
    const { startedFrom, ...record } = await frozenRun(folder());
    expect(record).toEqual(vgg16);
    expect(startedFrom?.model).toBe(path);
    expect(startedFrom?.validationAccuracy).toBeCloseTo(0.9, 12);
  });

  it("refuses what is no model of a base with a classifier", async () => {
    await mkdir(join(folder(), "empty"), { recursive: true });
    await expect(frozenRun(join(folder(), "empty"))).rejects.toThrow(/has no model\.h5: --from wants/);
    await expect(frozenRun(join(folder(), "nowhere"))).rejects.toThrow(/there is no .*nowhere: --from wants/);
    const alone = join(folder(), "empty", "model.h5");
    await new Sequential([new Dense({ units: 1, inputDim: 2, name: "dense" })]).save(alone);
    await expect(frozenRun(alone)).rejects.toThrow(/begins with dense; one of vgg16, /);
  });
});
