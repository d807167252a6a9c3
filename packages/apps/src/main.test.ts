import { readFileSync } from "node:fs";
import { resetUids } from "@convscope/layers";
import { describe, expect, it } from "vitest";
import { convscope, convscopeHere, folderOfTests } from "./testing/convscope.ts";

describe("convscope", () => {
  const folder = folderOfTests();

  it.each([
    ["convscope", []],
    ["convscope doctor", ["doctor"]],
    ["convscope data draw", ["data", "draw"]],
    ["convscope data fetch", ["data", "fetch"]],
    ["convscope data check", ["data", "check"]],
    ["convscope data prepare", ["data", "prepare"]],
    ["convscope preview", ["preview"]],
    ["convscope summary", ["summary"]],
    ["convscope predict", ["predict"]],
    ["convscope weights", ["weights"]],
    ["convscope weights fetch", ["weights", "fetch"]],
    ["convscope weights convert", ["weights", "convert"]],
    ["convscope weights inspect", ["weights", "inspect"]],
    ["convscope run", ["run"]],
    ["convscope profile", ["profile"]],
    ["convscope gradcheck", ["gradcheck"]],
    ["convscope tune", ["tune"]],
    ["convscope explain", ["explain"]],
    ["convscope explain conv2d", ["explain", "conv2d"]],
    ["convscope explain dense", ["explain", "dense"]],
    ["convscope explain maxpool2d", ["explain", "maxpool2d"]],
    ["convscope race", ["race"]],
  ])("%s --help fits into 80 columns and shows an example", async (usage, command) => {
    const { code, stdout, stderr } = await convscopeHere(...command, "--help");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`Usage: ${usage} `);
    expect(stdout).toMatch(/\nExamples:\n {2}convscope /);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("tells its version", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    expect(await convscopeHere("--version")).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it.each([
    ["rnu", ["rnu"], "error: unknown command 'rnu'\n(Did you mean run?)"],
    [
      "--epoch 3",
      ["run", "small-cnn", "--epoch", "3"],
      "error: unknown option '--epoch'\n(Did you mean --epochs?)",
    ],
    [
      "an unknown experiment",
      ["run", "big-cnn"],
      "error: there is no experiment big-cnn. There are small-cnn, augmentation-preview, small-cnn-augmented, base-summary, extract-features, frozen-base, fine-tune, freezing, compare.",
    ],
    [
      "half an epoch",
      ["run", "small-cnn", "--epochs", "0.5"],
      "error: option '--epochs <n>' argument '0.5' is invalid. Give a whole number of at least 1.",
    ],
    [
      "a learning rate of 0",
      ["run", "small-cnn", "--learning-rate", "0"],
      "error: option '--learning-rate <x>' argument '0' is invalid. Give a number above 0.",
    ],
    [
      "unknown kernels",
      ["run", "small-cnn", "--kernels", "fast"],
      "error: option '--kernels <which>' argument 'fast' is invalid. Allowed choices are auto, tuned, naive, registers, subgroups, winograd, tiles, half-tiles, matrices.",
    ],
    [
      "an unknown precision",
      ["run", "small-cnn", "--precision", "float16"],
      "error: option '--precision <which>' argument 'float16' is invalid. Allowed choices are float32, mixed.",
    ],
    [
      "a folder without name",
      ["run", "small-cnn", "--data", ""],
      "error: option '--data <folder>' argument '' is invalid. Name a folder.",
    ],
    [
      "nothing to run",
      ["run"],
      "error: name an experiment (small-cnn, augmentation-preview, small-cnn-augmented, base-summary, extract-features, frozen-base, fine-tune, freezing, compare), or a run to go on with: --resume.",
    ],
    [
      "a flag of other experiments",
      ["run", "freezing", "--epochs", "3"],
      "error: freezing has no --epochs. It has --seed, --kernels, --precision.",
    ],
    [
      "steps of a validation on all pictures",
      ["run", "small-cnn", "--validation-steps", "3"],
      "error: --validation-steps is of --validation rolling and restart; full takes all pictures.",
    ],
  ])("refuses %s with exit code 2", async (_, args, message) => {
    expect(await convscopeHere(...args)).toEqual({
      code: 2,
      stdout: "",
      stderr: `${message}\n(--help shows what there is)\n`,
    });
  });

  it("tells a process's parent by its exit code", async () => {
    expect((await convscope(folder(), "--version")).code).toBe(0);
    expect((await convscope(folder(), "rnu")).code).toBe(2);
  });

  it("summary prints Keras's table, and the same as data", async () => {
    resetUids();
    const { stdout } = await convscopeHere("summary", "small-cnn");
    expect(stdout).toContain("\nconv2d_1 (Conv2D)            (None, 148, 148, 32)      896       \n");
    expect(stdout).toContain("\nTotal params: 3,453,121\n");
    resetUids();
    const { stdout: json, stderr } = await convscopeHere("summary", "small-cnn", "--json");
    const { layers, parameters } = JSON.parse(json);
    expect([layers.length, layers[0], parameters.total, stderr]).toEqual([
      11,
      { name: "conv2d_1", className: "Conv2D", outputShape: [null, 148, 148, 32], parameters: 896 },
      3_453_121,
      "",
    ]);
  });

  it("doctor tells what the device is, and the same as data", async () => {
    const { code, stdout } = await convscopeHere("doctor");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^adapter +\S+/);
    expect(stdout).toMatch(/^self-test +passed/m);
    const { stdout: json } = await convscopeHere("doctor", "--json");
    const report = JSON.parse(json);
    expect(report).toMatchObject({ selfTest: "passed", versions: { node: process.versions.node } });
    expect(typeof report.adapter.isSoftware).toBe("boolean");
    expect(report.limits.maxBufferSize).toBeGreaterThan(0);
  });
});
