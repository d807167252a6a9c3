import { describe, expect, it } from "vitest";
import { selectOpponents, selectWorkloads } from "./select.ts";
import { workloads } from "./workloads.ts";

const names = (...given: string[]) => selectWorkloads(given).map(({ name }) => name);

describe("workloads", () => {
  it("are the small CNN's where none is named", () => {
    expect(names()).toEqual([
      "train-step",
      "predict",
      "head-step",
      "conv1.forward",
      "conv1.backwardFilter",
      "pool1.forward",
      "pool1.backward",
      ...[2, 3, 4].flatMap((i) => [
        `conv${i}.forward`,
        `conv${i}.backwardInput`,
        `conv${i}.backwardFilter`,
        `pool${i}.forward`,
        `pool${i}.backward`,
      ]),
      ...[1, 2].flatMap((i) =>
        ["forward", "backwardInput", "backwardWeights"].map((pass) => `dense${i}.${pass}`),
      ),
      "augment",
      "augment-device",
    ]);
  });

  it("are named, wholly or by the beginning", () => {
    expect(names("vgg16-forward")).toEqual(["vgg16-forward"]);
    expect(names("conv2", "predict")).toEqual([
      "predict",
      "conv2.forward",
      "conv2.backwardInput",
      "conv2.backwardFilter",
    ]);
    expect(names("block5")).toEqual([
      "block5_conv1.forward",
      "block5_conv1.backwardInput",
      "block5_conv1.backwardFilter",
    ]);
    expect(() => names("conv")).toThrow(
      "there is no workload conv. Known: conv1.forward, conv1.backwardFilter, ",
    );
  });

  it("count their operations as the sums that define them", () => {
    const gflop = (name: string) => workloads.find((each) => each.name === name)?.gflop;
    expect(gflop("conv2.forward")).toBeCloseTo((20 * 72 * 72 * 64 * 2 * 9 * 32) / 1e9, 9);
    expect(gflop("block3_conv2.backwardFilter")).toBeCloseTo((20 * 37 * 37 * 256 * 2 * 9 * 256) / 1e9, 9);
    // Pixels and multiply-adds a pixel of the five blocks, in nines.
    const blocks = [
      [150 * 150, 3 * 64 + 64 * 64],
      [75 * 75, 64 * 128 + 128 * 128],
      [37 * 37, 128 * 256 + 2 * 256 * 256],
      [18 * 18, 256 * 512 + 2 * 512 * 512],
      [9 * 9, 3 * 512 * 512],
    ];
    const sum = blocks.reduce((total, [pixels, products]) => total + 2 * 9 * pixels * products, 0);
    expect(gflop("vgg16-forward-1")).toBeCloseTo(sum / 1e9, 9);
    // One step of the head: forward once, the weights' gradients once, dense2's input's once.
    expect(gflop("head-step")).toBeCloseTo((20 * (2 * 2 * 8192 * 256 + 3 * 2 * 256)) / 1e9, 9);
  });
});

describe("opponents", () => {
  const [step, augment] = [workloads[0], workloads[workloads.length - 1]];

  it("of a WebGPU library are both its rows", () => {
    expect(selectOpponents("jax-js, tfjs-cpu")(step)).toEqual(["tfjs-cpu", "jax-js", "jax-js-gently"]);
    expect(selectOpponents("tfjs-webgpu-gently")(augment)).toEqual(["tfjs-webgpu-gently"]);
  });

  it("are by default those who do well in a workload", () => {
    const of = (name: string) =>
      selectOpponents(undefined)(workloads.find((workload) => workload.name === name) ?? step);
    const gpus = ["tfjs-webgpu", "tfjs-webgpu-gently", "tfjs-wasm", "jax-js", "jax-js-gently"];
    expect(of("train-step")).toEqual(gpus);
    expect(of("predict")).toEqual([...gpus, "ort-web"]);
    expect(of("head-step")).toEqual([...gpus, "jax-js-wasm"]);
  });

  it("are known", () => {
    expect(() => selectOpponents("torch")).toThrow(
      "there is no competitor torch. Known: tfjs-webgpu, tfjs-webgpu-gently, tfjs-wasm, tfjs-cpu, ",
    );
    expect(() => selectOpponents("")).toThrow('there is no competitor "".');
  });
});
