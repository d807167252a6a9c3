import { ops, type Tape, type Variable } from "@convscope/autograd";
import { openTestDevice } from "@convscope/kernels/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { constant, zeros } from "../initializers.ts";
import { type CallContext, Layer, type Shape } from "../layer.ts";
import { Conv2D } from "../layers/conv2d.ts";
import { Dropout, Flatten } from "../layers/core.ts";
import { Dense } from "../layers/dense.ts";
import { input } from "../layers/input.ts";
import { MaxPooling2D } from "../layers/pooling.ts";
import { resetUids } from "../names.ts";
import { array, collectOutput } from "../testing/index.ts";
import { Weight } from "../weight.ts";
import { Model } from "./model.ts";
import type { Network } from "./network.ts";
import { Sequential } from "./sequential.ts";

const quiet = { verbose: 0 } as const;
const ramp = (shape: number[]) =>
  array(
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => ((i * 7) % 13) / 13),
  );
const countsOf = (model: Network) => [model.trainableWeights.length, model.nonTrainableWeights.length];

/** VGG16's base in small: the same thirteen convolutions, two filters each. */
function base(): Model {
  const start = input({ shape: [32, 32, 3] });
  let x = start;
  [2, 2, 3, 3, 3].forEach((convolutions, block) => {
    for (let i = 1; i <= convolutions; i++) {
      const options = { filters: 2, kernelSize: 3, padding: "same", activation: "relu" } as const;
      // Positive everywhere: each of so few filters is to have a gradient.
      const kernelInitializer = constant({ value: 0.1 });
      x = new Conv2D({ ...options, kernelInitializer, name: `block${block + 1}_conv${i}` }).apply(x);
    }
    x = new MaxPooling2D({ name: `block${block + 1}_pool` }).apply(x);
  });
  return new Model({ inputs: start, outputs: x, name: "vgg16", seed: 1 });
}

describe("the lecture's fine-tuning", () => {
  const device = openTestDevice();
  beforeEach(resetUids);
  afterEach(() => void vi.restoreAllMocks());

  const headed = (convBase: Model) =>
    new Sequential([convBase, new Flatten(), new Dense({ units: 4 }), new Dense({ units: 1 })], {
      device: device(),
      seed: 2,
    });
  const unfreezeBlock5 = (convBase: Model) => {
    convBase.trainable = true;
    let isReached = false;
    for (const layer of convBase.layers) {
      if (layer.name === "block5_conv1") isReached = true;
      layer.trainable = isReached;
    }
  };

  it("counts 30, then 4, then 10 trainable tensors", () => {
    const convBase = base();
    using model = headed(convBase);
    expect(countsOf(model)).toEqual([30, 0]);
    convBase.trainable = false;
    expect(countsOf(model)).toEqual([4, 26]);
    expect(convBase.layers.every(({ trainable }) => !trainable)).toBe(true);
    unfreezeBlock5(convBase);
    expect(countsOf(model)).toEqual([10, 20]);
    expect(model.weights.slice(0, 2).map(({ name }) => name)).toEqual([
      "block5_conv1/kernel:0",
      "block5_conv1/bias:0",
    ]);
    // Nothing in a frozen model is trained, whatever its layers say: the flags on the way are all to be true.
    convBase.trainable = false;
    convBase.getLayer("block5_conv3").trainable = true;
    expect(countsOf(model)).toEqual([4, 26]);
  });

  it("trains what was trainable at compile, says so, and goes backwards no further than that", async () => {
    const convBase = base();
    using model = headed(convBase);
    convBase.trainable = false;
    const [x, y] = [ramp([2, 32, 32, 3]), ramp([2, 1])];
    const compile = () => model.compile({ optimizer: "rmsprop", loss: "mse" });
    const firstLineOfFit = async () => {
      const output = collectOutput();
      await model.fit(x, y, { output });
      return output.text.split("\n")[0];
    };
    const backward = vi.spyOn(ops.conv2d, "backward");
    compile();
    expect(await firstLineOfFit()).toBe("training 4 of 30 tensors: dense_1, dense_2");
    expect(backward).not.toHaveBeenCalled();

    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    unfreezeBlock5(convBase);
    expect(await firstLineOfFit()).toBe("training 4 of 30 tensors: dense_1, dense_2");
    expect(warn.mock.calls.flat()).toEqual([
      "Discrepancy between trainable weights and collected trainable weights, did you set `model.trainable` without " +
        "calling `model.compile` after ? Not trained, though trainable now: vgg16/block5_conv1, vgg16/block5_conv2, " +
        "vgg16/block5_conv3.",
    ]);

    compile();
    const before = await model.getWeights();
    expect(await firstLineOfFit()).toBe(
      "training 10 of 30 tensors: vgg16/block5_conv1, vgg16/block5_conv2, vgg16/block5_conv3, dense_1, dense_2",
    );
    expect(warn).toHaveBeenCalledTimes(1);
    const after = await model.getWeights();
    expect(after.map(({ data }, i) => data.join() === before[i].data.join())).toEqual([
      ...Array(6).fill(false),
      ...Array(20).fill(true),
      ...Array(4).fill(false),
    ]);
    backward.mockClear();
    const tape = await model.tapeOnBatch(x, y);
    expect(backward).toHaveBeenCalledTimes(3);
    const needed = tape.split("\n").filter((line) => line.includes("= conv2d") && line.startsWith("v"));
    expect(needed.map((line) => /^v\d+\*/.test(line))).toEqual([
      ...Array(10).fill(false),
      ...Array(3).fill(true),
    ]);
  });
});

describe("the lecture's last page", () => {
  it("one layer, frozen in one model and trained in another, which the first one sees", async () => {
    const [data, labels] = [ramp([8, 32]), ramp([8, 32])];
    const x = input({ shape: [32] });
    const layer = new Dense({ units: 32 });
    layer.trainable = false;
    const y = layer.apply(x);
    using frozenModel = new Model({ inputs: x, outputs: y, seed: 1 });
    frozenModel.compile({ optimizer: "rmsprop", loss: "mse" });
    layer.trainable = true;
    using trainableModel = new Model({ inputs: x, outputs: y, seed: 1 });
    trainableModel.compile({ optimizer: "rmsprop", loss: "mse" });
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    try {
      const before = await layer.getWeights();
      const predicted = await frozenModel.predict(data);
      await frozenModel.fit(data, labels, quiet); // this does not update the weights of layer
      expect(warn.mock.calls.flat().join()).toContain("Not trained, though trainable now: dense_");
      expect(await layer.getWeights()).toEqual(before);
      expect(await frozenModel.predict(data)).toEqual(predicted);
      await trainableModel.fit(data, labels, quiet); // this updates the weights of layer
      expect((await layer.getWeights())[0].data).not.toEqual(before[0].data);
      expect((await frozenModel.predict(data)).data).not.toEqual(predicted.data);
      expect(warn).toHaveBeenCalledTimes(1);
    } finally {
      warn.mockRestore();
    }
  });
});

/** Counts its training steps in a weight that no gradient changes; frozen, it infers. */
class StepCounter extends Layer {
  readonly className = "StepCounter";
  override readonly infersWhenFrozen = true;
  readonly trainings: boolean[] = [];
  constructor() {
    super("StepCounter", {});
  }
  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }
  protected override makeWeights(): Weight[] {
    return [new Weight(`${this.name}/steps:0`, [1], zeros(), { isTrainable: false })];
  }
  override call(tape: Tape, x: Variable, context: CallContext): Variable {
    this.trainings.push(context.training);
    const one = tape.device.tensor([1], Float32Array.of(1));
    const next = ops.add.forward(tape, [this.weights[0].tensor, one]).y;
    context.update(this.weights[0], next);
    return x;
  }
}

describe("a weight that no gradient changes", () => {
  const device = openTestDevice();
  const [x, y] = [ramp([4, 2]), ramp([4, 1])];
  const make = () => {
    const counter = new StepCounter();
    const inner = new Sequential([counter, new Dropout({ rate: 0 })]);
    const model = new Sequential([new Dense({ units: 2, inputShape: [2] }), inner, new Dense({ units: 1 })], {
      device: device(),
      seed: 1,
    });
    const steps = async () => (await counter.getWeights())[0].data[0];
    return { counter, inner, model, steps };
  };
  const compile = (model: Sequential) => model.compile({ optimizer: "sgd", loss: "mse" });

  it("is updated with each training step, and by nothing else", async () => {
    const { model, steps } = make();
    using closing = model;
    compile(closing);
    expect(countsOf(model)).toEqual([4, 1]);
    await model.fit(x, y, { ...quiet, batchSize: 2, epochs: 2 });
    expect(await steps()).toBe(4);
    await model.evaluate(x, y, quiet);
    await model.predict(x);
    await model.gradientsOnBatch(x, y);
    expect(await steps()).toBe(4);
    const output = collectOutput();
    await model.fit(x, y, { output });
    expect(output.text).not.toContain("training");
  });

  it("stays where its layer is frozen, which then infers, from the next compile on", async () => {
    const { counter, inner, model, steps } = make();
    using closing = model;
    compile(closing);
    inner.trainable = false;
    await model.trainOnBatch(x, y);
    expect(await steps()).toBe(1);
    expect(counter.trainings.at(-1)).toBe(true);
    compile(model);
    await model.trainOnBatch(x, y);
    expect(await steps()).toBe(1);
    expect(counter.trainings.at(-1)).toBe(false);
    inner.trainable = true;
    await model.trainOnBatch(x, y);
    expect(await steps()).toBe(1);
    compile(model);
    await model.trainOnBatch(x, y);
    expect(await steps()).toBe(2);
  });
});
