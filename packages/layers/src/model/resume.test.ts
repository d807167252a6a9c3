import { openTestDevice } from "@convscope/kernels/testing";
import { describe, expect, it } from "vitest";
import { LearningRateScheduler } from "../callbacks/index.ts";
import type { History } from "../history.ts";
import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Dropout } from "../layers/core.ts";
import { Dense } from "../layers/dense.ts";
import { Adam } from "../optimizers.ts";
import { loadModel } from "../saving/load-model.ts";
import { modelBytes } from "../saving/save-model.ts";
import { array, batches, collectOutput } from "../testing/index.ts";
import type { Model } from "./model.ts";
import type { FitOptions } from "./options.ts";
import type { FitPosition } from "./position.ts";
import { Sequential } from "./sequential.ts";
import type { BatchSource } from "./sources.ts";

type Trained = Sequential | Model;

/** 11 samples: batches of 4, 4 and 3. */
const numbers = (shape: number[], step: number) =>
  array(
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => ((i * step) % 13) / 13 - 0.4),
  );
const x = numbers([11, 3], 7);
const y = array(
  [11],
  Array.from({ length: 11 }, (_, i) => i % 2),
);
const STEPS = 3;
const EPOCHS = 2;

/** What is left of a process that ended: bytes of a file, and text. */
interface Saved {
  readonly model: Uint8Array;
  readonly position: string;
  readonly history: History;
}

describe("a fit that goes on from a position", () => {
  const device = openTestDevice();

  function build(): Sequential {
    const model = new Sequential(
      [
        new Dense({ name: "a", units: 6, activation: "relu", inputShape: [3] }),
        new BatchNormalization({ name: "b" }),
        new Dropout({ name: "c", rate: 0.5 }),
        new Dense({ name: "d", units: 1, activation: "sigmoid" }),
      ],
      { device: device(), seed: 5 },
    );
    const optimizer = new Adam({ learningRate: 0.02, decay: 0.1 });
    model.compile({ optimizer, loss: "binaryCrossentropy", metrics: ["acc"] });
    return model;
  }

  const options = (): FitOptions => ({
    epochs: EPOCHS,
    verbose: 0,
    // From the rate before: called twice for an epoch it would show.
    callbacks: [new LearningRateScheduler({ schedule: (epoch, rate) => (epoch === 0 ? rate : rate * 0.5) })],
  });

  const stateOf = async (model: Trained) => [
    (await model.getWeights()).map(({ data }) => [...data]),
    (await model.optimizer!.getWeights(model.trained)).map(({ data }) => [...data]),
    model.optimizer!.hyperparameters,
    model.stepsDone,
  ];

  async function saved(model: Trained, position: FitPosition, history: History): Promise<Saved> {
    const [bytes] = (await modelBytes(model)).values();
    return { model: bytes, position: JSON.stringify(position), history: structuredClone(history) };
  }

  /** Trains in one go, saving all positions; then goes on from each, in a model of the file alone. */
  async function expectSameBits(
    fit: (model: Trained, options: FitOptions, position?: FitPosition) => Promise<History>,
  ) {
    using model = build();
    const left: Saved[] = [];
    const { history } = await fit(model, {
      ...options(),
      checkpointSteps: 1,
      onCheckpoint: async (position, soFar) => void left.push(await saved(model, position, soFar)),
    });
    const wanted = await stateOf(model);
    // Saving waits for the device: a run without is the same.
    using undisturbed = build();
    expect((await fit(undisturbed, options())).history).toEqual(history);
    expect(await stateOf(undisturbed)).toEqual(wanted);

    const positions = left.map(({ position }) => JSON.parse(position) as FitPosition);
    expect(positions.map(({ epoch, step }) => [epoch, step])).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 0],
      [1, 1],
      [1, 2],
      [1, 3],
      [2, 0],
    ]);
    for (const [i, position] of positions.entries()) {
      using other = await loadModel(left[i].model, { device: device() });
      const rest = await fit(other, { ...options(), position }, position);
      const before = left[i].history.history;
      const both = Object.fromEntries(
        Object.keys(history).map((name) => [name, [...(before[name] ?? []), ...(rest.history[name] ?? [])]]),
      );
      expect(both, `from ${left[i].position}`).toEqual(history);
      expect(await stateOf(other), `from ${left[i].position}`).toEqual(wanted);
    }
  }

  it.each([true, "batch" as const])(
    "comes to the same bits from every step, on arrays (shuffle: %s)",
    async (shuffle) => {
      await expectSameBits((model, given) =>
        model.fit(x, y, { ...given, batchSize: 4, shuffle, validationData: [x, y] }),
      );
    },
  );

  it("comes to the same bits from every step, on iterators that stand where they stood", async () => {
    /** The batches of passes without an end, after `taken` of them. */
    const from = (taken: number): BatchSource => {
      const all = [...batches({ x, y }, 4)];
      let n = taken;
      return { next: () => ({ done: false, value: all[n++ % all.length] }) };
    };
    // The validation's arrays are cut by the largest batch so far; its last batches would be others by the rest alone.
    await expectSameBits((model, given, { epoch, step } = { epoch: 0, step: 0 } as FitPosition) =>
      model.fit(from(epoch * STEPS + step), { ...given, stepsPerEpoch: STEPS, validationData: [x, y] }),
    );
    await expectSameBits((model, given, { epoch, step } = { epoch: 0, step: 0 } as FitPosition) =>
      model.fit(from(epoch * STEPS + step), {
        ...given,
        stepsPerEpoch: STEPS,
        validationData: from(epoch * 2),
        validationSteps: 2,
      }),
    );
  });

  it("refuses a position that is another training's", async () => {
    using model = build();
    const position = { epoch: 0, step: 1, samples: 4, sums: [1, 2], largestBatch: 4 };
    const fit = (given: FitOptions) => model.fit(x, y, { verbose: 0, batchSize: 4, epochs: 2, ...given });
    await expect(fit({ position, initialEpoch: 1 })).rejects.toThrow(
      "[fit] position and initialEpoch both say where to begin: give one of them.",
    );
    await expect(fit({ position: { ...position, sums: [1] } })).rejects.toThrow(
      "[fit] position.sums holds 1 values, but this model tells 2, loss and metrics: the position is another training's.",
    );
    await expect(fit({ position: { ...position, step: 4 } })).rejects.toThrow(
      "[fit] position.step is 4, but an epoch has 3 steps: the batches are others.",
    );
    await expect(fit({ position })).rejects.toThrow(
      "[fit] position.step is 1, but the model has done 0 steps in all: load the model that was saved with this position",
    );
    await expect(fit({ position: { ...position, epoch: 0.5 } })).rejects.toThrow(
      "[fit] position.epoch must be a whole number of at least 0, got 0.5.",
    );
  });

  it("shows the epoch's progress from there, and its mean over all of it", async () => {
    using model = build();
    model.resumeAt(2);
    const output = collectOutput(true);
    const position = { epoch: 1, step: 2, samples: 8, sums: [8 * 100, 0], largestBatch: 4 };
    const { history } = await model.fit(x, y, { batchSize: 4, epochs: 2, position, output });
    expect(output.text).toMatch(/^Epoch 2\/2\n\r?.*11\/11 \[=+\]/);
    expect(history.loss[0]).toBeGreaterThan(800 / 11);
    expect(model.stepsDone).toBe(3);
  });
});
