import type { Device } from "@convscope/kernels";
import { openTestDevice } from "@convscope/kernels/testing";
import { describe, expect, it, vi } from "vitest";
import { Conv2D } from "../layers/conv2d.ts";
import { Dropout, Flatten } from "../layers/core.ts";
import { Dense } from "../layers/dense.ts";
import { MaxPooling2D } from "../layers/pooling.ts";
import { lossNames } from "../losses.ts";
import { SGD } from "../optimizers.ts";
import { array, batches, collectOutput, endless, toyPictures } from "../testing/index.ts";
import { Sequential } from "./sequential.ts";

const quiet = { verbose: 0 } as const;
const data = toyPictures(24);

/** A small CNN for toy pictures. */
function toyModel(device: Device, seed = 1): Sequential {
  return new Sequential(
    [
      new Conv2D({ name: "conv", filters: 4, kernelSize: 3, activation: "relu", inputShape: [8, 8, 1] }),
      new MaxPooling2D({ name: "pool" }),
      new Flatten({ name: "flat" }),
      new Dropout({ name: "drop", rate: 0.25 }),
      new Dense({ name: "out", units: 1, activation: "sigmoid" }),
    ],
    { name: "toy", device, seed },
  );
}

/** Dense layers for four numbers, compiled unless told otherwise. */
function denseModel(device: Device, { isCompiled = true, metrics = ["acc"] } = {}): Sequential {
  const model = new Sequential(
    [
      new Dense({ name: "first", units: 3, activation: "relu", inputShape: [4] }),
      new Dense({ name: "last", units: 1, activation: "sigmoid" }),
    ],
    { name: "dense", device, seed: 1 },
  );
  if (isCompiled) model.compile({ optimizer: "sgd", loss: "binary_crossentropy", metrics });
  return model;
}

const zeros = (...shape: number[]) => array(shape, Array(shape.reduce((a, b) => a * b, 1)).fill(0));
const x = array(
  [10, 4],
  Array.from({ length: 40 }, (_, i) => (i % 7) / 7),
);
const y = array(
  [10, 1],
  Array.from({ length: 10 }, (_, i) => i % 2),
);
const valuesOf = async (model: Sequential) => (await model.getWeights()).map((weight) => [...weight.data]);

describe("Sequential", () => {
  const device = openTestDevice();

  it("learns, and tells how", async () => {
    using model = toyModel(device());
    model.compile({ optimizer: new SGD({ lr: 0.3 }), loss: "binaryCrossentropy", metrics: ["acc"] });
    const history = await model.fit(data.x, data.y, { ...quiet, epochs: 30, batchSize: 8 });
    expect(history.epoch).toHaveLength(30);
    expect(history.history.loss.at(-1)).toBeLessThan(history.history.loss[0] / 2);
    const [loss, accuracy] = (await model.evaluate(data.x, data.y, quiet)) as number[];
    expect(accuracy).toBeGreaterThan(0.9);
    const answers = await model.predict(data.x, { batchSize: 7 });
    expect(answers.shape).toEqual([24, 1]);
    const right = [...answers.data].filter((p, i) => p > 0.5 === (data.y.data[i] === 1)).length;
    expect(right / 24).toBeCloseTo(accuracy, 6);
    const logOf = (p: number, i: number) => -Math.log(data.y.data[i] === 1 ? p : 1 - p);
    const mean = [...answers.data].map(logOf).reduce((a, b) => a + b) / 24;
    expect(Math.abs(mean - loss)).toBeLessThan(1e-5);
  });

  it("gives the same bits for the same seed, from arrays and from batches, and others for another", async () => {
    const train = async (seed: number, feed: "arrays" | "batches") => {
      using model = toyModel(device(), seed);
      model.compile({ optimizer: "rmsprop", loss: "binaryCrossentropy", metrics: ["acc"] });
      const { history } =
        feed === "arrays"
          ? await model.fit(data.x, data.y, { ...quiet, epochs: 2, batchSize: 10, shuffle: false })
          : await model.fit(endless(data, 10), { ...quiet, epochs: 2, stepsPerEpoch: 3 });
      return [history, await valuesOf(model)];
    };
    const first = await train(1, "arrays");
    expect(await train(1, "arrays")).toEqual(first);
    expect(await train(1, "batches")).toEqual(first);
    expect(await train(2, "arrays")).not.toEqual(first);
  });

  it("has the shapes that come from its first layer, or from its first data", async () => {
    using given = toyModel(device());
    expect([given.isBuilt, given.inputShape, given.outputShape, given.countParams()]).toEqual([
      true,
      [8, 8, 1],
      [1],
      40 + 37,
    ]);
    using deferred = new Sequential([new Dense({ units: 2 }), new Dense({ units: 1 })], { device: device() });
    deferred.compile({ optimizer: "sgd", loss: "mse" });
    expect(deferred.isBuilt).toBe(false);
    await deferred.fit(x, y, quiet);
    expect(deferred.countParams()).toBe(13);
  });

  it("stays open for other data where the first did not fit", async () => {
    using model = new Sequential(
      [
        new Conv2D({ filters: 1, kernelSize: 3 }),
        new MaxPooling2D(),
        new Conv2D({ filters: 1, kernelSize: 3 }),
      ],
      { device: device() },
    );
    await expect(model.predict(zeros(1, 4, 4, 1))).rejects.toThrow("the window spans 3 pixels");
    expect((await model.predict(zeros(1, 12, 12, 1))).shape).toEqual([1, 3, 3, 1]);
  });

  describe("refuses in Keras's words", () => {
    it.each<[string, (model: Sequential) => unknown, string]>([
      [
        "x of another shape",
        (model) => model.fit(zeros(10, 5), y, quiet),
        "Error when checking input: expected first_input to have shape (4,) but got array with shape (5,)",
      ],
      [
        "x of other dimensions",
        (model) => model.predict(zeros(1, 2, 2)),
        "Error when checking input: expected first_input to have 2 dimensions, but got array with shape (1, 2, 2)",
      ],
      [
        "y of another shape",
        (model) => model.fit(x, zeros(10, 2), quiet),
        "Error when checking target: expected last to have shape (1,) but got array with shape (2,)",
      ],
      [
        "another number of targets",
        (model) => model.fit(x, zeros(9, 1), quiet),
        "Input arrays should have the same number of samples as target arrays. Found 10 input samples and 9 target samples.",
      ],
      [
        "a shape that is not that of the values",
        (model) => model.fit({ shape: [10, 4], data: new Float32Array(39) }, y, quiet),
        "[model] x says shape (10, 4), which are 40 values, but holds 39.",
      ],
      [
        "another number of weights",
        (model) => model.setWeights([zeros(4, 3)]),
        "You called setWeights(values) with a list of length 1, but the model was expecting 4 weights.",
      ],
      [
        "a weight of another shape",
        (model) => model.setWeights([zeros(4, 4), zeros(3), zeros(3, 1), zeros(1)]),
        "[setWeights] first/kernel:0 has shape [4,3], got an array of shape [4,4].",
      ],
      [
        "weights that are no list",
        (model) => model.setWeights(undefined as never),
        "[setWeights] takes a list of arrays ({ shape, data }), as getWeights gives it.",
      ],
      [
        "an unknown loss",
        (model) => model.compile({ optimizer: "sgd", loss: "focal" }),
        `Unknown loss function: focal. Known: ${lossNames.join(", ")}.`,
      ],
      [
        "an unknown optimizer",
        (model) => model.compile({ optimizer: "lion", loss: "mse" }),
        "Unknown optimizer: lion. Known: rmsprop, sgd, adam, adagrad, adadelta, adamax, nadam.",
      ],
      [
        "an option that it does not know",
        (model) => model.fit(x, y, { ...quiet, batch_size: 3 } as object),
        "[fit] Keyword argument not understood: batch_size. Did you mean batchSize?",
      ],
      [
        "half an epoch",
        (model) => model.fit(x, y, { ...quiet, epochs: 0.5 }),
        "[fit] epochs must be a whole number of at least 0, got 0.5.",
      ],
      [
        "an iterator without a length",
        (model) => model.fit(endless({ x, y }, 5), quiet),
        "`steps_per_epoch=None` is only valid for a generator based on the `keras.utils.Sequence` class. " +
          "Please specify `stepsPerEpoch`, or give batches that say their `length`.",
      ],
    ])("%s", async (_, act, message) => {
      using model = denseModel(device());
      const before = await valuesOf(model);
      await expect((async () => act(model))()).rejects.toThrow(new Error(message));
      expect(await valuesOf(model)).toEqual(before);
    });

    it("to train or evaluate before compile", async () => {
      using model = denseModel(device(), { isCompiled: false });
      const message =
        "You must compile a model before training/testing. Use `model.compile(optimizer, loss)`.";
      await expect(model.fit(x, y, quiet)).rejects.toThrow(message);
      await expect(model.evaluate(x, y, quiet)).rejects.toThrow(message);
      await expect(model.trainOnBatch(x, y)).rejects.toThrow(message);
      await expect(model.testOnBatch(x, y)).rejects.toThrow(message);
      expect((await model.predict(x)).shape).toEqual([10, 1]); // needs none
    });

    it("layers that do not go together, and adds nothing", () => {
      using model = denseModel(device());
      expect(() => model.add(new Conv2D({ name: "c", filters: 1, kernelSize: 1 }))).toThrow(
        "Input 0 is incompatible with layer c: expected ndim=4, found ndim=2",
      );
      expect(() => model.add(new Dense({ name: "last", units: 1 }))).toThrow(
        'The name "last" is used 2 times in the model. All layer names should be unique.',
      );
      expect(() => model.add("dense" as never)).toThrow(
        "The added layer must be an instance of class Layer. Found: ",
      );
      expect(model.layers).toHaveLength(2);
      expect(() => new Sequential(new Dense({ units: 1 }) as never)).toThrow(
        "[Sequential] takes a list of layers",
      );
    });
  });

  it("can be used on after data ran out, or threw", async () => {
    using model = denseModel(device());
    const ended = model.fit(batches({ x, y }, 5)[Symbol.iterator](), { ...quiet, stepsPerEpoch: 3 });
    await expect(ended).rejects.toThrow("Your input ran out of data; interrupting training.");
    const thrown = model.fit(
      (function* () {
        yield { x, y };
        throw new Error("no more pictures");
      })(),
      { ...quiet, stepsPerEpoch: 3 },
    );
    await expect(thrown).rejects.toThrow("no more pictures");
    const { history } = await model.fit(x, y, quiet);
    expect(history.loss[0]).toBeGreaterThan(0);
  });

  it("gives the loss alone where there are no metrics, as Keras does", async () => {
    using alone = denseModel(device(), { metrics: [] });
    using both = denseModel(device());
    const loss = await alone.evaluate(x, y, quiet);
    expect(await both.evaluate(x, y, quiet)).toEqual([loss, expect.any(Number)]);
    expect(await both.testOnBatch(x, y)).toEqual([await alone.testOnBatch(x, y), expect.any(Number)]);
    expect(await both.trainOnBatch(x, y)).toEqual([await alone.trainOnBatch(x, y), expect.any(Number)]);
  });

  it("trains what was trainable when it was compiled, and warns where that changed since", async () => {
    using model = denseModel(device(), { isCompiled: false });
    model.layers[0].trainable = false;
    model.compile({ optimizer: "sgd", loss: "binaryCrossentropy" });
    const before = await valuesOf(model);
    const output = collectOutput();
    await model.fit(x, y, { output });
    expect(output.text.split("\n")[0]).toBe("training 2 of 4 tensors: last");
    const after = await valuesOf(model);
    // Keras lists the trainable ones first in `weights`; getWeights goes layer by layer.
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    expect(after[2]).not.toEqual(before[2]);

    model.layers[0].trainable = true;
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    try {
      await model.fit(x, y, quiet);
      expect(warn.mock.calls[0][0]).toContain("Not trained, though trainable now: first.");
    } finally {
      warn.mockRestore();
    }
    expect((await valuesOf(model)).slice(0, 2)).toEqual(before.slice(0, 2));
    model.compile({ optimizer: "sgd", loss: "binaryCrossentropy" });
    await model.fit(x, y, quiet);
    expect((await valuesOf(model))[0]).not.toEqual(before[0]);
  });

  it("draws other masks and another order after it is compiled again", async () => {
    using model = toyModel(device());
    const setting = { optimizer: new SGD({ lr: 0 }), loss: "binaryCrossentropy" } as const;
    const lossOfFit = async () => {
      model.compile(setting);
      return (await model.fit(data.x, data.y, { ...quiet, batchSize: 8 })).history.loss[0];
    };
    expect(await lossOfFit()).not.toBe(await lossOfFit());
  });

  it("is over when it is closed", async () => {
    const model = denseModel(device());
    await model.fit(x, y, quiet);
    model.close();
    model.close();
    const closed = "[model] dense was closed: make a new model.";
    await expect(model.predict(x)).rejects.toThrow(closed);
    await expect(model.getWeights()).rejects.toThrow(closed);
    expect(() => model.setWeights([])).toThrow(closed);
  });

  it("gives back all memory, so that another model like it creates no buffer", async () => {
    const train = async () => {
      using model = toyModel(device());
      model.compile({ optimizer: "adam", loss: "binaryCrossentropy", metrics: ["acc"] });
      await model.fit(data.x, data.y, { ...quiet, batchSize: 8 });
      model.compile({ optimizer: "adam", loss: "binaryCrossentropy", metrics: ["acc"] });
      await model.fit(data.x, data.y, { ...quiet, batchSize: 8 });
    };
    await train();
    const { buffers } = device().created;
    await train();
    expect(device().created.buffers).toBe(buffers);
  });
});
