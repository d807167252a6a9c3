import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { drawPets } from "@convscope/data";
import { applicationByName } from "@convscope/layers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { type RunOptions, run } from "../commands/run.ts";
import { RunFolder } from "../report/run-folder.ts";
import { folderOfTests } from "../testing/convscope.ts";

/** The lecture's three experiments with a base, one after the other: a mobilenet of a twentieth of its width, with random weights. */
describe("the experiments with a pretrained base", () => {
  const tests = folderOfTests();
  const path = (...names: string[]) => join(tests(), ...names);
  const json = (...names: string[]) => JSON.parse(readFileSync(path(...names), "utf8"));
  const base = () => ({ base: "mobilenet", alpha: 0.05, weights: path("weights.h5") }) as const;

  /** @returns what it said */
  const saidBy = async (name: string | undefined, options: RunOptions): Promise<string> => {
    vi.stubEnv("CONVSCOPE_CACHE", path("cache"));
    let said = "";
    const spy = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      said += text;
      return true;
    });
    try {
      const common = { data: path("pets"), epochs: 1, batchSize: 2, workers: 0 };
      await run(name, name === undefined ? options : { ...common, out: path(name), ...options });
    } finally {
      spy.mockRestore();
      vi.unstubAllEnvs();
    }
    return said;
  };

  beforeAll(async () => {
    await drawPets(path("pets"), { train: 1, validation: 1, test: 1, workers: 0 });
    const options = { alpha: 0.05, weights: null, includeTop: false, inputShape: [224, 224, 3], seed: 1 };
    await (await applicationByName("mobilenet", options)).saveWeights(path("weights.h5"));
  });

  it("extract-features keeps the features, and says whose weights they are of", async () => {
    const said = await saidBy("extract-features", base());
    expect(said).toMatch(/The features of 2 pictures in train: extracted in \S+ s \(.*cache\/features\//);
    expect(said).toMatch(/The features of 2 pictures in test: extracted/);
    expect(json("extract-features", "run.json")).toMatchObject({
      state: "finished",
      test: { acc: expect.any(Number) },
      notes: [expect.stringMatching(/^Preprocessing: tf/), expect.stringMatching(/cannot be told/)],
    });
    expect(readFileSync(path("extract-features", "report.html"), "utf8")).toContain("cannot be told");
  });

  it("frozen-base goes on where it was killed before anything but run.json was there", async () => {
    await saidBy("frozen-base", { stepsPerEpoch: 1, ...base(), out: path("whole") });
    await mkdir(path("killed"));
    await writeFile(
      path("killed", "run.json"),
      JSON.stringify({ ...json("whole", "run.json"), state: "running", epochs: 0 }),
    );
    await saidBy(undefined, { resume: path("killed") });
    expect(json("killed", "history.json")).toEqual(json("whole", "history.json"));
    expect(json("killed", "base.json")).toEqual(json("whole", "base.json"));
  });

  it("fine-tune goes on from frozen-base, with its base", async () => {
    const written = vi.spyOn(RunFolder.prototype, "write");
    const frozen = await saidBy("frozen-base", { stepsPerEpoch: 1, ...base() });
    // What is killed before its first model.h5 goes on, too: run.json says how it began.
    expect(written.mock.calls.slice(0, 2).map(([name]) => name)).toEqual(["run.json", "base.json"]);
    written.mockRestore();
    expect(frozen).toMatch(/before freezing the conv base: 85\n.*after freezing the conv base: 4\n/);
    const tuned = await saidBy("fine-tune", { stepsPerEpoch: 1, from: path("frozen-base") });
    expect(tuned).toMatch(/with all of \S+: 85\n.* frozen: 4\n.* frozen up to conv_dw_12: 8\n/);
    expect(json("fine-tune", "base.json")).toMatchObject({
      name: "mobilenet",
      alpha: 0.05,
      startedFrom: { model: path("frozen-base", "model.h5"), validationAccuracy: expect.any(Number) },
    });
  });
});
