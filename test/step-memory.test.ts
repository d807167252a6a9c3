import type { Created, Device, NdArray } from "@convscope/kernels";
import { kernelChoices, openTestDevice, randomArray } from "@convscope/kernels/testing";
import { type Batch, Conv2D, Dense, Dropout, Flatten, MaxPooling2D, Sequential } from "@convscope/layers";
import { describe, expect, it } from "vitest";

const BATCH = 6;
const SHORT = 2;
/** Every so many batches one is short, as the last of a pass over the data is. */
const PASS = 7;

/** The lecture's network, tiny: every kind of layer that a step of it records. */
function tinyNetwork(device: Device): Sequential {
  const model = new Sequential(
    [
      new Conv2D({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [11, 9, 3] }),
      new MaxPooling2D(),
      new Conv2D({ filters: 5, kernelSize: [3, 2], padding: "same", activation: "relu" }),
      new MaxPooling2D(),
      new Flatten(),
      new Dropout({ rate: 0.5 }),
      new Dense({ units: 7, activation: "tanh" }),
      new Dense({ units: 1, activation: "sigmoid" }),
    ],
    { device, seed: 1 },
  );
  model.compile({ optimizer: "rmsprop", loss: "binaryCrossentropy", metrics: ["acc"] });
  return model;
}

function batchOf(samples: number): Batch & { readonly y: NdArray } {
  const { data } = randomArray([samples], samples, 0, 2);
  return {
    x: randomArray([samples, 11, 9, 3], samples),
    y: { shape: [samples], data: data.map(Math.floor) },
  };
}

const whole = batchOf(BATCH);
const short = batchOf(SHORT);

/** Batches without end, every PASS-th of them short. */
function* batches(): Generator<Batch, never> {
  for (let step = 1; ; step++) yield step % PASS === 0 ? short : whole;
}

describe.each(kernelChoices)("the memory of training, %s kernels", (kernels) => {
  const device = openTestDevice(kernels);

  /** What is created in the meantime. */
  async function createdBy(work: () => Promise<unknown>): Promise<Created> {
    const before = { ...device().created };
    await work();
    const { buffers, pipelines, bindGroups } = device().created;
    return {
      buffers: buffers - before.buffers,
      pipelines: pipelines - before.pipelines,
      bindGroups: bindGroups - before.bindGroups,
    };
  }
  const nothing: Created = { buffers: 0, pipelines: 0, bindGroups: 0 };

  it("grows in the first step of each kind, and never again", async () => {
    using model = tinyNetwork(device());
    const first = await createdBy(() => model.trainOnBatch(whole.x, whole.y));
    // The counters count: a first step cannot do without.
    for (const count of Object.values(first)) expect(count).toBeGreaterThan(0);
    const steps = async () => {
      for (let step = 1; step <= 100; step++) {
        const { x, y } = step % PASS === 0 ? short : whole;
        await model.trainOnBatch(x, y);
      }
    };
    expect(await createdBy(steps)).toEqual(nothing);

    await model.testOnBatch(whole.x, whole.y);
    await model.predictOnBatch(whole.x);
    // A short prediction is read through a buffer of its own size.
    await model.predictOnBatch(short.x);
    const others = async () => {
      for (const { x, y } of [short, whole, short, whole]) {
        await model.testOnBatch(x, y);
        await model.predictOnBatch(x);
        await model.trainOnBatch(x, y);
      }
    };
    expect(await createdBy(others)).toEqual(nothing);
  });

  it("does not grow in fit, evaluate and predict, which have several steps on their way", async () => {
    using model = tinyNetwork(device());
    await model.trainOnBatch(whole.x, whole.y);
    await model.testOnBatch(whole.x, whole.y);
    await model.predict(batches(), { steps: PASS });
    const options = {
      stepsPerEpoch: PASS,
      epochs: Math.ceil(100 / PASS),
      validationData: batches(),
      validationSteps: PASS,
      verbose: 0,
    } as const;
    const fit = () => model.fit(batches(), options);
    expect(await createdBy(fit)).toEqual(nothing);
    expect(await createdBy(() => model.evaluate(batches(), { steps: 2 * PASS, verbose: 0 }))).toEqual(
      nothing,
    );
    expect(await createdBy(() => model.predict(batches(), { steps: 2 * PASS, verbose: 0 }))).toEqual(nothing);
  });

  it("may begin with a short batch: then the first whole one is the last to create anything", async () => {
    using model = tinyNetwork(device());
    await model.trainOnBatch(short.x, short.y);
    await model.trainOnBatch(whole.x, whole.y);
    const steps = async () => {
      for (const { x, y } of [short, whole, short, whole]) await model.trainOnBatch(x, y);
    };
    expect(await createdBy(steps)).toEqual(nothing);
  });
});
