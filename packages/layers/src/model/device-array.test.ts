// Batches whose x is made on the device, as a data package's augmentation makes them.
import { augment, type Device, type DeviceArray, type NdArray } from "@convscope/kernels";
import { openTestDevice } from "@convscope/kernels/testing";
import { describe, expect, it, vi } from "vitest";
import { Flatten } from "../layers/core.ts";
import { Dense } from "../layers/dense.ts";
import { array, endless, toyPictures } from "../testing/index.ts";
import { Sequential } from "./sequential.ts";

const quiet = { verbose: 0 } as const;
const rescale = Math.fround(1 / 255);
const data = toyPictures(7);
/** The pictures as bytes hold them. */
const bytesOf = (x: NdArray) => Uint8Array.from(x.data, (value) => Math.round(value * 255));
const rounded = {
  ...data,
  x: { ...data.x, data: Float32Array.from(bytesOf(data.x), (byte) => byte * rescale) },
};

/** Sent up as bytes, and rescaled on the device. */
function asBytes(x: NdArray): DeviceArray {
  const bytes = bytesOf(x);
  return {
    shape: x.shape,
    upload(scope) {
      const tensor = scope.tensor(x.shape, "uint8");
      scope.device.write(tensor, bytes);
      return augment(
        scope,
        tensor,
        Array.from({ length: x.shape[0] }, () => ({})),
        { rescale },
      );
    },
  };
}

function* uploaded(given: Iterable<{ x: NdArray; y: NdArray }>) {
  for (const { x, y } of given) yield { x: asBytes(x), y };
}

function toyModel(device: Device): Sequential {
  const layers = [
    new Flatten({ name: "flat", inputShape: [8, 8, 1] }),
    new Dense({ name: "out", units: 1, activation: "sigmoid" }),
  ];
  const model = new Sequential(layers, { name: "toy", device, seed: 1 });
  model.compile({ optimizer: "sgd", loss: "binary_crossentropy", metrics: ["acc"] });
  return model;
}

describe("a batch that is made on the device", () => {
  const device = openTestDevice();

  it("trains, validates, evaluates and predicts as the same batch from here", async () => {
    const pass = { steps: 2 };
    const results = [];
    for (const source of [() => endless(rounded, 4), () => uploaded(endless(data, 4))]) {
      using model = toyModel(device());
      const options = { ...quiet, epochs: 3, stepsPerEpoch: 2, validationData: source(), validationSteps: 2 };
      const { history } = await model.fit(source(), options);
      const evaluated = await model.evaluate(source(), { ...quiet, ...pass });
      const predicted = await model.predict(source(), pass);
      results.push({ history, evaluated, predicted, weights: await model.getWeights() });
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[0].history.loss[2]).toBeLessThan(results[0].history.loss[0]);
  });

  it("is taken by the calls for one batch", async () => {
    const results = [];
    for (const x of [rounded.x, asBytes(data.x)]) {
      using model = toyModel(device());
      results.push([
        await model.trainOnBatch(x, data.y, { classWeight: { 0: 1, 1: 2 } }),
        await model.testOnBatch(x, data.y, { sampleWeight: array([7], [1, 2, 3, 4, 5, 6, 7]) }),
        await model.predictOnBatch(x),
        await model.gradientsOnBatch(x, data.y),
      ]);
    }
    expect(results[1]).toEqual(results[0]);
  });

  it("costs no hand-over of its own, and creates nothing after the first step", async () => {
    using model = toyModel(device());
    const submit = vi.spyOn(GPUQueue.prototype, "submit");
    const handOvers = async (x: NdArray | DeviceArray) => {
      const before = submit.mock.calls.length;
      await model.trainOnBatch(x, data.y);
      return submit.mock.calls.length - before;
    };
    await handOvers(asBytes(data.x));
    const created = { ...device().created };
    const ofBytes = await handOvers(asBytes(data.x));
    expect(device().created).toEqual(created);
    expect(ofBytes).toBe(await handOvers(data.x));
    expect(ofBytes).toBeGreaterThan(0);
    submit.mockRestore();
  });

  it("is checked as arrays are", async () => {
    using model = toyModel(device());
    const train = (change: object) => model.trainOnBatch({ ...asBytes(data.x), ...change }, data.y);
    await expect(train({ shape: [7, 8, 9, 1] })).rejects.toThrow(
      "Error when checking input: expected flat_input to have shape (8, 8, 1) but got array with shape (8, 9, 1)",
    );
    await expect(train({ shape: [6, 8, 8, 1] })).rejects.toThrow(
      "Found 6 input samples and 7 target samples.",
    );
    await expect(train({ shape: "7" })).rejects.toThrow(
      '[model] x.shape is "7", must be a list of whole numbers, the samples first.',
    );
    await expect(train({ upload: asBytes(array([1, 8, 8, 1], Array(64).fill(0))).upload })).rejects.toThrow(
      "[model] x.upload gave a tensor of float32 (1, 8, 8, 1), must be of float32 (7, 8, 8, 1).",
    );
    await expect(train({})).resolves.toHaveLength(2);
  });
});
