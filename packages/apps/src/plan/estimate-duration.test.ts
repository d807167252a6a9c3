import { openTestDevice, randomArray } from "@convscope/kernels/testing";
import { BatchNormalization, Dense, Dropout, Sequential } from "@convscope/layers";
import { describe, expect, it } from "vitest";
import { durationLines, estimateDuration } from "./estimate-duration.ts";

describe("estimateDuration", () => {
  const device = openTestDevice();
  const x = randomArray([40, 6], 1);
  const y = { shape: [40, 1], data: randomArray([40], 2, 0, 2).data.map(Math.floor) };

  /** What depends on the number of steps (dropout), and what a step changes besides weights (moving averages). */
  function modelOf(): Sequential {
    const layers = [
      new Dense({ units: 8, activation: "relu", inputShape: [6] }),
      new BatchNormalization(),
      new Dropout({ rate: 0.5 }),
      new Dense({ units: 1, activation: "sigmoid" }),
    ];
    const model = new Sequential(layers, { device: device(), seed: 3 });
    model.compile({ optimizer: "adam", loss: "binaryCrossentropy", metrics: ["acc"] });
    return model;
  }

  const request = { training: { x, y }, validation: { x, y }, batchSize: 8, epochs: 3, stepsPerEpoch: 5 };

  it("changes nothing: a training after it comes to the same bits", async () => {
    const results = [];
    for (const isMeasured of [true, false]) {
      using model = modelOf();
      const before = await model.getWeights();
      if (isMeasured) {
        const duration = await estimateDuration({ ...request, model, device: device(), validationSteps: 5 });
        const { seconds, training, validation } = duration!;
        expect(seconds).toBeCloseTo(15 * training.step + 15 * validation!.step, 9);
        expect(training.step).toBeGreaterThan(0);
        expect(await model.getWeights()).toEqual(before);
        expect([model.stepsDone, model.optimizer!.iterations]).toEqual([0, 0]);
      }
      const { history } = await model.fit(x, y, { batchSize: 8, epochs: 3, verbose: 0 });
      results.push({ history, weights: await model.getWeights() });
    }
    expect(results[0]).toEqual(results[1]);
  });

  it("takes batches where they are, and counts how fast they come", async () => {
    using model = modelOf();
    const asked: number[][] = [];
    const slow = {
      length: 2,
      async batch(pass: number, index: number) {
        asked.push([pass, index]);
        await new Promise((resolve) => setTimeout(resolve, 200));
        return { x, y };
      },
    };
    const duration = await estimateDuration({ ...request, model, device: device(), training: slow });
    // One alone, then four at a time: 50 ms each.
    expect(asked).toEqual([
      [0, 0],
      [0, 0],
      [0, 1],
      [0, 0],
      [0, 1],
    ]);
    expect(duration!.training.step).toBeGreaterThan(0.049);
    expect(duration!.validation).toBeUndefined();
  });

  it("says nothing of a run that is nearly over, and ends when it is told to", async () => {
    using model = modelOf();
    const near = { ...request, model, device: device(), position: { epoch: 2, step: 1 } };
    expect(await estimateDuration(near)).toBeUndefined();
    const signal = AbortSignal.abort(new Error("stop"));
    await expect(estimateDuration({ ...request, model, device: device(), signal })).rejects.toThrow("stop");
  });
});

describe("durationLines", () => {
  const training = { step: 0.52, loading: 0, first: 9 };
  const validation = { step: 0.14, loading: 0.03, first: 3 };
  const extent = { epochs: 30, stepsPerEpoch: 100, validationSteps: 50 };

  it.each([
    [
      { seconds: 1770, training, validation },
      extent,
      "Duration: about 30 min: 30 epochs of 100 steps at 0.52 s, 50 validation batches each at 0.14 s (0.03 s of it for pictures). Compiling took 12 s, once.",
    ],
    [
      { seconds: 1031.2, training, validation: undefined },
      { ...extent, position: { epoch: 10, step: 17 } },
      "Duration: about 17 min for what is left: 83 steps of epoch 11 and 19 epochs of 100 steps at 0.52 s. Compiling took 9 s, once.",
    ],
    [
      { seconds: 12.2, training, validation },
      { ...extent, position: { epoch: 29, step: 90 } },
      "Duration: about 12 s for what is left: 10 steps of epoch 30 at 0.52 s, 50 validation batches at 0.14 s (0.03 s of it for pictures). Compiling took 12 s, once.",
    ],
  ])("says it in words", (duration, run, text) => {
    const lines = durationLines(duration, run);
    expect(lines.join(" ")).toBe(text);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });
});
