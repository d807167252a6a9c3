/** The run of `frozen-base` from whose model a fine-tuning starts. */
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { applicationNames, Model, modelFromConfig, readModelFile } from "@convscope/layers";
import { applicationNameOf } from "../commands/model-of.ts";
import { readRun } from "../report/run-record.ts";
import { lastFive } from "./accuracies.ts";
import { Base, type BaseRecord, preprocessOf } from "./base.ts";

const WANTED =
  "--from wants the folder of a frozen-base run, or a model file. `convscope run frozen-base` makes one.";

/**
 * What is known of the base in the model to start from.
 * @param from a run's folder, or a model file; default the latest finished frozen-base run in runs/
 * @throws where there is none, or no model of a base with a classifier on top
 */
export async function frozenRun(from: string | undefined): Promise<BaseRecord> {
  const path = resolve(from ?? (await latestFrozenRun()));
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new Error(`[run] there is no ${path}: ${WANTED}`);
  const [folder, model] = found.isDirectory() ? [path, join(path, "model.h5")] : [dirname(path), path];
  if (!(await isFile(model))) throw new Error(`[run] ${folder} has no model.h5: ${WANTED}`);
  const base = (await Base.of(folder))?.record ?? (await recordOfModel(model));
  const validationAccuracy = lastFive({ history: await historyIn(folder) });
  const data = await dataOf(folder);
  return {
    ...base,
    startedFrom: {
      model,
      ...(data !== undefined && { data }),
      ...(validationAccuracy !== undefined && { validationAccuracy }),
    },
  };
}

const isFile = async (path: string) => (await stat(path).catch(() => undefined))?.isFile() ?? false;

/** @returns the folder of the pictures that a run learnt from; null for drawn pets */
async function dataOf(folder: string): Promise<string | null | undefined> {
  const run = await readRun(folder).catch(() => undefined);
  if (!run) return undefined;
  const { data } = run.arguments;
  return data === undefined ? null : resolve(run.workingFolder, data);
}

async function historyIn(folder: string): Promise<Record<string, number[]>> {
  try {
    return JSON.parse(await readFile(join(folder, "history.json"), "utf8")) as Record<string, number[]>;
  } catch {
    return {};
  }
}

/** @throws where runs/ has no finished run of `frozen-base` */
async function latestFrozenRun(): Promise<string> {
  const names = await readdir("runs").catch(() => []);
  let [latest, when] = ["", Number.NEGATIVE_INFINITY];
  for (const folder of names.map((name) => join("runs", name))) {
    const run = await readRun(folder).catch(() => undefined);
    if (run?.experiment !== "frozen-base" || run.state !== "finished") continue;
    const began = Date.parse(run.sittings.at(-1)?.startedAt ?? run.startedAt);
    if (began > when) [latest, when] = [folder, began];
  }
  if (latest !== "") return latest;
  throw new Error(`[run] there is no finished frozen-base run in ${resolve("runs")}: ${WANTED}`);
}

/** Of a model file alone: its first layer says which network it is. */
async function recordOfModel(file: string): Promise<BaseRecord> {
  const { modelConfig } = await readModelFile(file);
  if (!modelConfig) throw new Error(`[run] ${file} holds weights and no layers: ${WANTED}`);
  const [base] = modelFromConfig(modelConfig).layers;
  const name = applicationNameOf(base.name);
  if (!name || !(base instanceof Model)) {
    throw new Error(
      `[run] ${file} begins with ${base.name}; one of ${applicationNames.join(", ")} was needed.`,
    );
  }
  const [height, width] = base.inputShape.map(Number);
  return { name, imageSize: [height, width], preprocess: preprocessOf(name), weights: undefined };
}
