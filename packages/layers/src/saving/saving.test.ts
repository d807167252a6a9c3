import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openTestDevice, randomArray } from "@convscope/kernels/testing";
import { temporaryFolder } from "@convscope/storage/testing";
import { describe, expect, it } from "vitest";
import { readModelFile } from "../files/index.ts";
import { Adadelta, Adagrad, Adamax, Nadam } from "../further-optimizers.ts";
import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Conv2D } from "../layers/conv2d.ts";
import { Dropout, Flatten } from "../layers/core.ts";
import { Dense } from "../layers/dense.ts";
import { input } from "../layers/input.ts";
import { binaryCrossentropy } from "../losses.ts";
import type { AnyModel } from "../model/base-model.ts";
import { Model } from "../model/model.ts";
import { Sequential } from "../model/sequential.ts";
import { Adam, type Optimizer, RMSprop, SGD } from "../optimizers.ts";
import { loadModel } from "./load-model.ts";
import { restoreState } from "./optimizer-state.ts";
import { modelBytes } from "./save-model.ts";

const silent = { verbose: 0 } as const;
const bits = async (model: AnyModel) => (await model.getWeights()).map(({ data }) => [...data]);

describe("a saved model", () => {
  const device = openTestDevice();
  const x = randomArray([12, 6, 6, 2], 1);
  const y = { shape: [12, 1], data: Float32Array.from({ length: 12 }, (_, i) => i % 2) };

  const classifier = () =>
    new Sequential(
      [
        new Conv2D({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [6, 6, 2] }),
        new BatchNormalization(),
        new Flatten(),
        new Dropout({ rate: 0.5 }),
        new Dense({ units: 1, activation: "sigmoid" }),
      ],
      { device: device(), seed: 3 },
    );

  it.each<[string, () => Optimizer]>([
    ["RMSprop", () => new RMSprop({ learningRate: 0.01, decay: 0.1 })],
    ["SGD with momentum", () => new SGD({ learningRate: 0.1, momentum: 0.9 })],
    ["SGD", () => new SGD({ learningRate: 0.1 })],
    ["Adam", () => new Adam({ learningRate: 0.01 })],
    ["AMSGrad", () => new Adam({ learningRate: 0.01, amsgrad: true })],
    ["centered RMSprop", () => new RMSprop({ learningRate: 0.01, momentum: 0.5, centered: true })],
    ["Adagrad", () => new Adagrad({ initialAccumulatorValue: 0.1 })],
    ["Adadelta", () => new Adadelta()],
    ["Adamax", () => new Adamax()],
    ["Nadam", () => new Nadam()],
    ["limits", () => new SGD({ learningRate: 0.1, clipnorm: 0.1, clipvalue: 0.01 })],
  ])("trains on to the same bits as one that was never saved: %s", async (_, optimizer) => {
    const path = join(await temporaryFolder(), "model.h5");
    using model = classifier();
    model.compile({ optimizer: optimizer(), loss: "binaryCrossentropy", metrics: ["acc"] });
    const options = { ...silent, batchSize: 5, epochs: 2 };
    await model.fit(x, y, options);
    await model.save(path);
    using loaded = await loadModel(path, { device: device() });
    expect(loaded.metricsNames).toEqual(["loss", "acc"]);
    expect(await bits(loaded)).toEqual(await bits(model));
    const further = { ...options, initialEpoch: 2, epochs: 4 };
    const [wanted, got] = [await model.fit(x, y, further), await loaded.fit(x, y, further)];
    expect(got.history).toEqual(wanted.history);
    expect(await bits(loaded)).toEqual(await bits(model));
  });

  it("keeps what else was given, however long, in the same file", async () => {
    const path = join(await temporaryFolder(), "model.h5");
    using model = classifier();
    const run = { epoch: 3, history: { loss: Array.from({ length: 20_000 }, (_, i) => i / 7) } };
    await model.save(path, { extra: { run } });
    expect((await readModelFile(path)).extra?.user).toEqual({ run });
    using loaded = await loadModel(path, { device: device() });
    expect(loaded.seed).toBe(3);
    const weights = { extra: {} } as object;
    await expect(model.saveWeights(path, weights)).rejects.toThrow("extra");
  });

  it.each(["model.safetensors", "model.json"])("gives the same results from %s", async (name) => {
    const path = join(await temporaryFolder(), name);
    using model = classifier();
    await model.save(path);
    using loaded = await loadModel(path, { device: device() });
    expect((await loaded.predict(x)).data).toEqual((await model.predict(x)).data);
  });

  it("is loaded into a differently frozen copy, weights of a model in it by their names", async () => {
    const base = () =>
      new Sequential(
        [
          new Conv2D({ name: "block1", filters: 2, kernelSize: 3, inputShape: [6, 6, 2] }),
          new Conv2D({ name: "block2", filters: 2, kernelSize: 1 }),
        ],
        { name: "base" },
      );
    const withHead = () =>
      new Sequential([base(), new Flatten(), new Dense({ name: "head", units: 1 })], { device: device() });
    using saved = withHead();
    const inner = saved.getLayer("base") as Sequential;
    inner.getLayer("block1").trainable = false; // now block2's weights come first, as Keras orders them
    const folder = await temporaryFolder();
    await saved.saveWeights(join(folder, "keras.h5"));
    await saved.saveWeights(join(folder, "topological.h5"), { order: "topological" });
    const names = async (file: string) =>
      (await readModelFile(join(folder, file))).layers[0].weights.map((weight) => weight.name);
    expect((await names("keras.h5"))[0]).toBe("block2/kernel:0");
    expect((await names("topological.h5"))[0]).toBe("block1/kernel:0");
    const wanted = (await saved.predict(x)).data;
    for (const file of ["keras.h5", "topological.h5"]) {
      for (const freeze of [false, true]) {
        using copy = withHead();
        if (freeze) copy.getLayer("base").trainable = false;
        await copy.loadWeights(join(folder, file));
        expect((await copy.predict(x)).data).toEqual(wanted);
      }
    }
  });

  it("gives each of two weights of one name its own value, whatever is frozen, and refuses tfjs", async () => {
    const branch = (name: string) =>
      new Sequential([new Dense({ name: "dense", units: 3, inputShape: [3] })], { name });
    const whole = () =>
      new Sequential([new Sequential([branch("a"), branch("b")], { name: "inner" })], { device: device() });
    const folder = await temporaryFolder();
    using saved = whole();
    (saved.getLayer("inner") as Sequential).getLayer("a").trainable = false; // b's come first
    saved.compile({ optimizer: "adam", loss: "mse" });
    for (const file of ["m.h5", "m.safetensors", "w.h5", "w.safetensors"]) {
      const path = join(folder, file);
      await (file.startsWith("m") ? saved.save(path) : saved.saveWeights(path));
      using copy = whole();
      const warnings: string[] = [];
      await copy.loadWeights(path, {
        byName: file.endsWith("safetensors"),
        warn: (text) => warnings.push(text),
      });
      (copy.getLayer("inner") as Sequential).getLayer("a").trainable = false;
      expect(await bits(copy)).toEqual(await bits(saved));
      expect(warnings).toEqual([]);
    }
    await expect(saved.save(join(folder, "m.json"))).rejects.toThrow(
      "[tfjs] inner/b/dense/kernel:0 and inner/a/dense/kernel:0 are both dense/kernel in a model.json, and " +
        "tfjs-layers cannot tell them apart: save as .h5 or .safetensors, or give the layers different names.",
    );
    expect(readdirSync(folder)).toHaveLength(4);
  });

  it("of tfjs is replaced whole: new shards, then model.json, then the former shards go", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "model.json");
    using model = classifier();
    await model.save(path);
    expect(readdirSync(folder)).toEqual(["group1-shard1of1.bin", "model.json"]);
    await model.save(join(folder, "other.json"));
    writeFileSync(join(folder, "group3-shard1of1.bin"), "what a save that was killed has left");
    await model.save(path);
    expect(readdirSync(folder)).toEqual([
      "group2-shard1of1.bin",
      "group3-shard1of1.bin",
      "group4-shard1of1.bin",
      "model.json",
      "other.json",
    ]);
    for (const name of ["model.json", "other.json"]) {
      using loaded = await loadModel(join(folder, name), { device: device() });
      expect(await bits(loaded)).toEqual(await bits(model));
    }
    mkdirSync(join(folder, "in-the-way.json"));
    await expect(model.save(join(folder, "in-the-way.json"))).rejects.toThrow("a folder has this name");
    expect(readdirSync(folder)).toHaveLength(6);
  });

  it.each(["m.h5", "m.safetensors"])("counts steps beyond what float32 can: %s", async (name) => {
    const path = join(await temporaryFolder(), name);
    using model = classifier();
    model.compile({ optimizer: "adam", loss: "mse" });
    model.optimizer!.iterations = 2 ** 24 + 1;
    await model.save(path);
    using loaded = await loadModel(path, { device: device() });
    expect(loaded.optimizer!.iterations).toBe(2 ** 24 + 1);
  });

  it.each(["weight by weight", "kind by kind", "with AMSGrad's greatest apart"])(
    "takes over the optimizer of Keras 3, its state %s",
    (order) => {
      using model = classifier();
      const amsgrad = order.startsWith("with");
      model.compile({ optimizer: new Adam({ amsgrad }), loss: "mse" });
      const state = model.trained.flatMap(({ name, shape }, i) =>
        ["momentum", "velocity", ...(amsgrad ? ["velocity_hat"] : [])].map((kind, k) => ({
          name: `adam/${name.replace(/\W/g, "_")}_${kind}`,
          shape,
          data: new Float32Array(shape.reduce((a, b) => a * b)).fill(10 * k + i),
          kind: k,
        })),
      );
      if (order.startsWith("kind")) state.sort((a, b) => a.kind - b.kind);
      if (amsgrad) state.sort((a, b) => Number(a.kind === 2) - Number(b.kind === 2));
      const number = (value: number) => ({ shape: [], data: Float32Array.of(value) });
      restoreState(model.optimizer!, model.trained, {
        format: "h5",
        kerasVersion: "3.4.1",
        layers: [],
        optimizerWeights: [
          { name: "adam/iteration", ...number(7), dtype: "int64", count: 7 },
          { name: "adam/learning_rate", ...number(0.25) },
          ...state,
        ],
      });
      expect(model.optimizer).toMatchObject({ iterations: 7, learningRate: 0.25 });
      return model.optimizer!.getWeights(model.trained).then(([, ...slots]) => {
        const n = model.trained.length;
        const kinds = amsgrad ? [0, 1, 2] : [0, 1];
        expect(slots.slice(0, kinds.length * n).map(({ data }) => data[0])).toEqual(
          kinds.flatMap((kind) => model.trained.map((_, i) => 10 * kind + i)),
        );
      });
    },
  );

  it("keeps the graph, shared layers and several outputs", async () => {
    const path = join(await temporaryFolder(), "graph.h5");
    const [a, b] = [input({ shape: [3] }), input({ shape: [3] })];
    const shared = new Dense({ units: 4, activation: "tanh" });
    using model = new Model({
      inputs: [a, b],
      outputs: [new Dense({ units: 1 }).apply(shared.apply(a)), shared.apply(b)],
      device: device(),
    });
    model.compile({ optimizer: "sgd", loss: "mse" });
    await model.save(path);
    using loaded = await loadModel(path, { device: device() });
    expect(loaded.countParams()).toBe(model.countParams());
    const xs = [randomArray([2, 3], 1), randomArray([2, 3], 2)];
    expect(await loaded.predict(xs)).toEqual(await model.predict(xs));
  });

  it("keeps a loss's options, and says what it cannot keep", async () => {
    const folder = await temporaryFolder();
    using model = classifier();
    model.compile({ optimizer: "rmsprop", loss: binaryCrossentropy({ labelSmoothing: 0.2 }) });
    await model.save(join(folder, "a.h5"));
    using loaded = await loadModel(join(folder, "a.h5"), { device: device() });
    expect(await loaded.evaluate(x, y, silent)).toBe(await model.evaluate(x, y, silent));
    const said: string[] = [];
    model.compile({ optimizer: "rmsprop", loss: (tape, p, t) => binaryCrossentropy()(tape, p, t) });
    await model.save(join(folder, "b.h5"), { warn: (text) => said.push(text) });
    expect(said).toEqual([
      `[save] how ${model.name} was compiled is left out: a loss of one's own cannot be written to a file.`,
    ]);
    expect((await loadModel(join(folder, "b.h5"), { device: device() })).optimizer).toBeUndefined();
  });

  it("is a file whole or not at all, and not replaced where that is asked", async () => {
    const folder = await temporaryFolder();
    using model = classifier();
    const path = join(folder, "m.h5");
    await model.save(path);
    await expect(model.save(path, { overwrite: false })).rejects.toThrow(
      `[save] ${path} is there already, and overwrite is false`,
    );
    await expect(model.save(join(folder, "none", "m.h5"))).rejects.toThrow("cannot be written");
    await expect(model.save(join(folder, "m.keras"))).rejects.toThrow(
      "files of Keras 3 are read, and not written",
    );
    await expect(model.saveWeights(join(folder, "w.json"))).rejects.toThrow(
      "a model.json holds layers and weights: save the whole model with model.save, or give a name",
    );
    await expect(model.save(join(folder, "m.txt"))).rejects.toThrow(
      "should end in .h5, .safetensors or .json",
    );
    expect(readdirSync(folder)).toEqual(["m.h5"]);
    const bytes = await modelBytes(model);
    using fromBytes = await loadModel(bytes.get("model.h5")!, { device: device() });
    expect(fromBytes.countParams()).toBe(model.countParams());
    expect(existsSync(join(folder, "model.h5"))).toBe(false);
  });

  it("leaves a model as it was where a file does not fit", async () => {
    const folder = await temporaryFolder();
    using model = classifier();
    await model.saveWeights(join(folder, "w.h5"));
    using other = new Sequential([new Dense({ units: 2, inputShape: [3] })], { device: device() });
    const before = await bits(other);
    await expect(other.loadWeights(join(folder, "w.h5"))).rejects.toThrow(
      "You are trying to load a weight file containing 3 layers into a model with 1 layers.",
    );
    const whole = readFileSync(join(folder, "w.h5"));
    writeFileSync(join(folder, "cut.h5"), whole.subarray(0, whole.length / 2));
    await expect(other.loadWeights(join(folder, "cut.h5"))).rejects.toThrow("cut.h5");
    expect(await bits(other)).toEqual(before);
    await expect(loadModel(join(folder, "w.h5"))).rejects.toThrow("holds weights and no layers");
  });
});
