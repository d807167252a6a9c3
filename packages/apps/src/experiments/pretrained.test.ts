import { readFileSync } from "node:fs";
import { join } from "node:path";
import { drawPets } from "@convscope/data";
import { applicationByName } from "@convscope/layers";
import { beforeAll, describe, expect, it } from "vitest";
import { convscope, folderOfTests } from "../testing/convscope.ts";

/** The lecture's three experiments with a base, one after the other: a mobilenet of a twentieth of its width, with random weights. */
describe("the experiments with a pretrained base", () => {
  const folder = folderOfTests();
  const json = (...names: string[]) => JSON.parse(readFileSync(join(folder(), ...names), "utf8"));
  const base = ["--base", "mobilenet", "--alpha", "0.05", "--weights", "weights.h5"];
  const run = async (name: string, ...args: string[]) => {
    process.env.CONVSCOPE_CACHE = join(folder(), "cache");
    const small = ["--data", "pets", "--epochs", "1", "--batch-size", "2", "--workers", "0"];
    const { code, stdout, stderr } = await convscope(folder(), "run", name, ...small, ...args);
    expect([code, stderr]).toEqual([0, ""]);
    return stdout;
  };

  beforeAll(async () => {
    await drawPets(join(folder(), "pets"), { train: 2, validation: 1, test: 1, workers: 0 });
    const model = await applicationByName("mobilenet", {
      alpha: 0.05,
      weights: null,
      includeTop: false,
      inputShape: [224, 224, 3],
      seed: 1,
    });
    await model.saveWeights(join(folder(), "weights.h5"));
  });

  it("extract-features computes features once", async () => {
    const first = await run("extract-features", "--out", "features", ...base);
    expect(first).toMatch(/The features of 4 pictures in train: extracted in \S+ s \(/);
    expect(first).toMatch(/The features of 2 pictures in test: extracted/);
    const second = await run("extract-features", "--out", "again", ...base);
    expect(second.match(/found in the cache/g)).toHaveLength(3);
    expect(json("again", "history.json")).toEqual(json("features", "history.json"));
    expect(json("features", "run.json")).toMatchObject({
      state: "finished",
      test: { acc: expect.any(Number) },
      notes: [expect.stringMatching(/^Preprocessing: tf/), expect.stringMatching(/cannot be told/)],
    });
    expect(readFileSync(join(folder(), "features", "report.html"), "utf8")).toContain("cannot be told");
  });

  it("fine-tune goes on from frozen-base, with its base", async () => {
    const frozen = await run("frozen-base", "--steps-per-epoch", "1", ...base);
    expect(frozen).toMatch(/before freezing the conv base: 85\n.*after freezing the conv base: 4\n/);
    const tuned = await run("fine-tune", "--steps-per-epoch", "1");
    expect(tuned).toMatch(/with all of \S+: 85\n.* frozen: 4\n.* frozen up to conv_dw_12: 8\n/);
    expect(json("runs", "fine-tune", "base.json")).toMatchObject({
      name: "mobilenet",
      alpha: 0.05,
      startedFrom: {
        model: expect.stringMatching(/runs\/frozen-base\/model\.h5$/),
        validationAccuracy: expect.any(Number),
      },
    });
  });
});
