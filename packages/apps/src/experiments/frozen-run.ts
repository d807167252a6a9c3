/** The run of `frozen-base` from whose model a fine-tuning starts. */
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { applicationNames, Model, modelFromConfig, readModelFile } from "@convscope/layers";
import { applicationNameOf } from "../commands/model-of.ts";
import { lastFive } from "./accuracies.ts";
import { Base, type BaseRecord, preprocessOf } from "./base.ts";

const WANTED =
  "--from wants the folder of a frozen-base run, or a model file. `convscope run frozen-base` makes one.";

/**
 * What is known of the base in the model to start from.
 * @param from a run's folder, or a model file; default the frozen-base run in runs/ that was finished last
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
  return { ...base, startedFrom: { model, ...(validationAccuracy !== undefined && { validationAccuracy }) } };
}

const isFile = async (path: string) => (await stat(path).catch(() => undefined))?.isFile() ?? false;

async function jsonIn(path: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  } catch {
    return {};
  }
}

async function historyIn(folder: string): Promise<Record<string, number[]>> {
  return (await jsonIn(join(folder, "history.json"))) as Record<string, number[]>;
}

/** @throws where runs/ has no finished run of `frozen-base` */
async function latestFrozenRun(): Promise<string> {
  const names = await readdir("runs").catch(() => []);
  let [latest, when] = ["", Number.NEGATIVE_INFINITY];
  for (const folder of names.map((name) => join("runs", name))) {
    const { experiment, state } = await jsonIn(join(folder, "run.json"));
    if (experiment !== "frozen-base" || state !== "finished") continue;
    const { mtimeMs } = await stat(join(folder, "run.json"));
    if (mtimeMs > when) [latest, when] = [folder, mtimeMs];
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
