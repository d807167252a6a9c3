/** HDF5 files of Keras 1, Keras 2, tf.keras, and what Keras 3 calls the legacy format: `model.save` and `save_weights`. */
import type { Hdf5File, Hdf5Value } from "./hdf5.ts";
import { countNaN } from "./numbers.ts";
import {
  describeJson,
  type JsonObject,
  parseJsonObject,
  type SavedLayerWeights,
  type SavedModel,
  type SavedWeight,
} from "./saved-model.ts";

/** True where a group is what `save_weights` writes. */
export const isWeightsGroup = (file: Hdf5File, path: string): boolean =>
  file.kind(path) === "group" &&
  file.attributeNames(path).some((name) => name === "layer_names" || name === "layer_names0");

/** @throws where something that the file names is not there, or is not what it must be */
export function readKerasHdf5(file: Hdf5File): SavedModel {
  // As Keras: a whole model is given to load_weights, too.
  const group = isWeightsGroup(file, "/") ? "" : "/model_weights";
  if (!isWeightsGroup(file, group || "/")) {
    throw new Error(
      `[readModelFile] ${file.name} is HDF5, and not Keras's: neither the file nor a group model_weights has the attribute layer_names.`,
    );
  }
  const notes: string[] = [];
  const weights = new WeightReader(file, notes);
  const layers = textList(file, group || "/", "layer_names").map((name): SavedLayerWeights => {
    const path = `${group}/${name}`;
    const kind = file.kind(path);
    if (kind !== "group") {
      throw new Error(
        `[readModelFile] ${file.name}: layer_names has ${name}, and ${path} is ${kind === "missing" ? kind : `a ${kind}`}: ` +
          "the weights of that layer are not in the file.",
      );
    }
    const names = textList(file, path, "weight_names");
    return { name, weights: names.map((weight) => weights.read(`${path}/${weight}`, weight)) };
  });
  // In the weights' group Keras 1 wrote neither; in the root it did.
  const text = (name: string) => optionalText(file, group || "/", name) ?? optionalText(file, "/", name);
  const modelConfig = jsonAttribute(file, "model_config");
  return {
    format: group === "" ? "weights-h5" : "h5",
    kerasVersion: text("keras_version"),
    backend: text("backend"),
    modelConfig,
    trainingConfig: trainingConfigOf(file, notes),
    layers,
    optimizerWeights: optimizerWeightsOf(file, weights, notes),
    extra: jsonAttribute(file, "convscope"),
    notes,
  };
}

/** Reads arrays, and notes what is not in them as it was. */
export class WeightReader {
  readonly #file: Hdf5File;
  readonly #notes: string[];

  constructor(file: Hdf5File, notes: string[]) {
    this.#file = file;
    this.#notes = notes;
  }

  read(path: string, name: string): SavedWeight {
    const kind = this.#file.kind(path);
    if (kind !== "dataset") {
      const what =
        kind === "link to another file" ? "a link to another file, which is not followed" : kindText(kind);
      throw new Error(
        `[readModelFile] ${this.#file.name}: ${path} is ${what}: its values are not in the file.`,
      );
    }
    const dataset = this.#file.dataset(path);
    const { data, rounded, count } = this.#file.read(dataset);
    noteValues(this.#notes, name, data, rounded, dataset.type.name);
    const { name: dtype } = dataset.type;
    return {
      name,
      shape: dataset.shape,
      data,
      ...(dtype !== "float32" && { dtype }),
      ...(count !== undefined && { count }),
    };
  }
}

const kindText = (kind: string): string => (kind === "missing" ? kind : `a ${kind}`);

/** Says where values were rounded to float32, and where some are not numbers. */
export function noteValues(
  notes: string[],
  name: string,
  data: Float32Array,
  rounded: number,
  dtype: string,
): void {
  if (rounded > 0)
    notes.push(`${name}: ${rounded} of ${data.length} ${dtype} values were rounded to float32.`);
  const bad = countNaN(data);
  if (bad > 0) notes.push(`${name}: ${bad} of ${data.length} values are NaN.`);
}

/** A list of texts, which Keras splits into `name0`, `name1`, … where it is long. */
export function textList(file: Hdf5File, path: string, name: string): string[] {
  const names = new Set(file.attributeNames(path));
  if (names.has(name)) return asTexts(file, path, name);
  const parts: string[] = [];
  let part = 0;
  while (names.has(`${name}${part}`)) parts.push(...asTexts(file, path, `${name}${part++}`));
  if (part === 0) throw new Error(`[readModelFile] ${file.name}: ${path} has no attribute ${name}.`);
  return parts;
}

function asTexts(file: Hdf5File, path: string, name: string): string[] {
  const { value } = file.attribute(path, name);
  // An empty list is one of float64, as NumPy has it.
  if (Array.isArray(value)) {
    const texts = value.filter((item) => typeof item === "string");
    if (texts.length === value.length) return texts;
  }
  throw new Error(
    `[readModelFile] ${file.name}: the attribute ${name} of ${path} is ${describe(value)}, not a list of names.`,
  );
}

const describe = (value: Hdf5Value | undefined): string =>
  value === undefined ? "neither text nor numbers" : describeJson(value);

function optionalText(file: Hdf5File, path: string, name: string): string | undefined {
  if (!file.attributeNames(path).includes(name)) return undefined;
  const { value } = file.attribute(path, name);
  if (typeof value === "string") return value;
  throw new Error(
    `[readModelFile] ${file.name}: the attribute ${name} of ${path} is ${describe(value)}, not a text.`,
  );
}

function jsonAttribute(file: Hdf5File, name: string): JsonObject | undefined {
  const text = optionalText(file, "/", name);
  return text === undefined
    ? undefined
    : parseJsonObject(text, `[readModelFile] ${file.name}: the attribute ${name}`);
}

/** What cannot be read of it costs the optimizer's settings, and not the model. */
function trainingConfigOf(file: Hdf5File, notes: string[]): JsonObject | undefined {
  try {
    return jsonAttribute(file, "training_config");
  } catch (error) {
    notes.push(`The compile arguments are left out. ${(error as Error).message}`);
    return undefined;
  }
}

function optimizerWeightsOf(
  file: Hdf5File,
  weights: WeightReader,
  notes: string[],
): SavedWeight[] | undefined {
  const path = "/optimizer_weights";
  if (file.kind(path) !== "group") return undefined;
  try {
    return textList(file, path, "weight_names").map((name) => weights.read(`${path}/${name}`, name));
  } catch (error) {
    notes.push(`The optimizer's state is left out. ${(error as Error).message}`);
    return undefined;
  }
}
