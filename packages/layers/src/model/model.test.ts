import type { Device, NdArray } from "@convscope/kernels";
import { openTestDevice } from "@convscope/kernels/testing";
import { describe, expect, it } from "vitest";
import { Conv2D } from "../layers/conv2d.ts";
import { Dropout, Flatten } from "../layers/core.ts";
import { Dense } from "../layers/dense.ts";
import { input } from "../layers/input.ts";
import { meanSquaredError } from "../losses.ts";
import { SGD } from "../optimizers.ts";
import { array, Sum } from "../testing/index.ts";
import { Model } from "./model.ts";
import { Sequential } from "./sequential.ts";

const quiet = { verbose: 0 } as const;
const numbers = (shape: number[], step: number): NdArray =>
  array(
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => ((i * step) % 11) / 11 - 0.4),
  );
const x = numbers([6, 3], 7);
const other = numbers([6, 3], 5);
const y = numbers([6, 1], 3);
const valuesOf = async (model: Model | Sequential) => (await model.getWeights()).map(({ data }) => [...data]);

/** W·x + b of a dense layer's values. */
const affine = ([kernel, bias]: NdArray[], { data, shape: [n, inputs] }: NdArray) =>
  Array.from({ length: n }, (_, row) =>
    Array.from(bias.data, (start, unit) => {
      let sum = start;
      for (let i = 0; i < inputs; i++)
        sum += data[row * inputs + i] * kernel.data[i * bias.data.length + unit];
      return sum;
    }),
  );

/** Two inputs, one shared layer, two outputs: their sum, and the first alone. */
function twoByTwo(device: Device, seed = 1) {
  const [left, right] = [input({ shape: [3], name: "left" }), input({ shape: [3], name: "right" })];
  const shared = new Dense({ name: "shared", units: 1 });
  const sum = new Sum({ name: "sum" }).apply([shared.apply(left), shared.apply(right)]);
  const own = new Dense({ name: "own", units: 1 }).apply(left);
  return new Model({ inputs: [left, right], outputs: [sum, own], name: "two", device, seed });
}

describe("Model", () => {
  const device = openTestDevice();

  it("computes what its layers compute, a shared one from the same weights each time", async () => {
    using model = twoByTwo(device());
    const [sum, own] = await model.predict([x, other]);
    const shared = await model.getLayer("shared").getWeights();
    const [ofLeft, ofRight] = [affine(shared, x), affine(shared, other)];
    ofLeft.forEach(([value], row) => {
      expect(sum.data[row]).toBeCloseTo(value + ofRight[row][0], 5);
    });
    affine(await model.getLayer("own").getWeights(), x).forEach(([value], row) => {
      expect(own.data[row]).toBeCloseTo(value, 5);
    });
    expect(await model.predict({ right: other, left: x }, { batchSize: 4 })).toEqual([sum, own]);
    expect(await model.predictOnBatch([x, other])).toEqual([sum, own]);
  });

  it("is the same as a Sequential of the same layers and seed, to the bit", async () => {
    const layers = () => [
      new Dense({ name: "a", units: 4, activation: "relu", inputShape: [3] }),
      new Dropout({ name: "b", rate: 0.5 }),
      new Dense({ name: "c", units: 1 }),
    ];
    using row = new Sequential(layers(), { device: device(), seed: 3 });
    const start = input({ shape: [3] });
    const end = layers().reduce((tensor, layer) => layer.apply(tensor), start);
    using graph = new Model({ inputs: start, outputs: end, device: device(), seed: 3 });
    // A dropout mask is that of the place among all layers, however deep they lie in models.
    using nested = new Sequential([new Sequential(layers().slice(0, 2), { seed: 3 }), ...layers().slice(2)], {
      device: device(),
      seed: 3,
    });
    const train = async (model: Model | Sequential) => {
      model.compile({ optimizer: new SGD({ lr: 0.1 }), loss: "mse" });
      const { history } = await model.fit(x, y, { ...quiet, epochs: 3, batchSize: 4 });
      return [history, await valuesOf(model)];
    };
    const expected = await train(row);
    expect(await train(graph)).toEqual(expected);
    expect(await train(nested)).toEqual(expected);
  });

  it("has a mask of its own for each call of a dropout", async () => {
    const start = input({ shape: [64] });
    const dropout = new Dropout({ rate: 0.5 });
    const ends = [dropout.apply(start), dropout.apply(start)];
    using model = new Model({ inputs: start, outputs: new Sum().apply(ends), device: device(), seed: 1 });
    model.compile({ optimizer: "sgd", loss: "mse" });
    const ones = array([1, 64], Array(64).fill(1));
    // 1 becomes 0 or 2, and the sum is 0, 2 or 4: with one mask it would never be 2.
    const loss = (await model.trainOnBatch(ones, array([1, 64], Array(64).fill(2)))) as number;
    expect(loss).toBeGreaterThan(0);
    expect(loss).toBeLessThan(4);
  });

  describe("of several inputs and outputs", () => {
    const compiled = (lossWeights?: number[] | Record<string, number>) => {
      const model = twoByTwo(device());
      model.compile({
        optimizer: new SGD({ lr: 0.1 }),
        loss: { sum: "mse", own: "binaryCrossentropy" },
        lossWeights,
        metrics: { own: ["acc"] },
      });
      return model;
    };

    it("tells each loss and metric by Keras's names, and trains on the weighted sum", async () => {
      using model = compiled([2, 0.5]);
      expect(model.metricsNames).toEqual(["loss", "sum_loss", "own_loss", "own_acc"]);
      const targets = [y, array([6, 1], [0, 1, 0, 1, 1, 0])];
      const [total, sum, own] = (await model.evaluate([x, other], targets, quiet)) as number[];
      expect(total).toBeCloseTo(2 * sum + 0.5 * own, 5);
      const [prediction] = await model.predict([x, other]);
      const mse = prediction.data.reduce((mean, value, i) => mean + (value - y.data[i]) ** 2 / 6, 0);
      expect(sum).toBeCloseTo(mse, 5);

      using alone = new Model({
        inputs: model.inputs,
        outputs: model.outputs[0],
        device: device(),
        name: "alone",
      });
      alone.compile({ optimizer: "sgd", loss: "mse" });
      const gradients = await model.gradientsOnBatch([x, other], targets);
      const ofSum = await alone.gradientsOnBatch([x, other], y);
      // shared's kernel, then own's: own is no part of the sum.
      expect(model.trainableWeights.map(({ name }) => name)).toEqual([
        "shared/kernel:0",
        "shared/bias:0",
        "own/kernel:0",
        "own/bias:0",
      ]);
      ofSum[0].data.forEach((value, i) => {
        expect(gradients[0].data[i]).toBeCloseTo(2 * value, 5);
      });
      const { history } = await model.fit([x, other], targets, { ...quiet, epochs: 2, validationSplit: 0.5 });
      expect(Object.keys(history)).toEqual([
        "loss",
        "sum_loss",
        "own_loss",
        "own_acc",
        "val_loss",
        "val_sum_loss",
        "val_own_loss",
        "val_own_acc",
      ]);
      expect(history.loss[1]).toBeLessThan(history.loss[0]);
    });

    it("takes lists, arrays by name and batches alike", async () => {
      const train = async (fit: (model: ReturnType<typeof compiled>) => Promise<unknown>) => {
        using model = compiled();
        await fit(model);
        return (await model.getWeights()).map(({ data }) => [...data]);
      };
      const options = { ...quiet, shuffle: false, batchSize: 3 };
      const expected = await train((model) => model.fit([x, other], [y, y], options));
      const byName = [
        { right: other, left: x },
        { own: y, sum: y },
      ] as const;
      expect(await train((model) => model.fit(...byName, { ...options, validationData: byName }))).toEqual(
        expected,
      );
      const half = (array: NdArray, at: number) => ({
        shape: [3, ...array.shape.slice(1)],
        data: array.data.subarray((at * array.data.length) / 2, ((at + 1) * array.data.length) / 2),
      });
      const batches = [0, 1].map((at) => ({
        x: { left: half(x, at), right: half(other, at) },
        y: [half(y, at), half(y, at)],
      }));
      const fed = { ...quiet, stepsPerEpoch: 2, validationData: batches, validationSteps: 2 };
      expect(await train((model) => model.fit(batches, fed))).toEqual(expected);
    });

    it("weighs samples, and classes, by output", async () => {
      using model = compiled();
      const targets = [y, array([6, 1], [0, 1, 0, 1, 1, 0])];
      const of = async (options: object) =>
        (await model.testOnBatch([x, other], targets, options)) as number[];
      const [, sum, own] = await of({});
      const weights = array([6], [1, 0, 0, 0, 0, 0]);
      const [, , weighed] = await of({ sampleWeight: { own: weights } });
      expect((await of({ sampleWeight: [undefined, weights] }))[1]).toBe(sum);
      expect(weighed).not.toBe(own);
      using trained = compiled();
      const [, , doubled] = (await trained.trainOnBatch([x, other], targets, {
        classWeight: { own: { 0: 2, 1: 2 } },
      })) as number[];
      expect(doubled).toBeCloseTo(2 * own, 5);
    });

    it.each<[string, object, string]>([
      [
        "a loss for an unknown output",
        { loss: { sum: "mse", own: "mse", third: "mse" } },
        'Unknown entry in loss dictionary: "third". Only expected the following keys: sum, own',
      ],
      [
        "an output without a loss",
        { loss: { sum: "mse" } },
        '[compile] there is no loss for the output "own": give one, or leave the output out of the model.',
      ],
      [
        "another number of losses",
        { loss: ["mse"] },
        "When passing a list as loss, it should have one entry per model outputs. The model has 2 outputs, but you passed 1.",
      ],
      [
        "a weight that is no number",
        { loss: "mse", lossWeights: { sum: "2" } },
        '[compile] lossWeights must be a number of at least 0, got "2".',
      ],
      [
        "metrics that are none",
        { loss: "mse", metrics: "acc" },
        'Type of `metrics` argument not understood. Expected a list or dictionary, found: "acc"',
      ],
    ])("refuses %s", (_, options, message) => {
      using model = twoByTwo(device());
      expect(() => model.compile({ optimizer: "sgd", loss: "mse", ...options })).toThrow(new Error(message));
    });
  });

  it("adds what its layers' regularizers say to the loss, in training and in evaluation", async () => {
    /** Keras's l2 of a kernel, as the mean squared difference to 0 and so many values. */
    class Penalized extends Dense {
      override losses(tape: Parameters<Dense["losses"]>[0]) {
        return [meanSquaredError()(tape, this.weights[0], tape.variable(tape.device.tensor([3, 1])))];
      }
    }
    const penalized = new Penalized({ units: 1, inputShape: [3] });
    using model = new Sequential([penalized], { device: device(), seed: 1 });
    using plain = new Sequential([new Dense({ units: 1, inputShape: [3] })], { device: device(), seed: 1 });
    for (const each of [model, plain]) each.compile({ optimizer: new SGD({ lr: 1 }), loss: "mse" });
    const [kernel] = await model.getWeights();
    const penalty = kernel.data.reduce((sum, value) => sum + value ** 2 / 3, 0);
    const bare = (await plain.evaluate(x, y, quiet)) as number;
    expect(await model.evaluate(x, y, quiet)).toBeCloseTo(bare + penalty, 5);
    const [withPenalty] = await model.gradientsOnBatch(x, y);
    const [without] = await plain.gradientsOnBatch(x, y);
    withPenalty.data.forEach((value, i) => {
      expect(value).toBeCloseTo(without.data[i] + (2 / 3) * kernel.data[i], 5);
    });
    penalized.trainable = false;
    model.compile({ optimizer: "sgd", loss: "mse" });
    expect(await model.trainOnBatch(x, y)).toBeCloseTo(bare + penalty, 5);
  });
});

describe("models that share layers", () => {
  const device = openTestDevice();
  const start = () => input({ shape: [3] });

  it("share their values, on the device that the first of them opened, until the last is closed", async () => {
    const x0 = start();
    const hidden = new Dense({ units: 2 }).apply(x0);
    const whole = new Model({ inputs: x0, outputs: new Dense({ units: 1 }).apply(hidden), seed: 1 });
    const part = new Model({ inputs: x0, outputs: hidden, seed: 2 });
    whole.compile({ optimizer: "sgd", loss: "mse" });
    const before = await part.predict(x);
    await whole.fit(x, y, quiet);
    const after = await part.predict(x);
    expect(after.data).not.toEqual(before.data);
    whole.close();
    expect((await part.predict(x)).data).toEqual(after.data);
    part.close();
    await expect(part.predict(x)).rejects.toThrow("was closed");
  });

  it("keep what another one closes, though they never ran", async () => {
    const x0 = start();
    const tensor = new Dense({ units: 2 }).apply(x0);
    using rests = new Model({ inputs: x0, outputs: tensor, seed: 1 });
    const runs = new Model({ inputs: x0, outputs: tensor, seed: 1 });
    const expected = await runs.predict(x);
    runs.close();
    expect(await rests.predict(x)).toEqual(expected);
  });

  it("end with the outer one where they were only layers in it, and give all memory back", async () => {
    const run = async () => {
      const base = new Sequential([new Dense({ units: 2, inputShape: [3] })], { seed: 1 });
      using model = new Sequential([base, new Dense({ units: 1 })], { device: device(), seed: 2 });
      model.compile({ optimizer: "adam", loss: "mse" });
      await model.fit(x, y, quiet);
      return base;
    };
    const base = await run();
    await expect(base.predict(x)).rejects.toThrow("went with its model, which was closed");
    const { buffers } = device().created;
    await run();
    expect(device().created.buffers).toBe(buffers);
  });

  it("outlive the outer one where they run by themselves too", async () => {
    using base = new Sequential([new Dense({ units: 2, inputShape: [3] })], { device: device(), seed: 1 });
    const before = await base.predict(x);
    {
      using model = new Sequential([base, new Dense({ units: 1 })], { device: device(), seed: 2 });
      await model.predict(x);
    }
    expect(await base.predict(x)).toEqual(before);
  });

  it("may see pictures of different sizes", async () => {
    const conv = new Conv2D({ filters: 1, kernelSize: 3 });
    const model = (side: number) => {
      const pictures = input({ shape: [side, side, 1] });
      const flat = new Flatten().apply(conv.apply(pictures));
      return new Model({ inputs: pictures, outputs: flat, device: device() });
    };
    using small = model(3);
    using large = model(4);
    conv.setWeights([array([3, 3, 1, 1], [0, 0, 0, 0, 1, 0, 0, 0, 0]), array([1], [0])]);
    expect([...(await small.predict(numbers([1, 3, 3, 1], 1))).data]).toEqual([numbers([9], 1).data[4]]);
    const wanted = [5, 6, 9, 10].map((i) => numbers([16], 1).data[i]);
    expect([...(await large.predict(numbers([1, 4, 4, 1], 1))).data]).toEqual(wanted);
  });

  it("set and read the weights of a layer alone", async () => {
    const layer = new Dense({ name: "d", units: 1, inputShape: [2] });
    using model = new Sequential([layer], { device: device() });
    layer.setWeights([array([2, 1], [1, 2]), array([1], [3])]);
    expect([...(await model.predict(array([1, 2], [1, 1]))).data]).toEqual([6]);
    expect(await layer.getWeights()).toEqual(await model.getWeights());
    expect(() => layer.setWeights([])).toThrow(
      "You called setWeights(values) with a list of length 0, but the layer was expecting 2 weights.",
    );
  });
});
