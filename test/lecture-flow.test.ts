// The lecture's flow from a pretrained base to a fine-tuned model in a file, and back into models that are frozen otherwise.
import { join } from "node:path";
import { hasShared, sharedPath } from "@convscope/data/testing";
import type { NdArray } from "@convscope/kernels";
import { openTestDevice } from "@convscope/kernels/testing";
import {
  Dense,
  Flatten,
  loadModel,
  MobileNet,
  type Model,
  RMSprop,
  readModelFile,
  Sequential,
} from "@convscope/layers";
import { keptFolder, removeFolder } from "@convscope/storage/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pets } from "./pets.ts";
import { narrowVgg16, randomVgg16Notop, vgg16NotopFile } from "./vgg16-notop.ts";

interface Base {
  /** Builds it, with its weights. */
  readonly build: () => Promise<Model>;
  /** The first layer of the last block, which is fine-tuned. */
  readonly lastBlock: string;
  /** Trainable and other tensors of base and head: as it was built, with the base frozen, with the last block thawed. */
  readonly counts: readonly (readonly [number, number])[];
}

const mobilenetFile = "data/mobilenet/mobilenet_2_5_224_tf_no_top.h5";

type Values = ReadonlyMap<string, Float32Array>;

describe("the lecture's flow", () => {
  const device = openTestDevice();
  let folder = "";
  let vgg16File = new Uint8Array() as Uint8Array;
  let [x, y]: NdArray[] = [];
  beforeAll(async () => {
    folder = await keptFolder();
    ({ x, y } = await pets(folder, 2, 32));
    vgg16File = await vgg16NotopFile(randomVgg16Notop(1, 8));
  });
  afterAll(() => removeFolder(folder));

  const inputShape = [32, 32, 3];
  const vgg16: Base = {
    async build() {
      const base = narrowVgg16(inputShape, 8);
      await base.loadWeights(vgg16File);
      return base;
    },
    lastBlock: "block5_conv1",
    counts: [
      [30, 0],
      [4, 26],
      [10, 20],
    ],
  };
  const mobilenet: Base = {
    build: () =>
      MobileNet({ alpha: 0.25, includeTop: false, weights: sharedPath(mobilenetFile), inputShape }),
    lastBlock: "conv_dw_13",
    // 27 convolutions, each with a batch normalization, which has two trainable tensors and two that are not.
    counts: [
      [81 + 4, 54],
      [4, 135],
      [6 + 4, 129],
    ],
  };

  /** The base with the lecture's classifier on it. */
  const headed = (base: Model) =>
    new Sequential(
      [
        base,
        new Flatten(),
        new Dense({ name: "dense_1", units: 256, activation: "relu" }),
        new Dense({ name: "dense_2", units: 1, activation: "sigmoid" }),
      ],
      { device: device(), seed: 7 },
    );

  /** The values of each weight, by its name. */
  const valuesOf = async ({ weights }: Model | Sequential) =>
    new Map(
      await Promise.all(weights.map(async (weight) => [weight.name, (await weight.read()).data] as const)),
    );

  /** The names of those that are not the same to the bit. */
  const differing = (a: Values, b: Values) =>
    [...a.keys()].filter((name) => !bytesOf(a, name).equals(bytesOf(b, name)));
  const bytesOf = (values: Values, name: string) => {
    const { buffer, byteOffset, byteLength } = values.get(name)!;
    return Buffer.from(buffer, byteOffset, byteLength);
  };

  async function follow(name: string, { build, lastBlock, counts }: Base): Promise<void> {
    const path = join(folder, `${name}.h5`);
    const base = await build();
    using model = headed(base);
    const countsNow = () => [model.trainableWeights.length, model.nonTrainableWeights.length];
    /** Compiles and trains. @returns the names of the weights that have other values then */
    const trained = async (learningRate: number) => {
      model.compile({
        loss: "binaryCrossentropy",
        optimizer: new RMSprop({ learningRate }),
        metrics: ["acc"],
      });
      const before = await valuesOf(model);
      await model.fit(x, y, { epochs: 2, batchSize: 4, verbose: 0 });
      return differing(before, await valuesOf(model));
    };
    const head = ["dense_1/kernel:0", "dense_1/bias:0", "dense_2/kernel:0", "dense_2/bias:0"];
    expect(countsNow()).toEqual(counts[0]);

    base.trainable = false;
    expect(countsNow()).toEqual(counts[1]);
    expect(await trained(2e-5)).toEqual(head);

    base.trainable = true;
    let setTrainable = false;
    for (const layer of base.layers) {
      if (layer.name === lastBlock) setTrainable = true;
      layer.trainable = setTrainable;
    }
    expect(countsNow()).toEqual(counts[2]);
    const thawed = base.layers.slice(base.layers.findIndex((layer) => layer.name === lastBlock));
    expect((await trained(1e-5)).toSorted()).toEqual(
      [...thawed.flatMap(({ weights }) => weights.map((weight) => weight.name)), ...head].toSorted(),
    );

    const wanted = (await model.predict(x)).data;
    await model.save(path);
    const weightsPath = join(folder, `${name}-weights.h5`);
    await model.saveWeights(weightsPath);
    // In the file the thawed block comes first, as Keras has it: by their order its weights would go elsewhere.
    const inFile = (await readModelFile(path)).layers[0].weights.map((weight) => weight.name);
    expect(inFile[0].startsWith(`${lastBlock}/`)).toBe(true);

    for (const freeze of [true, false]) {
      const other = await build();
      other.trainable = !freeze;
      using copy = headed(other);
      expect((await copy.predict(x)).data).not.toEqual(wanted);
      expect(copy.weights.map((weight) => weight.name)).not.toEqual(
        model.weights.map((weight) => weight.name),
      );
      await copy.loadWeights(freeze ? path : weightsPath);
      expect((await copy.predict(x)).data).toEqual(wanted);
    }

    using loaded = await loadModel(path, { device: device() });
    expect((await loaded.predict(x)).data).toEqual(wanted);
    expect([loaded.trainableWeights.length, loaded.nonTrainableWeights.length]).toEqual(counts[2]);
    expect(await loaded.trainOnBatch(x, y)).toEqual(await model.trainOnBatch(x, y));
    expect(differing(await valuesOf(loaded), await valuesOf(model))).toEqual([]);
  }

  it("on VGG16 with an eighth of its channels, from a file of Keras 1", () => follow("vgg16", vgg16));
  it.skipIf(!hasShared(mobilenetFile))("on MobileNet 0.25, with its real weights", () =>
    follow("mobilenet", mobilenet),
  );
});
