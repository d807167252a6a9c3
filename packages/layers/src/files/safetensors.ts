/**
 * safetensors: a header in JSON, then the arrays. The architecture, and all else that a Keras file has beside arrays, goes into
 * the header's `__metadata__`, which maps text to text.
 */
import { groupByLayer, pathIn } from "./architecture.ts";
import type { ByteSink } from "./byte-sink.ts";
import { type ByteSource, readBytes } from "./byte-source.ts";
import { noteValues } from "./keras-h5-read.ts";
import {
  bytesOf,
  countIn,
  decodeNumbers,
  elementsOf,
  formatBytes,
  type NumberType,
  toInt64,
} from "./numbers.ts";
import {
  isJsonObject,
  type Json,
  type JsonObject,
  parseJsonObject,
  type SavedLayerWeights,
  type SavedModel,
  type SavedWeight,
} from "./saved-model.ts";

/** The format's own limit for a header. */
const largestHeader = 100_000_000;
const optimizerPrefix = "optimizer_weights/";

const numberTypes: Readonly<Record<string, NumberType>> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  I64: "int64",
  I32: "int32",
  I16: "int16",
  I8: "int8",
  U64: "uint64",
  U32: "uint32",
  U16: "uint16",
  U8: "uint8",
  BOOL: "bool",
};

export interface TensorEntry {
  readonly name: string;
  readonly type: NumberType;
  readonly shape: readonly number[];
  /** Byte positions in the file. */
  readonly start: number;
  readonly end: number;
}

/** True where the first bytes can be those of a header. */
export function isSafetensors(source: ByteSource): boolean {
  if (source.size < 10) return false;
  const head = readBytes(source, 0, 9);
  const length = Number(new DataView(head.buffer).getBigUint64(0, true));
  return head[8] === "{".charCodeAt(0) && length >= 2 && length <= source.size - 8;
}

/** @throws where the header is not one, or its arrays do not lie in the file, each by itself */
export function readSafetensorsHeader(source: ByteSource): {
  metadata: ReadonlyMap<string, string>;
  tensors: TensorEntry[];
} {
  const where = `[safetensors] ${source.name}`;
  const length = Number(new DataView(readBytes(source, 0, 8).buffer).getBigUint64(0, true));
  if (length > Math.min(largestHeader, source.size - 8)) {
    throw new Error(
      `${where}: the header claims ${formatBytes(length)} of a file of ${formatBytes(source.size)}.`,
    );
  }
  const text = new TextDecoder().decode(readBytes(source, 8, length));
  const { __metadata__: given, ...entries } = parseJsonObject(text, `${where}: the header`);
  const first = 8 + length;
  const tensors = Object.entries(entries).map(([name, entry]): TensorEntry => {
    const bad = (what: string) => new Error(`${where}: ${name} ${what}.`);
    if (!isJsonObject(entry)) throw bad("has no description");
    const { dtype, shape, data_offsets: offsets } = entry;
    const type = typeof dtype === "string" ? numberTypes[dtype] : undefined;
    if (!type)
      throw bad(`is of type ${JSON.stringify(dtype)}; ${Object.keys(numberTypes).join(", ")} are read`);
    if (!isNumbers(shape) || !isNumbers(offsets) || offsets.length !== 2) {
      throw bad("has no shape, or no place in the file");
    }
    const [start, end] = offsets;
    const elements = elementsOf(shape);
    if (elements === undefined || start < 0 || end < start || end - start !== elements * bytesOf(type)) {
      throw bad(`of shape (${shape.join(", ")}) and type ${type} cannot lie at ${start} to ${end}`);
    }
    if (first + end > source.size) throw bad(`ends at ${first + end}, after the file's ${source.size} bytes`);
    return { name, type, shape, start: first + start, end: first + end };
  });
  const inOrder = [...tensors].sort((a, b) => a.start - b.start || a.end - b.end);
  inOrder.forEach((tensor, i) => {
    if (i > 0 && tensor.start < inOrder[i - 1].end)
      throw new Error(`${where}: ${inOrder[i - 1].name} and ${tensor.name} lie on the same bytes.`);
  });
  const metadata = Object.entries(isJsonObject(given) ? given : {}).filter(
    (pair): pair is [string, string] => typeof pair[1] === "string",
  );
  return { metadata: new Map(metadata), tensors };
}

const isNumbers = (value: Json | undefined): value is readonly number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item));

export function readSafetensors(source: ByteSource): SavedModel {
  const { metadata, tensors } = readSafetensorsHeader(source);
  const notes: string[] = [];
  const read = ({ name, type, shape, start, end }: TensorEntry): SavedWeight => {
    const data = new Float32Array((end - start) / bytesOf(type));
    if (type === "float32") {
      source.read(new Uint8Array(data.buffer), start);
      noteValues(notes, name, data, 0, type);
      return { name, shape, data };
    }
    const bytes = readBytes(source, start, end - start);
    const rounded = decodeNumbers(bytes, type, data, 0);
    const count = countIn(bytes, type);
    noteValues(notes, name, data, count === undefined ? rounded : 0, type);
    return { name, shape, data, dtype: type, ...(count !== undefined && { count }) };
  };
  const object = (key: string): JsonObject | undefined => {
    const text = metadata.get(key);
    return text === undefined ? undefined : parseJsonObject(text, `[safetensors] ${source.name}: ${key}`);
  };
  const modelConfig = object("model_config");
  const named = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const layers = layersAsWritten(metadata, named, read, source.name);
  const optimizerNames = listOf(metadata.get("optimizer_weights"), source.name);
  const take = takeFrom(named, read, source.name);
  return {
    format: "safetensors",
    kerasVersion: metadata.get("keras_version"),
    backend: metadata.get("backend"),
    modelConfig,
    trainingConfig: object("training_config"),
    layers: layers ?? groupByLayer(tensors.map(read), modelConfig),
    optimizerWeights: optimizerNames?.map((name) => take(`${optimizerPrefix}${name}`, name)),
    extra: object("convscope"),
    notes,
  };
}

function takeFrom(
  named: ReadonlyMap<string, TensorEntry>,
  read: (tensor: TensorEntry) => SavedWeight,
  file: string,
) {
  return (key: string, name: string): SavedWeight => {
    const tensor = named.get(key);
    if (!tensor) throw new Error(`[safetensors] ${file}: the header speaks of ${key}, which is missing.`);
    return { ...read(tensor), name };
  };
}

function listOf(text: string | undefined, file: string): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const { list } = parseJsonObject(`{ "list": ${text} }`, `[safetensors] ${file}: a list of names`);
  if (isNames(list)) return list;
  throw new Error(`[safetensors] ${file}: a list of names in the header is none.`);
}

const isNames = (value: Json | undefined): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string");

/** The layers of a file that was written here, with their names and order. */
function layersAsWritten(
  metadata: ReadonlyMap<string, string>,
  named: ReadonlyMap<string, TensorEntry>,
  read: (tensor: TensorEntry) => SavedWeight,
  file: string,
): SavedLayerWeights[] | undefined {
  const text = metadata.get("layers");
  if (text === undefined) return undefined;
  const take = takeFrom(named, read, file);
  const { layers } = parseJsonObject(`{ "layers": ${text} }`, `[safetensors] ${file}: layers`);
  const isLayer = (layer: Json): layer is readonly [string, readonly string[]] =>
    Array.isArray(layer) && layer.length === 2 && typeof layer[0] === "string" && isNames(layer[1]);
  if (!Array.isArray(layers) || !layers.every(isLayer))
    throw new Error(`[safetensors] ${file}: the list of layers in the header is none.`);
  return layers.map(([name, weights]) => ({
    name,
    weights: weights.map((weight) => take(pathIn(name, weight), weight)),
  }));
}

export function writeSafetensors(sink: ByteSink, model: SavedModel): void {
  const optimizerWeights = model.optimizerWeights ?? [];
  const tensors = [
    ...model.layers.flatMap(({ name, weights }) =>
      weights.map((weight) => ({ ...weight, name: pathIn(name, weight.name) })),
    ),
    ...optimizerWeights.map((weight) => ({ ...weight, name: optimizerPrefix + weight.name })),
  ];
  const metadata: Record<string, string> = { format: "convscope" };
  const put = (key: string, value: string | undefined) => {
    if (value !== undefined) metadata[key] = value;
  };
  put("keras_version", model.kerasVersion);
  put("backend", model.backend);
  put("model_config", JSON.stringify(model.modelConfig));
  put("training_config", JSON.stringify(model.trainingConfig));
  put("convscope", JSON.stringify(model.extra));
  const names = model.layers.map(
    ({ name, weights }) => [name, weights.map((weight) => weight.name)] as const,
  );
  put("layers", JSON.stringify(names));
  if (model.optimizerWeights)
    put("optimizer_weights", JSON.stringify(optimizerWeights.map(({ name }) => name)));
  const entries: Record<string, Json> = { __metadata__: metadata };
  let end = 0;
  const values = tensors.map((weight) => (weight.dtype === "int64" ? toInt64(weight) : weight.data));
  tensors.forEach(({ name, shape }, i) => {
    if (Object.hasOwn(entries, name)) throw new Error(`[safetensors] two arrays have the name ${name}.`);
    const { byteLength } = values[i];
    const dtype = values[i] instanceof Float32Array ? "F32" : "I64";
    entries[name] = { dtype, shape, data_offsets: [end, end + byteLength] };
    end += byteLength;
  });
  // Spaces after the header let the arrays begin at a multiple of eight bytes.
  const header = new TextEncoder().encode(JSON.stringify(entries));
  const length = Math.ceil(header.byteLength / 8) * 8;
  const head = new Uint8Array(8 + length).fill(" ".charCodeAt(0));
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(header, 8);
  sink.write(head, 0);
  let position = head.byteLength;
  for (const array of values) {
    sink.write(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), position);
    position += array.byteLength;
  }
}
