import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keptFolder, removeFolder } from "@convscope/storage/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Dense } from "../layers/dense.ts";
import { Sequential } from "../model/sequential.ts";
import { SGD } from "../optimizers.ts";
import { collectOutput } from "../testing/index.ts";
import type { Callback, Logs } from "./callback.ts";
import { CallbackList } from "./callback-list.ts";
import { scalarEvent, versionEvent } from "./event-file.ts";
import {
  CSVLogger,
  EarlyStopping,
  LambdaCallback,
  LearningRateScheduler,
  ModelCheckpoint,
  ReduceLROnPlateau,
  TensorBoard,
  TerminateOnNaN,
} from "./index.ts";

let folder = "";
beforeEach(async () => {
  folder = await keptFolder();
});
afterEach(async () => {
  await removeFolder(folder);
  vi.restoreAllMocks();
});
const inFolder = (name: string) => join(folder, name);

function compiled(learningRate = 0.1): Sequential {
  const model = new Sequential([new Dense({ units: 1, inputShape: [1] })], { seed: 1 });
  model.compile({ optimizer: new SGD({ learningRate }), loss: "mse" });
  return model;
}

/** Calls the hooks as a training would whose epochs end with these values. @returns what was printed, and how far it came */
async function drive(callback: Callback, epochs: readonly Logs[], model = compiled(), first = 0) {
  const output = collectOutput();
  const params = { epochs: first + epochs.length, steps: 1, verbose: 0 as const, metrics: ["loss"], output };
  const list = new CallbackList("fit", [callback]).begin(model, params);
  model.stopTraining = false;
  await list.call("onTrainBegin", {});
  let epoch = first;
  for (const logs of epochs) {
    await list.call("onEpochBegin", epoch, {});
    await list.call("onEpochEnd", epoch++, logs);
    if (model.stopTraining) break;
  }
  await list.call("onTrainEnd", {});
  return { text: output.text, epochs: epoch - first };
}
const losses = (...values: number[]): Logs[] => values.map((value) => ({ loss: 0.5, val_loss: value }));

describe("ModelCheckpoint", () => {
  it("saves each epoch under its values, and says so", async () => {
    const filepath = inFolder("w.{epoch:02d}-{val_loss:.2f}.h5");
    const { text } = await drive(new ModelCheckpoint({ filepath, verbose: 1 }), losses(0.6729, 1.5));
    expect(readdirSync(folder).sort()).toEqual(["w.01-0.67.h5", "w.02-1.50.h5"]);
    expect(text).toBe(
      `\nEpoch 00001: saving model to ${inFolder("w.01-0.67.h5")}\n` +
        `\nEpoch 00002: saving model to ${inFolder("w.02-1.50.h5")}\n`,
    );
  });

  it("saves the best alone: strictly better, in the direction of the name", async () => {
    const filepath = inFolder("best.h5");
    const options = { filepath, saveBestOnly: true, verbose: 1 } as const;
    const less = new ModelCheckpoint(options);
    expect((await drive(less, losses(0.6729, 0.6729, 0.65))).text).toBe(
      `\nEpoch 00001: val_loss improved from inf to 0.67290, saving model to ${filepath}\n` +
        "\nEpoch 00002: val_loss did not improve from 0.67290\n" +
        `\nEpoch 00003: val_loss improved from 0.67290 to 0.65000, saving model to ${filepath}\n`,
    );
    expect(less.best).toBe(0.65);
    const improved = async (monitor: string, mode?: "min" | "max") => {
      const logs = [{ [monitor]: 0.5 }, { [monitor]: 0.75 }];
      const { text } = await drive(new ModelCheckpoint({ ...options, monitor, mode }), logs);
      return text.match(/improved from \S+/g);
    };
    expect(await improved("val_acc")).toEqual(["improved from -inf", "improved from 0.50000"]);
    expect(await improved("fmeasure_x")).toEqual(["improved from -inf", "improved from 0.50000"]);
    expect(await improved("val_acc", "min")).toEqual(["improved from inf"]);
    expect(await improved("loss", "max")).toEqual(["improved from -inf", "improved from 0.50000"]);
  });

  it("warns where the value is not there, and goes on", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    await drive(new ModelCheckpoint({ filepath: inFolder("a.h5"), saveBestOnly: true }), [
      { loss: 1 },
      { loss: 1 },
    ]);
    expect(readdirSync(folder)).toEqual([]);
    expect(warn.mock.calls).toEqual([["Can save best model only with val_loss available, skipping."]]);
  });

  it("saves every so many epochs, and the weights alone where asked", async () => {
    const filepath = inFolder("{epoch}.h5");
    const model = compiled();
    const save = vi.spyOn(model, "save");
    const saveWeights = vi.spyOn(model, "saveWeights");
    const checkpoint = new ModelCheckpoint({ filepath, period: 2, saveWeightsOnly: true });
    await drive(checkpoint, losses(1, 1, 1, 1, 1), model);
    expect(readdirSync(folder).sort()).toEqual(["2.h5", "4.h5"]);
    expect([save.mock.calls.length, saveWeights.mock.calls.length]).toEqual([0, 2]);
  });

  it("refuses, before the training, a name that is none of a model's file", async () => {
    expect(() => new ModelCheckpoint({ filepath: "model.{epoch}" })).toThrow("the name should end in .h5");
    expect(() => new ModelCheckpoint({ filepath: "a.h5", mode: "up" as "max" })).toThrow(
      '[ModelCheckpoint] mode must be one of auto, min, max, got "up".',
    );
    const unknown = new ModelCheckpoint({ filepath: inFolder("{val_acc}.h5") });
    await expect(drive(unknown, losses(1))).rejects.toThrow(
      "asks for val_acc: there are epoch, loss, val_loss.",
    );
  });
});

describe("EarlyStopping", () => {
  it.each([
    { what: "after the first epoch that is no better", options: {}, values: [3, 2, 2, 1], ran: 3 },
    {
      what: "after `patience` of them in a row",
      options: { patience: 2 },
      values: [3, 4, 2, 2, 2, 1],
      ran: 5,
    },
    { what: "where it is better by too little", options: { minDelta: 0.5 }, values: [3, 2.5, 1], ran: 2 },
    { what: "the same with a minDelta below 0", options: { minDelta: -0.5 }, values: [3, 2.5, 1], ran: 2 },
    {
      what: "where it never reached the baseline",
      options: { baseline: 2, patience: 1 },
      values: [3, 1],
      ran: 1,
    },
    { what: "not, where it becomes better", options: {}, values: [3, 2, 1], ran: 3 },
    { what: "in the other direction", options: { mode: "max" as const }, values: [3, 4, 4, 9], ran: 3 },
    { what: "where a value is no number", options: {}, values: [3, Number.NaN, 1], ran: 2 },
  ])("stops $what", async ({ options, values, ran }) => {
    const stopping = new EarlyStopping(options);
    expect((await drive(stopping, losses(...values))).epochs).toBe(ran);
    // Begins anew with each training.
    expect((await drive(stopping, losses(...values))).epochs).toBe(ran);
  });

  it("takes more of an accuracy as better", async () => {
    const logs = [0.5, 0.6, 0.6, 0.7].map((value) => ({ val_acc: value }));
    expect((await drive(new EarlyStopping({ monitor: "val_acc" }), logs)).epochs).toBe(3);
  });

  it("puts the best epoch's weights back, and says what it does", async () => {
    const model = compiled();
    const numbers = async () => (await model.getWeights()).map(({ data }) => data[0]);
    const stopping = new EarlyStopping({ patience: 2, restoreBestWeights: true, verbose: 1 });
    // The weights of an epoch are its number.
    const change = new LambdaCallback({
      onEpochEnd(epoch) {
        const data = Float32Array.of(epoch);
        model.setWeights([
          { shape: [1, 1], data },
          { shape: [1], data },
        ]);
      },
    });
    const logs = losses(3, 2, 4, 4, 0);
    const output = collectOutput();
    const list = new CallbackList("fit", [change, stopping]);
    list.begin(model, { steps: 1, verbose: 0, metrics: [], output });
    await list.call("onTrainBegin", {});
    for (let epoch = 0; !model.stopTraining; epoch++) await list.call("onEpochEnd", epoch, logs[epoch]);
    await list.call("onTrainEnd", {});
    expect(stopping.stoppedEpoch).toBe(3);
    expect(await numbers()).toEqual([1, 1]);
    expect(output.text).toBe(
      "Restoring model weights from the end of the best epoch\nEpoch 00004: early stopping\n",
    );
  });

  it("warns where the value is not there, and goes on", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    expect(
      (
        await drive(new EarlyStopping(), [
          { loss: 1, acc: 1 },
          { loss: 2, acc: 1 },
        ])
      ).epochs,
    ).toBe(2);
    expect(warn.mock.calls).toEqual([
      [
        "Early stopping conditioned on metric `val_loss` which is not available. Available metrics are: loss,acc",
      ],
    ]);
  });
});

describe("ReduceLROnPlateau", () => {
  const rates = async (options: object, values: readonly number[]) => {
    const logs = losses(...values);
    await drive(new ReduceLROnPlateau({ factor: 0.5, patience: 2, ...options }), logs, compiled(1));
    return logs.map(({ lr }) => lr);
  };

  it("reduces after `patience` epochs, and has the rate of each epoch in the logs", async () => {
    expect(await rates({}, [1, 1, 1, 1, 1, 1])).toEqual([1, 1, 1, 0.5, 0.5, 0.25]);
    expect(await rates({}, [1, 1, 0.9, 1, 1, 1])).toEqual([1, 1, 1, 1, 1, 0.5]);
  });

  it("counts only what is better by minDelta, which is 1e-4", async () => {
    expect(await rates({ patience: 1 }, [1, 0.99995, 0.9])).toEqual([1, 1, 0.5]);
    expect(await rates({ patience: 1, minDelta: 0 }, [1, 0.99995, 0.9])).toEqual([1, 1, 1]);
    expect(await rates({ patience: 1, mode: "max" }, [1, 1.00005, 1.1])).toEqual([1, 1, 0.5]);
  });

  it("waits through a cooldown, and goes no lower than minLr", async () => {
    // Reduced after epoch 1; epochs 2 and 3 cool down, the second of which counts again.
    expect(await rates({ patience: 1, cooldown: 2 }, [1, 1, 1, 1, 1])).toEqual([1, 1, 0.5, 0.5, 0.25]);
    expect(await rates({ patience: 1, minLr: 0.4 }, [1, 1, 1, 1])).toEqual([1, 1, 0.5, 0.4]);
  });

  it("says what it sets, as Python prints it", async () => {
    const plateau = new ReduceLROnPlateau({ patience: 5, verbose: 1 });
    expect((await drive(plateau, losses(1, 1, 1, 1, 1, 1), compiled(1e-4))).text).toBe(
      "\nEpoch 00006: ReduceLROnPlateau reducing learning rate to 1e-05.\n",
    );
  });

  it("refuses a factor that reduces nothing", () => {
    expect(() => new ReduceLROnPlateau({ factor: 1 })).toThrow(
      new Error("ReduceLROnPlateau does not support a factor >= 1.0."),
    );
  });
});

describe("LearningRateScheduler", () => {
  it("sets the rate before each epoch, from the one before", async () => {
    const logs = losses(1, 1, 1);
    const schedule = (epoch: number, rate: number) => (epoch < 1 ? rate : rate * 0.5);
    const { text } = await drive(new LearningRateScheduler({ schedule, verbose: 1 }), logs, compiled(0.5));
    expect(logs.map(({ lr }) => lr)).toEqual([0.5, 0.25, 0.125]);
    expect(text.split("\n\n")[1]).toBe("Epoch 00002: LearningRateScheduler setting learning rate to 0.25.");
  });

  it("refuses what is no number", async () => {
    const schedule = () => "0.1" as never;
    await expect(drive(new LearningRateScheduler({ schedule }), losses(1))).rejects.toThrow(
      new Error('The output of the "schedule" function should be float.'),
    );
  });
});

describe("CSVLogger", () => {
  const filename = () => inFolder("log.csv");
  const logs = [
    { val_loss: 0.25, loss: 0.5, acc: 1 },
    { val_loss: 1e-5, loss: 0.1, acc: 0.75 },
  ];
  const text = "epoch,acc,loss,val_loss\r\n0,1.0,0.5,0.25\r\n1,0.75,0.1,1e-05\r\n";

  it("writes the epoch from 0, then the values by name, as Python's csv", async () => {
    writeFileSync(filename(), "what was there");
    await drive(new CSVLogger({ filename: filename() }), logs);
    expect(readFileSync(filename(), "utf8")).toBe(text);
    await drive(new CSVLogger({ filename: filename(), separator: ";" }), logs.slice(0, 1));
    expect(readFileSync(filename(), "utf8")).toBe("epoch;acc;loss;val_loss\r\n0;1.0;0.5;0.25\r\n");
  });

  it("goes on with a file without a second header, under the columns that are there", async () => {
    const options = { filename: filename(), append: true };
    await drive(new CSVLogger(options), logs.slice(0, 1));
    await drive(new CSVLogger(options), logs.slice(1), compiled(), 1);
    expect(readFileSync(filename(), "utf8")).toBe(text);
    await drive(new CSVLogger(options), [{ loss: 2, acc: 0 }], compiled(), 2);
    expect(readFileSync(filename(), "utf8")).toBe(`${text}2,0.0,2.0,NA\r\n`);
  });

  it("has a row after each epoch, and NA for what an epoch lacks", async () => {
    const rows: number[] = [];
    const logger = new CSVLogger({ filename: inFolder("made/log.csv") });
    const end = logger.onEpochEnd.bind(logger);
    logger.onEpochEnd = async (epoch, values) => {
      await end(epoch, values);
      rows.push(readFileSync(inFolder("made/log.csv"), "utf8").split("\r\n").length - 2);
    };
    await drive(logger, [logs[0], { loss: 3, acc: Number.NaN }]);
    expect(rows).toEqual([1, 2]);
    expect(readFileSync(inFolder("made/log.csv"), "utf8")).toContain("1,nan,3.0,NA\r\n");
  });

  it("says why a file cannot be written, before the training", async () => {
    writeFileSync(inFolder("file"), "");
    await expect(drive(new CSVLogger({ filename: inFolder("file/log.csv") }), logs)).rejects.toThrow(
      `[CSVLogger] ${inFolder("file/log.csv")} cannot be written: a file has its folder's name.`,
    );
  });
});

describe("TensorBoard", () => {
  const written = (logDir: string) => {
    const names = readdirSync(logDir);
    expect(names).toEqual([expect.stringMatching(/^events\.out\.tfevents\.\d{10}\./)]);
    return readFileSync(join(logDir, names[0])).toString("hex");
  };
  const hex = (events: readonly Uint8Array[]) => Buffer.concat(events).toString("hex");

  it("writes the values of each epoch by their names, at its number", async () => {
    vi.spyOn(Date, "now").mockReturnValue(1571000000250);
    const logDir = inFolder("a/logs");
    const board = new TensorBoard({ logDir });
    await drive(board, [{ loss: 0.5, val_loss: 2 }, { loss: 0.25 }]);
    const [now, event] = [1571000000.25, scalarEvent];
    expect(written(logDir)).toBe(
      hex([
        versionEvent(now),
        event(now, 0, "loss", 0.5),
        event(now, 0, "val_loss", 2),
        event(now, 1, "loss", 0.25),
      ]),
    );
    expect(new CallbackList("fit", [board]).hasBatchHooks("Train")).toBe(false);
  });

  it.each([
    { updateFreq: "batch" as const, steps: [4, 8, 10] },
    { updateFreq: 6, steps: [8] },
  ])("writes batches at the number of samples, for $updateFreq", async ({ updateFreq, steps }) => {
    vi.spyOn(Date, "now").mockReturnValue(1e12);
    const board = new TensorBoard({ logDir: folder, updateFreq });
    const list = new CallbackList("fit", [board]);
    expect(list.hasBatchHooks("Train")).toBe(true);
    await list.call("onTrainBegin", {});
    for (const [batch, size] of [4, 4, 2].entries()) {
      await list.call("onTrainBatchEnd", batch, { batch, size, loss: 1 });
    }
    await list.call("onEpochEnd", 0, { acc: 1 });
    expect(written(folder)).toBe(
      hex([
        versionEvent(1e9),
        ...steps.map((step) => scalarEvent(1e9, step, "loss", 1)),
        scalarEvent(1e9, 10, "acc", 1),
      ]),
    );
  });
});

it.each([Number.NaN, Number.POSITIVE_INFINITY])("TerminateOnNaN stops at a loss of %s", async (loss) => {
  const [model, output] = [compiled(), collectOutput()];
  const list = new CallbackList("fit", [new TerminateOnNaN()]);
  list.begin(model, { steps: 1, verbose: 0, metrics: [], output });
  await list.call("onTrainBatchEnd", 11, { batch: 11, size: 1, loss: 3 });
  expect([output.text, model.stopTraining]).toEqual(["", false]);
  await list.call("onTrainBatchEnd", 12, { batch: 12, size: 1, loss });
  expect([output.text, model.stopTraining]).toEqual(["Batch 12: Invalid loss, terminating training\n", true]);
});

it("a list refuses what is no callback, and LambdaCallback a hook that is none", () => {
  expect(() => new CallbackList("fit", [{ onEpochEnd: () => {} } as never])).toThrow(
    "[fit] callbacks holds Object, must hold instances of Callback: new LambdaCallback({ onEpochEnd: … }) makes one",
  );
  expect(() => new LambdaCallback({ onEpochEnds: () => {} } as object)).toThrow(
    "[LambdaCallback] Keyword argument not understood: onEpochEnds. Did you mean onEpochEnd?",
  );
});

it("a page has no files: what writes some says so", async () => {
  const { appendToLog, beginLog, readLog } = await import("./log-files-browser.ts");
  for (const call of [
    appendToLog("CSVLogger", "a", ""),
    beginLog("CSVLogger", "a"),
    readLog("CSVLogger", "a"),
  ]) {
    await expect(call).rejects.toThrow(
      "[CSVLogger] writes a file, and a browser has none by path: use a LambdaCallback there",
    );
  }
});
