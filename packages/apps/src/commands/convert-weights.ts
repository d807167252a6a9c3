import { existsSync } from "node:fs";
import { dirname } from "node:path";
import {
  loadModel,
  modelFileFormats,
  readModelFile,
  type SavedModel,
  type WritableFormat,
  writeModelFile,
} from "@convscope/layers";
import { Output } from "../output.ts";
import { COLUMNS, wrapped } from "../report/wrapped.ts";

export interface ConvertWeightsOptions {
  readonly format?: WritableFormat;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** @throws {RangeError} where neither name nor option says a format that can be written */
export function checkConvertWeights(to: string, { format }: ConvertWeightsOptions): void {
  if (format === undefined) formatOfName(to);
}

/** Writes a model file in another format, or in the same one. */
export async function convertWeights(
  from: string,
  to: string,
  { format: given, force = false, json = false }: ConvertWeightsOptions,
): Promise<void> {
  const output = new Output(json);
  // Before a file of hundreds of megabytes is read: a name that is no good.
  const wanted = given ?? formatOfName(to);
  if (!force && existsSync(to)) throw new Error(`[convert] ${to} is there already: --force replaces it.`);
  if (!existsSync(dirname(to))) {
    throw new Error(`[convert] ${to} cannot be written: its folder does not exist.`);
  }
  const saved = await readModelFile(from);
  if (saved.format === "keras3-weights") {
    throw new Error(
      `[convert] ${from} does not tell the order of its layers: load it into its model with model.loadWeights, and save that.`,
    );
  }
  const format = wanted === "h5" && given === undefined && !saved.modelConfig ? "weights-h5" : wanted;
  if (!saved.modelConfig && (format === "h5" || format === "tfjs")) {
    throw new Error(
      `[convert] ${from} holds weights and no layers, and ${modelFileFormats[format]} needs both: ` +
        "give a name that ends with .safetensors or .h5.",
    );
  }
  const notes = [...(saved.notes ?? [])];
  const warn = (text: string) => void notes.push(text);
  const whole = needsRebuilding(saved) && format !== "weights-h5" ? await rebuilt(from, warn) : undefined;
  let leftOut: string[] = [];
  if (whole) await whole.save(to, { format, warn });
  else leftOut = await writeModelFile(to, format, saved);

  const arrays = saved.layers.flatMap(({ weights }) => weights);
  const numbers = arrays.reduce((sum, { data }) => sum + data.length, 0);
  const isRebuilt = whole !== undefined;
  output.result({ from, to, format, arrays: arrays.length, numbers, isRebuilt, leftOut, notes });
  const say = (text: string) => {
    for (const line of wrapped(text, COLUMNS)) output.say(line);
  };
  say(
    `${to}: ${modelFileFormats[format]}, ${arrays.length} arrays, ${numbers.toLocaleString("en")} numbers.`,
  );
  if (isRebuilt) say("Layers and weights are written in the layout and words of Keras 2.3.1.");
  if (leftOut.length > 0) say(`Left out, for there is no place for it: ${leftOut.join(", ")}.`);
  for (const note of new Set(notes)) say(note);
}

function formatOfName(path: string): WritableFormat {
  if (/\.(h5|hdf5)$/i.test(path)) return "h5";
  if (/\.safetensors$/i.test(path)) return "safetensors";
  if (/\.json$/i.test(path)) return "tfjs";
  throw new RangeError(
    `${path} should end with .h5, .safetensors or .json, or --format say what it is` +
      (/\.keras$/i.test(path) ? ": files of Keras 3 are read, and not written." : "."),
  );
}

/** Others than Keras 2, which ended with 2.3.1, have other words for layers, other names and other layouts of weights. */
const needsRebuilding = ({ modelConfig, kerasVersion = "1", backend = "tensorflow" }: SavedModel): boolean =>
  modelConfig !== undefined && !(/^2\.[0-3]\.\d+$/.test(kerasVersion) && backend === "tensorflow");

/** The model itself, which writes its own file; undefined where it cannot be built here. */
async function rebuilt(from: string, warn: (text: string) => void) {
  try {
    return await loadModel(from, { warn });
  } catch (error) {
    warn(
      `Layers and weights are copied as they are, in the words of the Keras that wrote them, for the model cannot be built here: ${(error as Error).message}`,
    );
    return undefined;
  }
}
