import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { DirectoryIterator, OnBadPicture } from "@convscope/data";
import type { KernelChoice, Precision } from "@convscope/kernels";
import { LambdaCallback } from "@convscope/layers";
import { deviceLine, openDevice, variantsSeen } from "../device.ts";
import { DRAWN_EPOCHS, DRAWN_PETS, LECTURE_EPOCHS } from "../experiments/defaults.ts";
import { Feed, waitingLine } from "../experiments/feed.ts";
import { buildSmallCnn, compileSmallCnn, openPictures } from "../experiments/small-cnn.ts";
import { Interrupted, interruptible } from "../interruption.ts";
import { Output } from "../output.ts";
import { RunFolder } from "../report/run-folder.ts";
import { RunRecord } from "../report/run-record.ts";
import { drawSaying } from "./draw-data.ts";

export interface RunOptions {
  /** A folder with `train` and `validation`, each with a folder a class. Default: drawn pets. */
  readonly data?: string;
  readonly epochs?: number;
  readonly stepsPerEpoch?: number;
  readonly validationSteps?: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly kernels: KernelChoice;
  readonly precision: Precision;
  readonly workers?: number;
  /** What is done about pictures that cannot be read. */
  readonly badPictures: OnBadPicture;
  readonly out?: string;
  readonly json?: boolean;
}

/** The lecture's first experiment: the small CNN, from scratch, on real or drawn pictures. */
export async function runSmallCnn(options: RunOptions): Promise<void> {
  const output = new Output(options.json ?? false);
  await interruptible(async (signal) => {
    // What is given is looked at before anything slow begins; where it is no good, nothing is left.
    const folder = await RunFolder.claim(options.out, "small-cnn");
    try {
      await train(options, folder, output, signal);
    } finally {
      await folder.release();
    }
  });
}

async function train(
  options: RunOptions,
  folder: RunFolder,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const { batchSize, learningRate, seed, kernels, precision } = options;
  const data = options.data ?? DRAWN_PETS;
  const epochs = options.epochs ?? (options.data ? LECTURE_EPOCHS : DRAWN_EPOCHS);
  if (options.data) await checkLayout(data);
  else await drawSaying(output, data, { seed: 0, workers: options.workers, signal });
  const { workers, badPictures: onBadPicture } = options;
  const log = (line: string) => output.say(line);
  const reading = { batchSize, seed, workers, onBadPicture, signal, log };
  await using training = await openPictures(join(data, "train"), reading);
  await using validation = await openPictures(join(data, "validation"), reading);
  checkClasses(training, validation);
  const stepsPerEpoch = options.stepsPerEpoch ?? training.length;
  const validationSteps = options.validationSteps ?? validation.length;

  using device = await openDevice(kernels, precision);
  const { adapter } = device;
  output.say(deviceLine(adapter));
  using model = buildSmallCnn({ device, seed });
  compileSmallCnn(model, learningRate);
  model.summary({ printFn: (line) => output.say(line) });

  const record = new RunRecord(folder, {
    experiment: "small-cnn",
    arguments: {
      data,
      epochs,
      stepsPerEpoch,
      validationSteps,
      batchSize,
      learningRate,
      seed,
      kernels,
      precision,
    },
    adapter,
    tuning: device.tuning?.key ?? null,
    variants: variantsSeen(device),
    parameters: model.countParams(),
  });
  const feed = new Feed(training, signal);
  const began = performance.now();
  try {
    await model.fit(feed, {
      stepsPerEpoch,
      epochs,
      validationData: new Feed(validation, signal),
      validationSteps,
      callbacks: [new LambdaCallback({ onEpochEnd: (epoch, logs) => record.addEpoch(epoch, logs) })],
      output,
    });
  } catch (error) {
    await saveUnfinished(record, folder, error);
    throw error;
  }
  record.waiting = feed.waiting;
  await record.save("finished");

  const last = (name: string) => record.history[name].at(-1)?.toFixed(4);
  output.say(`Training accuracy ${last("acc")}, validation accuracy ${last("val_acc")}.`);
  output.say(waitingLine(feed.waiting, (performance.now() - began) / 1000));
  output.say(`Curves, history and run.json are in ${folder.path}.`);
  output.result({
    ...record.toJson("finished"),
    folder: folder.path,
    files: folder.files,
    history: record.history,
  });
}

/** Of a run that did not come to its end the finished epochs stay; without one there is nothing to keep. */
async function saveUnfinished(record: RunRecord, folder: RunFolder, error: unknown): Promise<void> {
  if (record.epochs === 0 || !(error instanceof Error)) return;
  await record.save(error instanceof Interrupted ? "interrupted" : "failed", error.message);
  error.message += ` Finished epochs: ${record.epochs}, saved in ${folder.path}.`;
}

/** @throws where the folder is not laid out as the lecture's */
async function checkLayout(data: string): Promise<void> {
  const layout = "--data wants a folder with train and validation, each with a folder per class.";
  for (const path of [data, join(data, "train"), join(data, "validation")]) {
    const found = await stat(path).catch(() => undefined);
    if (!found) throw new Error(`[run] there is no folder ${path}: ${layout}`);
    if (!found.isDirectory()) throw new Error(`[run] ${path} is no folder: ${layout}`);
  }
}

/** Labels are numbers in order of the names: other names would mean other classes. @throws where they differ */
function checkClasses(training: DirectoryIterator, validation: DirectoryIterator): void {
  const [trained, validated] = [training, validation].map(({ classIndices }) => Object.keys(classIndices));
  if (trained.join("/") === validated.join("/")) return;
  throw new Error(
    `[run] train has the classes ${trained.join(", ")}, validation has ${validated.join(", ")}: give both the same.`,
  );
}
