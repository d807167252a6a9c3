/** Where a run stands, in the model's own file: one rename, and a run that ends at any moment leaves one whole state. */
import { join } from "node:path";
import type { Device } from "@convscope/kernels";
import {
  type FitPosition,
  type Json,
  type JsonObject,
  loadModel,
  type Model,
  readModelFile,
  type Sequential,
} from "@convscope/layers";
import type { TrainingHistory } from "../report/training-history.ts";

export const MODEL_FILE = "model.h5";

/** What of a run is not in the model. */
export interface Checkpoint {
  readonly position: FitPosition;
  /** Of the epochs that are finished. */
  readonly history: TrainingHistory;
}

/** Before the first step. @param values how many a step has: loss and metrics */
export const beginning = (values: number): Checkpoint => ({
  position: { epoch: 0, step: 0, samples: 0, sums: new Array<number>(values).fill(0), largestBatch: 0 },
  history: { epoch: [], history: {} },
});

/** Saves model and checkpoint; the one before stays until this one is whole. */
export async function saveCheckpoint(
  folder: string,
  model: Sequential | Model,
  { position, history }: Checkpoint,
): Promise<void> {
  const run = { position: { ...position }, history: { epoch: history.epoch, values: history.history } };
  await model.save(join(folder, MODEL_FILE), { extra: { run } });
}

/** @throws where the file holds no run */
export async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const path = join(folder, MODEL_FILE);
  const user = objectIn((await readModelFile(path)).extra, "user");
  const run = objectIn(user, "run");
  const position = objectIn(run, "position");
  const history = objectIn(run, "history");
  if (!position || !history)
    throw new Error(`[run] ${path} holds a model and no run: nothing goes on with it.`);
  const values = objectIn(history, "values") ?? {};
  return {
    position: {
      epoch: Number(position.epoch),
      step: Number(position.step),
      samples: Number(position.samples),
      sums: numbersOf(position.sums),
      largestBatch: Number(position.largestBatch),
    },
    history: {
      epoch: numbersOf(history.epoch),
      history: Object.fromEntries(Object.entries(values).map(([name, list]) => [name, numbersOf(list)])),
    },
  };
}

/** The model of a checkpoint, compiled, with its optimizer's state and the names that its dropout masks go by. */
export const loadCheckpointModel = (folder: string, device: Device): Promise<Sequential | Model> =>
  loadModel(join(folder, MODEL_FILE), { device });

/** The epochs of two sittings. */
export function joined(before: TrainingHistory, after: TrainingHistory): TrainingHistory {
  const names = new Set([...Object.keys(before.history), ...Object.keys(after.history)]);
  return {
    epoch: [...before.epoch, ...after.epoch],
    history: Object.fromEntries(
      [...names].map((name) => [name, [...(before.history[name] ?? []), ...(after.history[name] ?? [])]]),
    ),
  };
}

/** "epoch 3", or "epoch 3, step 40 of 100": how far a run came, counted from 1 as Keras counts. */
export function positionText({ epoch, step }: FitPosition, stepsPerEpoch: number): string {
  if (step === 0) return epoch === 0 ? "the beginning" : `the end of epoch ${epoch}`;
  return `epoch ${epoch + 1}, step ${step} of ${stepsPerEpoch}`;
}

function objectIn(object: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = object?.[name];
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

/** JSON has `null` for what is not a number. */
const numbersOf = (list: Json | undefined): number[] =>
  Array.isArray(list) ? list.map((value) => (typeof value === "number" ? value : Number.NaN)) : [];
