import { uniqueNames } from "../files/architecture.ts";
import { modelFileBytes, type WritableFormat, writeModelFile } from "../files/index.ts";
import type { JsonObject, SavedLayerWeights, SavedModel, SavedWeight } from "../files/saved-model.ts";
import type { Layer } from "../layer.ts";
import type { AnyModel } from "../model/base-model.ts";
import { Network } from "../model/network.ts";
import type { Optimizer } from "../optimizers.ts";
import { checkChoice, checkOptions } from "../options.ts";
import type { Weight } from "../weight.ts";
import { trainingConfig } from "./training-config.ts";
import { weightNames } from "./weight-names.ts";

/** In whose layout files are written. */
const KERAS_VERSION = "2.3.1";

export interface SaveOptions {
  /** Default: by the file's name. `.h5`, `.hdf5`: Keras's; `.safetensors`; `.json`: that of tfjs-layers. */
  readonly format?: WritableFormat;
  /** Whether the optimizer's state and how the model was compiled are saved, too. Default true. */
  readonly includeOptimizer?: boolean;
  /** Whether an existing file is replaced. Default true. */
  readonly overwrite?: boolean;
  /**
   * Of the weights of a model in the model. `keras`, the default: the trainable ones first, as Keras expects them;
   * `topological`: layer by layer, whatever is frozen.
   */
  readonly order?: "keras" | "topological";
  /**
   * Of one's own, for the same file: `readModelFile(path)` gives it back as `extra.user`. Where a run stands is as whole so as
   * the weights it stands with.
   */
  readonly extra?: JsonObject;
  /** Where warnings go; default `console.warn`. */
  readonly warn?: (text: string) => void;
}

const saveOptionNames = {
  format: true,
  includeOptimizer: true,
  overwrite: true,
  order: true,
  extra: true,
  warn: true,
} as const;

/** Weights alone have no place for the rest. */
export type SaveWeightsOptions = Omit<SaveOptions, "includeOptimizer" | "extra">;
const { includeOptimizer: _, extra: __, ...saveWeightsOptionNames } = saveOptionNames;

/** The format that a file's name asks for. @throws for another name */
export function formatOf(path: string, given: WritableFormat | undefined, isWhole: boolean): WritableFormat {
  const format = anyFormatOf(path, given, isWhole);
  if (!isWhole && (format === "tfjs" || format === "h5")) {
    throw new Error(
      format === "tfjs"
        ? `[saveWeights] ${path}: a model.json holds layers and weights: save the whole model with model.save, or give a name that ends in .h5 or .safetensors.`
        : '[saveWeights] format "h5" is for whole models: give "weights-h5", or save the whole model with model.save.',
    );
  }
  return format;
}

function anyFormatOf(path: string, given: WritableFormat | undefined, isWhole: boolean): WritableFormat {
  if (given !== undefined) {
    checkChoice("save", "format", given, ["h5", "weights-h5", "safetensors", "tfjs"]);
    return given;
  }
  if (/\.(h5|hdf5)$/i.test(path)) return isWhole ? "h5" : "weights-h5";
  if (/\.safetensors$/i.test(path)) return "safetensors";
  if (/\.json$/i.test(path)) return "tfjs";
  throw new Error(
    `[save] ${path}: the name should end in .h5, .safetensors or .json, or \`format\` say what it is` +
      (/\.keras$/i.test(path) ? ": files of Keras 3 are read, and not written." : "."),
  );
}

/**
 * Everything of a model as plain data.
 * @returns the data, and why how it was compiled is not among it, if so
 */
export async function savedModelOf(
  model: AnyModel,
  { includeOptimizer = true, order = "keras", extra }: SaveOptions = {},
): Promise<{ saved: SavedModel; notes: string[] }> {
  if (!model.isBuilt) {
    throw new Error(
      `[save] ${model.name} is not built yet: give its first layer an inputShape, or run it once.`,
    );
  }
  const notes: string[] = [];
  const layers = await Promise.all(
    model.layers.map(
      async (layer): Promise<SavedLayerWeights> => ({
        name: layer.name,
        weights: await savedWeights(layer, order),
      }),
    ),
  );
  let training: Pick<SavedModel, "trainingConfig" | "optimizerWeights"> = {};
  const { optimizer, compiledFor } = model;
  if (includeOptimizer && optimizer && compiledFor) {
    try {
      training = {
        trainingConfig: trainingConfig(optimizer, compiledFor),
        optimizerWeights: await optimizerWeights(model, optimizer),
      };
    } catch (error) {
      notes.push(`[save] how ${model.name} was compiled is left out: ${(error as Error).message}.`);
    }
  }
  const saved: SavedModel = {
    format: "h5",
    kerasVersion: KERAS_VERSION,
    backend: "tensorflow",
    modelConfig: model.toConfig() as JsonObject,
    ...training,
    layers,
    extra: {
      seed: model.seed,
      steps_done: model.stepsDone,
      // Keras's training_config has them rounded to float32: trained on with those, other bits would come out.
      ...(training.trainingConfig && { hyperparameters: optimizer!.hyperparameters }),
      ...(extra && { user: extra }),
    },
  };
  return { saved, notes };
}

/** As Keras orders them, or layer by layer. */
function weightsOf(layer: Layer, order: "keras" | "topological"): readonly Weight[] {
  if (order === "keras" || !(layer instanceof Network)) return layer.weights;
  return [...new Set(layer.layers.flatMap((inner) => weightsOf(inner, order)))];
}

function savedWeights(layer: Layer, order: "keras" | "topological"): Promise<SavedWeight[]> {
  const names = weightNames(layer);
  return Promise.all(
    weightsOf(layer, order).map(async (weight) => ({ name: names.get(weight)!, ...(await weight.read()) })),
  );
}

/** The optimizer's state under names such as Keras gives it. */
async function optimizerWeights(model: AnyModel, optimizer: Optimizer): Promise<SavedWeight[]> {
  const { trained } = model;
  const { className, iterations } = optimizer;
  const [steps, ...others] = await optimizer.getWeights(trained);
  const numbers = others.filter(({ shape }) => shape.length === 0);
  const slots = others.slice(numbers.length);
  const names = uniqueNames([
    `${className}/iterations:0`,
    ...numbers.map(() => `${className}/m_schedule:0`), // Nadam's; no other has one
    ...slots.map((_, i) => {
      const weight = trained[i % trained.length].name.replace(/:0$/, "");
      return `training/${className}/${weight}/${Math.floor(i / trained.length)}:0`;
    }),
  ]);
  return [{ ...steps, dtype: "int64", count: iterations }, ...numbers, ...slots].map((array, i) => ({
    name: names[i],
    ...array,
  }));
}

/** @throws where the file is there and must not be replaced */
async function checkOverwrite(path: string, overwrite: boolean): Promise<void> {
  const { fileExists } = await import("#file-access");
  if (!overwrite && fileExists(path)) {
    throw new Error(`[save] ${path} is there already, and overwrite is false: give another name.`);
  }
}

/**
 * Saves a whole model: layers, weights, how it was compiled, and the optimizer's state. Keras 2 opens an `.h5`.
 * The file appears whole or not at all.
 */
export async function saveModel(model: AnyModel, path: string, options: SaveOptions = {}): Promise<void> {
  checkOptions("save", options, saveOptionNames);
  const { overwrite = true, warn = console.warn } = options;
  const format = formatOf(path, options.format, true);
  await checkOverwrite(path, overwrite);
  const { saved, notes } = await savedModelOf(model, options);
  const leftOut = await writeModelFile(path, format, saved);
  for (const note of notes) warn(note);
  if (leftOut.length > 0) warn(`[save] ${path} has no place for ${leftOut.join(", ")}: an .h5 has.`);
}

/** The same as bytes, for a page: each file by its name. */
export async function modelBytes(
  model: AnyModel,
  format: WritableFormat = "h5",
  options: Omit<SaveOptions, "format" | "overwrite"> = {},
): Promise<Map<string, Uint8Array>> {
  const { warn = console.warn } = options;
  const { saved, notes } = await savedModelOf(model, options);
  for (const note of notes) warn(note);
  return modelFileBytes(format, saved);
}

/** Saves the weights alone: Keras's `save_weights`. */
export async function saveWeights(
  model: AnyModel,
  path: string,
  options: SaveWeightsOptions = {},
): Promise<void> {
  checkOptions("saveWeights", options, saveWeightsOptionNames);
  const format = formatOf(path, options.format, false);
  await checkOverwrite(path, options.overwrite ?? true);
  const { saved } = await savedModelOf(model, { ...options, includeOptimizer: false });
  const { kerasVersion, backend, layers } = saved;
  await writeModelFile(path, format, { format, kerasVersion, backend, layers });
}
