import { describe, expect, it } from "vitest";
import { LambdaCallback } from "../callbacks/index.ts";
import { array, collectOutput, withoutTimes } from "../testing/index.ts";
import { type Arrays, type Batch, checkArray } from "./batch.ts";
import { evaluate, fit, progressOf, splitAt, type Trainer } from "./fit.ts";
import type { FitOptions } from "./options.ts";
import { ArraySource, IteratorSource } from "./sources.ts";

/** A model that has a loss of 1/(step+1) and an accuracy of its x's mean; validating, a loss of 2 and its x's mean. */
function fakeTrainer(): Trainer & { readonly sizes: number[]; readonly testSizes: number[] } {
  let steps = 0;
  const xOf = ({ x }: Batch) => checkArray("x", [x].flat()[0]);
  const meanOf = (batch: Batch) => {
    const { data } = xOf(batch);
    return data.reduce((sum, value) => sum + value, 0) / data.length;
  };
  const sizes: number[] = [];
  const testSizes: number[] = [];
  const handOver = (sizesOfMode: number[], batch: Batch, loss: number) => {
    sizesOfMode.push(xOf(batch).shape[0]);
    return { samples: xOf(batch).shape[0], results: Promise.resolve([loss, meanOf(batch)]) };
  };
  return {
    metricsNames: ["loss", "acc"],
    stopTraining: false,
    get stepsDone() {
      return steps;
    },
    trainStep: async (batch) => handOver(sizes, batch, 1 / ++steps),
    testStep: async (batch) => handOver(testSizes, batch, 2),
    sizes,
    testSizes,
  };
}

const samples = (values: readonly number[]): Arrays => {
  const x = array([values.length, 1], values);
  return { x: [x], y: [x], sampleWeight: [] };
};
const training = () => new ArraySource(samples([0, 0, 1, 1, 1]), { batchSize: 2 });
const validation = samples([1, 0, 0]);
const generator = () =>
  new IteratorSource(
    (function* () {
      for (let n = 0; ; n++) yield samples([n % 2, n % 2]);
    })(),
    "stepsPerEpoch",
    4,
  );

/** What a fit prints. */
async function printed(
  source: ArraySource | IteratorSource,
  held: Arrays | IteratorSource | undefined,
  options: FitOptions,
  isTerminal = false,
): Promise<string> {
  const output = collectOutput(isTerminal);
  await fit(fakeTrainer(), source, held, { ...options, output });
  return withoutTimes(output.text);
}

const bar = "[==============================] - Ts T/step";

describe("what fit prints", () => {
  it("is Keras's text for arrays, which counts samples", async () => {
    expect(await printed(training(), validation, { epochs: 2 })).toBe(
      `Train on 5 samples, validate on 3 samples
Epoch 1/2
5/5 ${bar} - loss: 0.6667 - acc: 0.6000 - val_loss: 2.0000 - val_acc: 0.3333
Epoch 2/2
5/5 ${bar} - loss: 0.2133 - acc: 0.6000 - val_loss: 2.0000 - val_acc: 0.3333
`,
    );
  });

  it("is Keras's text for batches, which counts steps", async () => {
    expect(await printed(generator(), generator(), { epochs: 2 })).toBe(
      `Epoch 1/2
4/4 ${bar} - loss: 0.5208 - acc: 0.5000 - val_loss: 2.0000 - val_acc: 0.5000
Epoch 2/2
4/4 ${bar} - loss: 0.1586 - acc: 0.5000 - val_loss: 2.0000 - val_acc: 0.5000
`,
    );
  });

  it("is a line an epoch with verbose 2, and nothing with verbose 0", async () => {
    expect(await printed(generator(), validation, { epochs: 2, verbose: 2 })).toBe(
      `Epoch 1/2
 - Ts - loss: 0.5208 - acc: 0.5000 - val_loss: 2.0000 - val_acc: 0.3333
Epoch 2/2
 - Ts - loss: 0.1586 - acc: 0.5000 - val_loss: 2.0000 - val_acc: 0.3333
`,
    );
    expect(await printed(training(), validation, { epochs: 2, verbose: 0 })).toBe("");
  });

  it("redraws its line on a terminal, the validation in the last state alone", async () => {
    const text = await printed(training(), validation, {}, true);
    const [, title, line] = text.split("\n");
    expect(title).toBe("Epoch 1/1");
    const states = line.split("\r").map((state) => state.trimEnd());
    expect(states).toEqual([
      "",
      "2/5 [===========>..................] - ETA: 0s - loss: 1.0000 - acc: 0.0000e+00",
      `5/5 ${bar} - loss: 0.6667 - acc: 0.6000 - val_loss: 2.0000 - val_acc: 0.3333`,
    ]);
    expect(text.endsWith("\n")).toBe(true);
  });

  it("begins where an earlier run ended", async () => {
    const text = await printed(training(), undefined, { epochs: 5, initialEpoch: 4 });
    expect(text.split("\n")[0]).toBe("Epoch 5/5");
    expect(await printed(training(), undefined, { epochs: 4, initialEpoch: 4 })).toBe("");
  });
});

describe("fit", () => {
  const output = collectOutput();

  it("weighs each batch by its samples, and calls back after each epoch", async () => {
    const calls: unknown[] = [];
    const { epoch, history } = await fit(fakeTrainer(), training(), undefined, {
      epochs: 2,
      output,
      callbacks: [
        new LambdaCallback({ onEpochEnd: async (number, logs) => void calls.push([number, logs.loss]) }),
      ],
    });
    expect(epoch).toEqual([0, 1]);
    expect(Object.keys(history)).toEqual(["loss", "acc"]);
    const losses = [(2 * 1 + 2 / 2 + 1 / 3) / 5, (2 / 4 + 2 / 5 + 1 / 6) / 5];
    expect(history.loss).toEqual(losses);
    expect(history.acc).toEqual([0.6, 0.6]);
    expect(calls).toEqual([
      [0, losses[0]],
      [1, losses[1]],
    ]);
  });

  it.each([
    { validationFreq: 2, validated: 2 },
    { validationFreq: [1, 4, 5], validated: 3 },
    { validationFreq: 7, validated: 0 },
  ])("validates after epochs $validationFreq of 5", async ({ validationFreq, validated }) => {
    const { history } = await fit(fakeTrainer(), training(), validation, {
      epochs: 5,
      validationFreq,
      output,
    });
    expect(history.loss.length).toBe(5);
    expect(history.val_loss?.length ?? 0).toBe(validated);
  });

  it("lets the window of an endless validation roll", async () => {
    let n = 0;
    const rolling = { next: () => ({ done: false as const, value: samples([n++]) }) };
    const { history } = await fit(
      fakeTrainer(),
      training(),
      new IteratorSource(rolling, "validationSteps", 2),
      {
        epochs: 2,
        output,
      },
    );
    expect(history.val_acc).toEqual([0.5, 2.5]);
  });

  it("validates arrays in batches as large as those of the training", async () => {
    const trainer = fakeTrainer();
    await fit(trainer, generator(), validation, { output });
    expect(trainer.testSizes).toEqual([2, 1]);
    const other = fakeTrainer();
    await fit(other, training(), validation, { batchSize: 3, output });
    expect(other.testSizes).toEqual([3]);
  });

  it("stops at the error of a batch, and throws it", async () => {
    const trainer = fakeTrainer();
    const failing = new IteratorSource(
      (function* () {
        yield samples([1]);
        throw new Error("a picture is broken");
      })(),
      "stepsPerEpoch",
      3,
    );
    await expect(fit(trainer, failing, undefined, { output })).rejects.toThrow("a picture is broken");
    expect(trainer.sizes).toEqual([1]);
  });
});

it("evaluates with a bar, as Keras", async () => {
  const output = collectOutput();
  const source = new ArraySource(samples([1, 1, 0]), { batchSize: 2 });
  const averages = await evaluate(fakeTrainer(), source, { progress: progressOf(source, 1, output) });
  expect(averages.values()).toEqual([2, 2 / 3]);
  expect(withoutTimes(output.text)).toBe(`3/3 ${bar}\n`);
});

describe("splitAt", () => {
  it("cuts at int(n·(1−f))", () => {
    expect(splitAt(10, 0.2)).toBe(8);
    expect(splitAt(7, 0.5)).toBe(3);
    expect(splitAt(5, 0.3)).toBe(3);
  });
  it.each([1, -0.1, Number.NaN])("refuses %d", (split) => {
    expect(() => splitAt(10, split)).toThrow(
      `[fit] validationSplit must be above 0 and below 1, got ${split}.`,
    );
  });
  it("refuses to leave a part empty", () => {
    expect(() => splitAt(2, 0.9)).toThrow(
      "[fit] a validationSplit of 0.9 leaves 0 of 2 samples to train on: both parts need some.",
    );
  });
});
