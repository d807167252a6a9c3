import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { drawPets } from "@convscope/data";
import { readModelFile, Sequential } from "@convscope/layers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type RunOptions, run } from "../commands/run.ts";
import { folderOfTests } from "../testing/convscope.ts";
import { tinyExperiments } from "../testing/tiny.ts";

const entry = fileURLToPath(new URL("../testing/run-tiny.mjs", import.meta.url));

describe("a run that was interrupted", () => {
  const folder = folderOfTests();
  const path = (...names: string[]) => join(folder(), ...names);
  const json = (...names: string[]) => JSON.parse(readFileSync(path(...names), "utf8"));
  const common = () => ({ data: path("pets"), seed: 3, workers: 0, checkpointSteps: 1 });

  /** Runs in this process. @param heard told all that is said so far, whenever something is */
  async function runHere(options: RunOptions, heard: (said: string) => void = () => {}): Promise<string> {
    let said = "";
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      said += text;
      heard(said);
      return true;
    });
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    await run(options.resume === undefined ? "tiny" : undefined, options, tinyExperiments);
    return said;
  }
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** All that a run is to come to, as bits. */
  async function outcomeOf(name: string) {
    const { layers, optimizerWeights, extra } = await readModelFile(path(name, "model.h5"));
    const bitsOf = (weights: readonly { data: Float32Array }[] = []) =>
      weights.map(({ data }) => [...new Uint32Array(data.buffer, data.byteOffset, data.length)]);
    return {
      weights: layers.map(({ weights }) => bitsOf(weights)),
      optimizer: bitsOf(optimizerWeights),
      extra,
      history: readFileSync(path(name, "history.json"), "utf8"),
      csv: readFileSync(path(name, "history.csv"), "utf8"),
      predictions: readFileSync(path(name, "predictions.csv"), "utf8"),
      files: readdirSync(path(name)).sort(),
    };
  }

  beforeAll(async () => {
    await drawPets(path("pets"), { train: 8, validation: 4, test: 0, workers: 0 });
    await runHere({ ...common(), out: path("whole") });
    vi.restoreAllMocks();
  });

  it("leaves what a run leaves", async () => {
    expect(readdirSync(path("whole")).sort()).toEqual([
      "accuracy.png",
      "accuracy.svg",
      "history.csv",
      "history.json",
      "loss.png",
      "loss.svg",
      "model.h5",
      "predictions.csv",
      "report.html",
      "run.json",
    ]);
    expect(json("whole", "run.json")).toMatchObject({ state: "finished", epochs: 4, seed: 3 });
  });

  it("comes to the same bits after SIGKILL at random moments", async () => {
    const moments: string[] = [];
    /** The checkpoints that a process writes before it is killed, and some milliseconds. */
    for (const most of [3, 12]) {
      const [checkpoints, delay] = [Math.ceil(Math.random() * most), Math.random() * 40];
      moments.push(`${checkpoints} checkpoints + ${delay.toFixed(1)} ms`);
      const options =
        moments.length === 1 ? { ...common(), out: path("killed") } : { resume: path("killed") };
      const child = spawn(process.execPath, [entry, JSON.stringify(options)], { stdio: "ignore" });
      const ended = once(child, "exit");
      const savedAt = () => statSync(path("killed", "model.h5"), { throwIfNoEntry: false })?.mtimeMs;
      let last = savedAt();
      for (let seen = 0; seen < checkpoints && child.exitCode === null; ) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (savedAt() === last) continue;
        last = savedAt();
        seen += 1;
      }
      await new Promise((resolve) => setTimeout(resolve, delay));
      child.kill("SIGKILL");
      await ended;
    }
    expect(json("killed", "run.json").state, moments.join(", ")).toBe("running");
    const said = await runHere({ resume: path("killed") });
    expect(said).toContain("Going on from ");
    expect(await outcomeOf("killed"), moments.join(", ")).toEqual(await outcomeOf("whole"));
    expect(json("killed", "run.json").sittings).toHaveLength(3);
  });

  it("comes to the same bits after Ctrl-C amid an epoch, and says how to go on", async () => {
    const interrupted = runHere({ ...common(), checkpointSteps: undefined, out: path("stopped") }, (said) => {
      if (said.endsWith("Epoch 2/4\n")) setTimeout(() => process.emit("SIGINT", "SIGINT"));
    });
    await expect(interrupted).rejects.toThrow(
      /^interrupted by SIGINT\. Saved: .*, in .*stopped\. To go on: convscope run --resume .*stopped$/,
    );
    const { state, reason } = json("stopped", "run.json");
    expect([state, reason]).toEqual(["interrupted", "interrupted by SIGINT."]);
    expect(readFileSync(path("stopped", "report.html"), "utf8")).toContain("Interrupted after 1 epoch.");
    await expect(runHere({ resume: path("stopped"), epochs: 1 })).rejects.toThrow(
      / stands at .*epoch 2.*: give --epochs 2 or more\.$/,
    );
    await runHere({ resume: path("stopped") });
    expect(await outcomeOf("stopped")).toEqual(await outcomeOf("whole"));
  });

  it("goes on by itself on another device when one is lost, once", async () => {
    const opened = devicesOpened();
    const said = await runHere({ ...common(), out: path("lost") }, (text) => {
      if (text.endsWith("Epoch 2/4\n")) opened[0].destroy();
    });
    expect(said.replaceAll("\n", " ")).toMatch(
      /the device was lost: .* Another device is opened, and the run goes on from (epoch 2, step \d of 5|the end of epoch 1)\. /,
    );
    expect(opened).toHaveLength(2);
    expect(await outcomeOf("lost")).toEqual(await outcomeOf("whole"));
    expect(json("lost", "run.json").notes).toEqual([expect.stringContaining("the device was lost")]);
    expect(readFileSync(path("lost", "report.html"), "utf8")).toContain("the device was lost");

    const twice = runHere({ ...common(), out: path("lost twice") }, (text) => {
      if (text.endsWith("Epoch 2/4\n")) opened.at(-1)?.destroy();
    });
    await expect(twice).rejects.toThrow(
      /the device was lost: .* To go on: convscope run --resume '.*lost twice'$/,
    );
    await runHere({ resume: path("lost twice") });
    expect(await outcomeOf("lost twice")).toEqual(await outcomeOf("whole"));
  });

  it("keeps what was saved when the disk is full, and goes on when there is room", async () => {
    const original = Sequential.prototype.save;
    let saves = 0;
    vi.spyOn(Sequential.prototype, "save").mockImplementation(function (this: Sequential, ...args) {
      if (++saves < 8) return original.apply(this, args);
      return Promise.reject(
        Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" }),
      );
    });
    await expect(runHere({ ...common(), out: path("full") })).rejects.toThrow(
      "[run] epoch 2, step 1 of 5 could not be saved: no space left on the disk. Make room. " +
        `Saved: the end of epoch 1, in ${path("full")}. To go on: convscope run --resume ${path("full")}`,
    );
    vi.restoreAllMocks();
    await runHere({ resume: path("full") });
    expect(await outcomeOf("full")).toEqual(await outcomeOf("whole"));
  });

  it("is left alone while another process works in it; a lock whose process is gone is taken over", async () => {
    await runHere({ ...common(), epochs: 2, out: path("locked") });
    const lock = (holder: object) => writeFileSync(path("locked", "run.lock"), JSON.stringify(holder));
    lock({ pid: process.ppid, host: hostname() });
    await expect(runHere({ resume: path("locked"), epochs: 4 })).rejects.toThrow(
      `[run] process ${process.ppid} works in ${path("locked")}: end it first. If there is no such run any more, remove ${path("locked", "run.lock")}.`,
    );
    lock({ pid: 1, host: "elsewhere" });
    await expect(runHere({ resume: path("locked"), epochs: 4 })).rejects.toThrow(
      "process 1 on elsewhere works in",
    );
    await expect(runHere({ ...common(), out: path("locked") })).rejects.toThrow("is not empty");

    const ended = spawn(process.execPath, ["--version"]);
    await once(ended, "exit");
    lock({ pid: ended.pid!, host: hostname() });
    await runHere({ resume: path("locked"), epochs: 4 });
    expect(await outcomeOf("locked")).toEqual(await outcomeOf("whole"));
  });

  it("is finished once it is, unless more epochs are asked for", async () => {
    expect(await runHere({ resume: path("whole") })).toMatch(
      /whole is finished: 4 epochs\. --epochs 5 or more goes further\.\n$/,
    );
    await runHere({ ...common(), epochs: 2, out: path("further") });
    await runHere({ resume: path("further"), epochs: 4 });
    expect(await outcomeOf("further")).toEqual(await outcomeOf("whole"));
  });

  it("takes nothing but --epochs anew, and no other folder", async () => {
    const refused = async (options: RunOptions, name?: string) =>
      run(name, options, tinyExperiments).then(
        () => "",
        (error: Error) => `${error.name}: ${error.message}`,
      );
    const resume = path("whole");
    expect(await refused({ resume, batchSize: 2 })).toBe(
      "RangeError: --batch-size cannot be changed with --resume: a run goes on as it began; only --epochs can be given.",
    );
    expect(await refused({ resume }, "other")).toBe(
      `RangeError: ${resume} holds a run of tiny, not of other.`,
    );
    expect(await refused({ resume: path("nowhere") })).toContain("[run] there is no folder ");
    expect(await refused({ resume: path("pets") })).toContain(
      "pets is not the folder of a run: there is no run.json",
    );
    expect(await refused({ base: "vgg16" }, "tiny")).toContain(
      "RangeError: tiny has no --base. It has --data, ",
    );
    expect(await refused({ validation: "full", validationSteps: 2 }, "tiny")).toContain(
      "full takes all pictures",
    );
  });
});

/** The devices of WebGPU that are opened from here on, in order. */
function devicesOpened(): GPUDevice[] {
  const opened: GPUDevice[] = [];
  const original = GPUAdapter.prototype.requestDevice;
  vi.spyOn(GPUAdapter.prototype, "requestDevice").mockImplementation(async function (
    this: GPUAdapter,
    ...args
  ) {
    const device = await original.apply(this, args);
    opened.push(device);
    return device;
  });
  return opened;
}
