/** tfjs-layers: `model.json`, with the architecture and a manifest, and the arrays of the manifest one after the other in shards. */
import { groupByLayer, lastPart, pathIn, withoutIndex } from "./architecture.ts";
import { noteValues } from "./keras-h5-read.ts";
import { bytesOf, decodeNumbers, elementsOf, formatBytes, isNumberType, type NumberType } from "./numbers.ts";
import {
  describeJson,
  isJsonObject,
  type Json,
  type JsonObject,
  type SavedModel,
  type SavedWeight,
} from "./saved-model.ts";

/** As the converter of TensorFlow.js cuts them. */
const shardBytes = 4 << 20;

interface Quantization {
  readonly type: "uint8" | "uint16" | "float16";
  readonly scale: number;
  readonly min: number;
}

export interface ManifestWeight {
  readonly name: string;
  readonly shape: readonly number[];
  /** What it is once it is read. */
  readonly type: NumberType;
  readonly elements: number;
  /** How it lies in the shard. */
  readonly stored: NumberType;
  readonly quantization: Quantization | undefined;
}

export interface ManifestGroup {
  readonly paths: readonly string[];
  readonly weights: readonly ManifestWeight[];
  /** What the shards must have together. */
  readonly bytes: number;
}

export const isTfjsModel = (json: JsonObject): boolean =>
  "weightsManifest" in json || "modelTopology" in json;

/** @throws where the manifest is not one, or asks for files outside its own folder */
export function readManifest(json: JsonObject, name: string): ManifestGroup[] {
  const where = `[tfjs] ${name}`;
  if (json.format === "graph-model") {
    throw new Error(`${where} is a graph model: only layers models, which have an architecture, are read.`);
  }
  const { weightsManifest: manifest } = json;
  if (!Array.isArray(manifest)) {
    throw new Error(
      `${where}: weightsManifest is ${describeJson(manifest)}, not a list: there are no weights.`,
    );
  }
  return (manifest as readonly Json[]).map((group) => {
    if (!isJsonObject(group) || !Array.isArray(group.paths) || !Array.isArray(group.weights)) {
      throw new Error(`${where}: a group of weightsManifest has no paths, or no weights.`);
    }
    const paths = (group.paths as readonly Json[]).map((path) => {
      if (typeof path === "string" && isPlainPath(path)) return path;
      throw new Error(
        `${where}: the shard ${JSON.stringify(path)} is outside the model's folder; it is not read.`,
      );
    });
    const weights = (group.weights as readonly Json[]).map((weight) => readWeight(weight, where));
    const bytes = weights.reduce((sum, { elements, stored }) => sum + elements * bytesOf(stored), 0);
    return { paths, weights, bytes };
  });
}

/** A name in the folder or below: no way up or out. */
const isPlainPath = (path: string): boolean =>
  path !== "" && !/[\\:\0]/.test(path) && path.split("/").every((part) => part !== "" && part !== "..");

function readWeight(weight: Json, where: string): ManifestWeight {
  if (!isJsonObject(weight) || typeof weight.name !== "string" || !Array.isArray(weight.shape)) {
    throw new Error(`${where}: an array of the manifest has no name or no shape.`);
  }
  const { name, dtype } = weight;
  const shape = weight.shape as readonly number[];
  const elements = elementsOf(shape);
  if (elements === undefined)
    throw new Error(`${where}: ${name} has the impossible shape ${describeJson(shape)}.`);
  const type = typeof dtype === "string" && isNumberType(dtype) ? dtype : undefined;
  if (!type)
    throw new Error(`${where}: ${name} is of type ${JSON.stringify(dtype)}; weights must be numbers.`);
  const quantization = readQuantization(weight.quantization, `${where}: ${name}`);
  return { name, shape, type, elements, stored: quantization?.type ?? type, quantization };
}

function readQuantization(json: Json | undefined, where: string): Quantization | undefined {
  if (json === undefined || json === null) return undefined;
  const { dtype: type, scale = 1, min = 0 } = isJsonObject(json) ? json : {};
  const isKnown = type === "uint8" || type === "uint16" || type === "float16";
  if (!isKnown || typeof scale !== "number" || typeof min !== "number") {
    throw new Error(`${where} is quantized as ${JSON.stringify(json)}; uint8, uint16 and float16 are read.`);
  }
  return { type, scale, min };
}

/** The arrays of a model. `shard` gives a file's bytes by its path in the manifest. */
export function readTfjs(
  json: JsonObject,
  name: string,
  shard: (path: string, limit: number) => Uint8Array,
): SavedModel {
  const notes: string[] = [];
  const weights = readManifest(json, name).flatMap(({ paths, weights, bytes }) => {
    const shards = paths.map((path) => shard(path, bytes));
    const stored = shards.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (stored !== bytes) {
      throw new Error(
        `[tfjs] ${name}: ${paths.join(", ")} ${paths.length === 1 ? "has" : "have"} ${formatBytes(stored)} (${stored} bytes), ` +
          `the manifest needs ${bytes} bytes: a shard is damaged or of another model.`,
      );
    }
    const content = shards.length === 1 ? shards[0] : joined(shards, bytes);
    let position = 0;
    return weights.map((weight) => {
      const end = position + weight.elements * bytesOf(weight.stored);
      const read = readArray(weight, content.subarray(position, end), notes);
      position = end;
      return read;
    });
  });
  const topology = isJsonObject(json.modelTopology) ? json.modelTopology : {};
  // Written by Keras, or by tfjs itself.
  const modelConfig = isJsonObject(topology.model_config)
    ? topology.model_config
    : "class_name" in topology
      ? topology
      : undefined;
  const text = (value: Json | undefined) => (typeof value === "string" ? value : undefined);
  const training = topology.training_config ?? json.trainingConfig;
  const metadata = json.userDefinedMetadata;
  return {
    format: "tfjs",
    kerasVersion: text(topology.keras_version),
    backend: text(topology.backend),
    modelConfig,
    trainingConfig: isJsonObject(training) ? training : undefined,
    layers: groupByLayer(weights, modelConfig),
    extra: isJsonObject(metadata) && isJsonObject(metadata.convscope) ? metadata.convscope : undefined,
    notes,
  };
}

function joined(shards: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let position = 0;
  for (const part of shards) {
    whole.set(part, position);
    position += part.byteLength;
  }
  return whole;
}

function readArray(weight: ManifestWeight, bytes: Uint8Array, notes: string[]): SavedWeight {
  const { name, shape, elements, type, stored, quantization } = weight;
  const data = new Float32Array(elements);
  const rounded = decodeNumbers(bytes, stored, data, 0);
  if (quantization && quantization.type !== "float16") {
    const { scale, min } = quantization;
    for (let i = 0; i < elements; i++) data[i] = data[i] * scale + min;
  }
  noteValues(notes, name, data, rounded, stored);
  if (quantization)
    notes.push(`${name}: was stored as ${quantization.type}, and has lost what that cannot hold.`);
  return { name, shape, data, ...(type === "float32" ? {} : { dtype: type }) };
}

/**
 * The files of a model, in order: `model.json` last, so that it is never there without its shards.
 * @param group the number in the shards' names
 * @throws without an architecture, and where tfjs would take two arrays for one
 */
export function writeTfjs(model: SavedModel, group = 1): Map<string, Uint8Array> {
  if (!model.modelConfig) {
    throw new Error(
      "[tfjs] a model.json holds layers and weights, and there are weights alone: write them as HDF5 or safetensors.",
    );
  }
  checkNames(model);
  const weights = model.layers.flatMap(({ name, weights }) =>
    weights.map((weight) => ({ ...weight, name: tfjsName(name, weight.name) })),
  );
  const content = joined(
    weights.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
    weights.reduce((sum, { data }) => sum + data.byteLength, 0),
  );
  const count = Math.ceil(content.byteLength / shardBytes);
  const files = new Map<string, Uint8Array>();
  for (let i = 0; i < count; i++) {
    files.set(
      `group${group}-shard${i + 1}of${count}.bin`,
      content.subarray(i * shardBytes, Math.min((i + 1) * shardBytes, content.byteLength)),
    );
  }
  const json: JsonObject = {
    format: "layers-model",
    generatedBy: `keras v${model.kerasVersion ?? "1"}`,
    convertedBy: "convscope",
    modelTopology: {
      keras_version: model.kerasVersion,
      backend: model.backend,
      model_config: model.modelConfig,
      training_config: model.trainingConfig,
    },
    userDefinedMetadata: model.extra && { convscope: model.extra },
    weightsManifest: [
      {
        paths: [...files.keys()],
        weights: weights.map(({ name, shape }) => ({ name, shape, dtype: "float32" })),
      },
    ],
  };
  files.set("model.json", new TextEncoder().encode(JSON.stringify(json)));
  return files;
}

/** tfjs looks an array up by the innermost layer's name, which must be one of its kind in the whole model. */
function checkNames({ layers }: SavedModel): void {
  const seen = new Map<string, string>();
  for (const { name, weights } of layers) {
    for (const weight of weights) {
      const plain = tfjsName(name, weight.name);
      const key = plain.split("/").slice(-2).join("/");
      const path = pathIn(name, weight.name);
      const other = seen.get(key);
      if (other !== undefined) {
        throw new Error(
          `[tfjs] ${other} and ${path} are both ${key} in a model.json, and tfjs-layers cannot tell them apart: ` +
            "save as .h5 or .safetensors, or give the layers different names.",
        );
      }
      seen.set(key, path);
    }
  }
}

/** tfjs looks for `conv2d_1/kernel`, after the innermost layer, which a nested model's names have already. */
function tfjsName(layer: string, weight: string): string {
  const plain = withoutIndex(weight);
  if (plain.startsWith(`${layer}/`)) return plain;
  // Keras 3 puts the model's name before the layer's.
  const inner = plain.lastIndexOf(`/${layer}/`);
  if (inner >= 0) return plain.slice(inner + 1);
  return plain.includes("/") ? plain : `${layer}/${lastPart(plain)}`;
}
