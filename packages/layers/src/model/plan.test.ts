import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Device } from "@convscope/kernels";
import { randomArray } from "@convscope/kernels/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  BatchNormalization,
  Conv2D,
  Dense,
  DepthwiseConv2D,
  Dropout,
  Flatten,
  type Layer,
  MaxPooling2D,
  type OptimizerOptions,
  RMSprop,
  Sequential,
} from "../index.ts";

const conv = (filters: number, options = {}) =>
  new Conv2D({ filters, kernelSize: 3, activation: "relu", ...options });

/** The lecture's small CNN, on smaller pictures. */
const smallCnn = (): Layer[] => [
  conv(32, { inputShape: [34, 34, 3] }),
  new MaxPooling2D(),
  conv(32),
  new MaxPooling2D(),
  conv(32),
  new MaxPooling2D(),
  new Flatten(),
  new Dropout({ rate: 0.5 }),
  new Dense({ units: 64, activation: "relu" }),
  new Dense({ units: 1, activation: "sigmoid" }),
];

/** A base in VGG16's form, frozen up to its last block, and a head: fine-tuning. */
function fineTuned(): Layer[] {
  const same = { padding: "same" } as const;
  const base = new Sequential([
    conv(16, { ...same, inputShape: [32, 32, 3] }),
    conv(16, same),
    new MaxPooling2D(),
    conv(32, same),
    conv(32, same),
    new MaxPooling2D(),
    conv(64, same),
    conv(64, same),
    new MaxPooling2D(),
  ]);
  for (const layer of base.layers.slice(0, 6)) layer.trainable = false;
  return [
    base,
    new Flatten(),
    new Dense({ units: 32, activation: "relu" }),
    new Dense({ units: 1, activation: "sigmoid" }),
  ];
}

const mobile = (): Layer[] => [
  conv(8, { strides: 2, useBias: false, activation: "linear", inputShape: [32, 32, 3] }),
  new BatchNormalization(),
  new DepthwiseConv2D({ kernelSize: 3, padding: "same" }),
  new BatchNormalization(),
  new Flatten(),
  new Dense({ units: 1, activation: "sigmoid" }),
];

const networks = { smallCnn, fineTuned, mobile };

function modelOf(layers: readonly Layer[], device: Device, limits: OptimizerOptions = {}): Sequential {
  const model = new Sequential(layers, { device, seed: 1 });
  model.compile({
    optimizer: new RMSprop({ learningRate: 1e-4, ...limits }),
    loss: "binaryCrossentropy",
    metrics: ["acc"],
  });
  return model;
}

/** Everything that a run does with a model, in batches of that size. @returns the bytes of the buffers made for it */
async function madeBy(device: Device, model: Sequential, batchSize: number, file: string): Promise<number> {
  const before = device.bytes;
  const samples = 3 * batchSize;
  const x = randomArray([samples, ...(model.inputShape as number[])], 1);
  const y = { shape: [samples], data: randomArray([samples], 2, 0, 2).data.map(Math.floor) };
  await model.fit(x, y, { batchSize, validationData: [x, y], verbose: 0 });
  await model.predict(x, { batchSize });
  await model.save(file);
  return device.bytes - before;
}

describe("a plan", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "convscope-plan-"));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const steps = ["train", "test", "predict"] as const;
  /** Some small buffers that the device's self-test has left are used first. */
  const LEFT = 8192;

  it.each([
    ["auto", "smallCnn"],
    ["auto", "fineTuned"],
    ["auto", "mobile"],
    ["auto", "mobile", { clipnorm: 1, clipvalue: 0.5 }],
    ["naive", "mobile"],
  ] as const)("is what the device makes in a run, %s kernels, %s", async (kernels, name, limits?) => {
    using device = await Device.open({ kernels });
    for (const batchSize of [5, 20]) {
      // The models stay open: nothing of the first one can be used by the second.
      const model = modelOf(networks[name](), device, limits);
      const before = device.bytes;
      const { total, bytes } = await model.plan({ batchSize, steps });
      expect(device.bytes).toBe(before);
      const made = await madeBy(device, model, batchSize, join(folder, `${kernels}-${name}-${batchSize}.h5`));
      // What results are read through is the device's, and there the second time.
      const shared = batchSize === 5 ? 0 : bytes.reading;
      expect(made).toBeLessThanOrEqual(total);
      expect(made).toBeGreaterThan(total - shared - LEFT);
      expect(total - shared).toBeGreaterThan(100 * LEFT);
    }
  });

  it("names the largest tensor, and asks of an open size and of an unknown step", async () => {
    using device = await Device.open();
    using model = modelOf(networks.smallCnn(), device);
    const { largest } = await model.plan({ batchSize: 3 });
    expect(largest).toEqual({ what: `${model.layers[0].name}'s output`, bytes: 4 * 3 * 32 * 32 * 32 });
    using open = new Sequential([conv(4, { inputShape: [null, null, 3] })], { device });
    await expect(open.plan({ batchSize: 3 })).rejects.toThrow(
      /^\[plan\] .*_input has the shape \(None, None, 3\), which is open: build the model for one size, by an inputShape\.$/,
    );
    await expect(open.plan({ batchSize: 0 })).rejects.toThrow("batchSize");
    using bare = new Sequential([new Dense({ units: 1, inputShape: [2] })], { device });
    await expect(bare.plan({ batchSize: 3, steps: ["train"] })).rejects.toThrow("You must compile a model");
    await expect(bare.plan({ batchSize: 3, steps: ["fly" as "train"] })).rejects.toThrow("steps");
  });
});
