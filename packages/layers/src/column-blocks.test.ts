import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Device, type NdArray, RandomStream } from "@convscope/kernels";
import { expectClose, openTestDevice, randomArray, wholeNumbers } from "@convscope/kernels/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blockWidths, placeBlocks } from "./column-blocks.ts";
import { zeros } from "./initializers.ts";
import { Conv2D } from "./layers/conv2d.ts";
import { Dense, type DenseOptions } from "./layers/dense.ts";
import type { AnyModel } from "./model/base-model.ts";
import { Sequential } from "./model/sequential.ts";
import { Adam, type Optimizer, RMSprop, SGD } from "./optimizers.ts";
import { l2 } from "./regularizers.ts";
import { loadModel } from "./saving/load-model.ts";
import { Weight } from "./weight.ts";

const MiB = 2 ** 20;

describe("blocks of columns", () => {
  it.each([
    ["VGG16's fc1 where 128 MiB are bound", 128 * MiB, [25088, 4096], [1024, 1024, 1024, 1024]],
    ["where 256 MiB are", 256 * MiB, [25088, 4096], [2048, 2048]],
    ["where all of it is", 512 * MiB, [25088, 4096], [4096]],
    ["whole tiles, the rest last", 4 * 10 * 150, [10, 300], [128, 128, 44]],
    ["whole quads of few columns", 12800, [64, 100], [36, 36, 28]],
    ["of single columns", 4 * 10 * 3, [10, 8], [3, 3, 2]],
    ["columns that do not fit themselves stay together, to be refused", 4 * 9, [10, 8], [8]],
  ])("%s", (_, largest, shape, widths) => {
    expect(blockWidths(largest, shape)).toEqual(widths);
  });
});

/** Binds 12.5 KiB: a kernel of 64 × 100 lies there in blocks of 36, 36 and 28 columns. */
describe("a Dense layer on a device that does not bind its kernel", () => {
  const device = openTestDevice();
  let opened: Device | undefined;
  beforeAll(async () => {
    opened = await Device.open({ limits: { maxStorageBufferBindingSize: 12800 } });
  });
  afterAll(() => opened?.close());
  const small = () => opened as Device;

  const network = (on: Device, options: Partial<DenseOptions> = {}) =>
    new Sequential(
      [
        new Dense({ name: "below", units: 64, inputShape: [8] }),
        new Dense({
          name: "large",
          units: 100,
          activation: "relu",
          biasInitializer: "randomNormal",
          ...options,
        }),
        new Dense({ name: "above", units: 4 }),
      ],
      { device: on, seed: 5 },
    );
  const bits = async (model: AnyModel) => (await model.getWeights()).map(({ data }) => [...data]);
  const x = randomArray([6, 8], 1);
  const y = randomArray([6, 4], 2);

  it("begins with the same numbers, and gives the same bits", async () => {
    for (const activation of ["relu", "tanh", "softmax", "linear"] as const) {
      using whole = network(device(), { activation });
      using split = network(small(), { activation });
      expect(await split.predict(x)).toEqual(await whole.predict(x));
      expect(await bits(split)).toEqual(await bits(whole));
      expect(split.countParams()).toBe(whole.countParams());
    }
  });

  it("has the same gradients, of what is below it too", async () => {
    const [wholeX, wholeY] = [wholeNumbers([2, 8], 3, -1, 1), wholeNumbers([2, 4], 4, -1, 1)];
    const gradients = async (on: Device) => {
      using model = network(on);
      const weights = await model.getWeights();
      model.setWeights(weights.map(({ shape }, i) => wholeNumbers(shape, 10 + i, -1, 1)));
      model.compile({ optimizer: "sgd", loss: "mse" });
      return await model.gradientsOnBatch(wholeX, wholeY);
    };
    const [whole, split] = [await gradients(device()), await gradients(small())];
    // All sums are exact here, in whatever order: whole numbers, and eighths of them.
    expect(split).toEqual(whole);
    for (const { data } of whole) expect(data.some((value) => value !== 0)).toBe(true);
  });

  it.each<[string, () => Optimizer]>([
    ["RMSprop", () => new RMSprop({ decay: 0.1 })],
    ["SGD with momentum", () => new SGD({ learningRate: 0.1, momentum: 0.9 })],
    ["SGD", () => new SGD()],
    ["AMSGrad", () => new Adam({ amsgrad: true })],
  ])("trains to the same bits by %s, and goes on in a file on another device", async (_, optimizer) => {
    const folder = await mkdtemp(join(tmpdir(), "convscope-layers-"));
    const path = join(folder, "model.h5");
    try {
      // No layer below, whose gradient is a sum over the blocks, and no bias, whose gradient is summed by another kernel.
      const trained = async (on: Device) => {
        const model = new Sequential(
          [
            new Dense({
              units: 100,
              inputShape: [64],
              useBias: false,
              kernelRegularizer: l2(),
              activation: "tanh",
            }),
            new Dense({ units: 4 }),
          ],
          { device: on, seed: 5 },
        );
        model.compile({ optimizer: optimizer(), loss: "mse" });
        return train(model, 2);
      };
      const train = async (model: AnyModel, epochs: number) => {
        const options = { epochs, initialEpoch: epochs - 2, batchSize: 4, verbose: 0 } as const;
        await model.fit(randomArray([6, 64], 6), y, options);
        return model;
      };
      const [whole, split] = [await trained(device()), await trained(small())];
      expect(await bits(split)).toEqual(await bits(whole));
      await split.save(path);
      const onOther = await loadModel(path, { device: device() });
      const back = await loadModel(path, { device: small() });
      const [wanted, ...others] = await Promise.all(
        [whole, split, onOther, back].map(async (model) => bits(await train(model, 4))),
      );
      for (const other of others) expect(other).toEqual(wanted);
      for (const model of [whole, split, onOther, back]) model.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("counts with all its blocks in the norm of gradients", async () => {
    // It binds what the threads' sums take.
    using other = await Device.open({ limits: { maxStorageBufferBindingSize: 65536 } });
    const values = wholeNumbers([64, 600], 7);
    const stepped = async (on: Device, blocks: number) => {
      const weight = new Weight("w", [64, 600], zeros(), { isSplittable: true });
      weight.initialize(new RandomStream(1, "test"));
      weight.place(on);
      expect(weight.blocks.length).toBe(blocks);
      const widths = weight.blocks.map(({ tensor }) => tensor.shape[1]);
      const gradients = placeBlocks(on, [64, 600], widths, values.data);
      using scope = on.scope();
      const optimizer = new SGD({ learningRate: 1, clipnorm: 3, clipvalue: 0.1 });
      optimizer.step(scope, [weight], new Map(weight.blocks.map((block, i) => [block, gradients[i]])));
      return (await weight.read()).data;
    };
    // The sum of squares of whole numbers is exact.
    const [whole, split] = [await stepped(device(), 1), await stepped(other, 3)];
    expectClose(split, whole, { absolute: 0, relative: 0 });
    const norm = Math.sqrt(values.data.reduce((sum, value) => sum + value ** 2, 0));
    const wanted = values.data.map((value) => -Math.max(-0.1, Math.min(0.1, (value * 3) / norm)));
    expectClose(whole, wanted);
  });

  it("takes weights, before it is on the device and there, and gives them back", async () => {
    using model = network(small());
    const before = wholeNumbers([64, 100], 1);
    const there = wholeNumbers([64, 100], 2);
    const set = (kernel: NdArray) => model.getLayer("large").setWeights([kernel, randomArray([100], 3)]);
    set(before);
    await model.predict(x);
    expect((await model.getLayer("large").getWeights())[0]).toEqual(before);
    set(there);
    expect((await model.getLayer("large").getWeights())[0]).toEqual(there);
  });

  it("shows the blocks on the tape", async () => {
    using model = network(small());
    model.compile({ optimizer: "sgd", loss: "mse" });
    expect(await model.tapeOnBatch(x, y)).toContain("w large/kernel:0[:, 36:72]* [64,36])");
    expect(() => model.getLayer("large").weights[0].tensor).toThrow(
      "[weight] large/kernel:0 lies on its device in 3 tensors: see its blocks.",
    );
  });

  it("gives all its memory back", async () => {
    const run = async () => {
      using model = network(small());
      model.compile({ optimizer: "rmsprop", loss: "mse" });
      await model.trainOnBatch(x, y);
      await model.getWeights();
    };
    await run();
    const { buffers } = small().created;
    await run();
    expect(small().created.buffers).toBe(buffers);
  });

  it("says of everything else that is too large what it is", async () => {
    const conv = (filters: number) =>
      new Conv2D({ name: "conv", filters, kernelSize: 3, inputShape: [8, 8, 4] });
    const predict = async (model: Sequential, batch: number) => {
      using own = model;
      await own.predictOnBatch(randomArray([batch, 8, 8, 4], 1));
    };
    await expect(predict(new Sequential([conv(128)], { device: small() }), 1)).rejects.toThrow(
      /^\[conv\/kernel:0\] a tensor \[3,3,4,128\] takes 0\.018 MiB, and .+ binds 0\.012 MiB of a buffer at most: use fewer units or filters, or another device\.$/,
    );
    await expect(predict(new Sequential([conv(16)], { device: small() }), 6)).rejects.toThrow(
      /^\[conv\] a tensor \[6,6,6,16\] takes 0\.013 MiB, .+: use a smaller batch, or smaller pictures\.$/,
    );
    await expect(predict(new Sequential([conv(4)], { device: small() }), 13)).rejects.toThrow(
      /^\[conv_input\] a tensor \[13,8,8,4\] takes/,
    );
  });
});
