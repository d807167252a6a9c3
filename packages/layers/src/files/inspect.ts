/** What is in a model's file, as data and as text: also in one that cannot be loaded, as far as it can be read. */

import { formatTuple } from "../python-format.ts";
import { type ConfiguredLayer, configuredLayers } from "./architecture.ts";
import { bytesSource, readBytes } from "./byte-source.ts";
import { type Hdf5File, type Hdf5Value, readHdf5 } from "./hdf5.ts";
import { isWeightsGroup } from "./keras-h5-read.ts";
import { openKerasZip } from "./keras-zip.ts";
import { formatBytes } from "./numbers.ts";
import { type Container, type ModelFile, openModelFile, readModelFile } from "./read-model-file.ts";
import { type JsonObject, modelFileFormats, parseJsonObject, type SavedModel } from "./saved-model.ts";

/** Of the values that are numbers. */
export interface Statistics {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Of the population. */
  readonly std: number;
  readonly nan: number;
}

export interface InspectedNode {
  readonly name: string;
  readonly kind: "group" | "array" | "other";
  /** For what is neither: what it is. For an array whose values cannot be read: why. */
  readonly note?: string;
  readonly attributes?: Readonly<Record<string, Hdf5Value | null>>;
  readonly shape?: readonly number[];
  readonly dtype?: string;
  readonly filters?: readonly string[];
  readonly statistics?: Statistics;
  readonly children?: readonly InspectedNode[];
}

export interface InspectedLayer {
  /** With the names of the models it is in: `vgg16/block1_conv1`. */
  readonly path: string;
  readonly className: string;
}

export interface Inspection {
  readonly file: string;
  readonly bytes: number;
  /** In words. */
  readonly format: string;
  readonly kerasVersion?: string;
  readonly backend?: string;
  readonly model?: { readonly className: string; readonly name: string | undefined };
  /** Of the architecture, those of nested models too. */
  readonly layers: readonly InspectedLayer[];
  /** Layers that have weights in the file, arrays, and numbers. */
  readonly weights: { readonly layers: number; readonly arrays: number; readonly parameters: number };
  readonly hasOptimizer: boolean;
  /** Why its weights cannot be loaded; undefined where they can. */
  readonly problem?: string;
  readonly notes: readonly string[];
  readonly tree: InspectedNode;
}

/** @throws where it is no model file at all */
export async function inspectModelFile(file: ModelFile): Promise<Inspection> {
  const opened = openModelFile(file);
  const { source, container } = opened;
  let tree: InspectedNode | undefined;
  let loaded: SavedModel | undefined;
  let problem: string | undefined;
  try {
    if (container === "hdf5") tree = await readHdf5(source, treeOf);
    if (container === "zip") {
      const { weights } = openKerasZip(readBytes(source), source.name);
      tree = await readHdf5(bytesSource(weights, source.name), treeOf);
    }
  } finally {
    source.close();
  }
  try {
    loaded = await readModelFile(file);
  } catch (error) {
    problem = (error as Error).message;
  }
  // What cannot be loaded may say all the same what it is.
  const told = (name: string) => textOf(tree?.attributes?.[name]);
  const config = loaded ? loaded.modelConfig : configOf(told("model_config"));
  const arrays = loaded?.layers.flatMap(({ weights }) => weights) ?? [];
  return {
    file: source.name,
    bytes: source.size,
    format: loaded ? modelFileFormats[loaded.format] : containers[container],
    kerasVersion: loaded ? loaded.kerasVersion : told("keras_version"),
    backend: loaded ? loaded.backend : told("backend"),
    model: config && {
      className: String(config.class_name),
      name: nameIn(config.config),
    },
    layers: pathsOf(configuredLayers(config), ""),
    weights: {
      layers: loaded?.layers.filter(({ weights }) => weights.length > 0).length ?? 0,
      arrays: arrays.length,
      parameters: arrays.reduce((sum, { data }) => sum + data.length, 0),
    },
    hasOptimizer: (loaded?.optimizerWeights?.length ?? 0) > 0,
    problem,
    notes: loaded?.notes ?? [],
    tree: tree ?? (loaded ? treeOfArrays(loaded) : { name: "/", kind: "group", children: [] }),
  };
}

/** In words. */
const containers: Readonly<Record<Container, string>> = {
  hdf5: "HDF5",
  zip: "a zip, as Keras 3 makes it",
  safetensors: "safetensors",
  json: "JSON",
};

const textOf = (value: Hdf5Value | null | undefined): string | undefined =>
  typeof value === "string" ? value : undefined;

function configOf(text: string | undefined): JsonObject | undefined {
  try {
    return text === undefined ? undefined : parseJsonObject(text, "model_config");
  } catch {
    return undefined;
  }
}

const nameIn = (config: unknown): string | undefined =>
  typeof config === "object" && config !== null && "name" in config && typeof config.name === "string"
    ? config.name
    : undefined;

function pathsOf(layers: readonly ConfiguredLayer[], before: string): InspectedLayer[] {
  return layers.flatMap(({ name, className, layers: nested }) => [
    { path: before + name, className },
    ...pathsOf(nested ?? [], `${before}${name}/`),
  ]);
}

/** A file may link to itself: what is deeper or more than any model has is left out. */
const deepest = 32;
const mostNodes = 100_000;

function treeOf(file: Hdf5File): InspectedNode {
  let nodes = 0;
  const visit = (path: string, name: string, depth: number): InspectedNode => {
    nodes++;
    try {
      const kind = file.kind(path || "/");
      if (kind === "dataset") return arrayNode(file, path, name);
      if (kind !== "group") return { name, kind: "other", note: kind };
      const attributes = attributesOf(file, path || "/");
      if (depth >= deepest || nodes >= mostNodes)
        return { name, kind: "group", attributes, note: "more is in it" };
      const names = inSavedOrder(file, path || "/");
      const children: InspectedNode[] = [];
      for (const child of names) {
        if (nodes >= mostNodes) break;
        children.push(visit(`${path}/${child}`, child, depth + 1));
      }
      return { name, kind: "group", attributes, children };
    } catch (error) {
      return { name, kind: "other", note: (error as Error).message };
    }
  };
  return visit("", "/", 0);
}

/** The layers in their order and not in that of the alphabet, where the file keeps it. */
function inSavedOrder(file: Hdf5File, path: string): string[] {
  const names = file.children(path);
  // Of an optimizer, and of a layer of Keras 3.
  if (names.every((name) => /^\d+$/.test(name))) return names.toSorted((a, b) => Number(a) - Number(b));
  if (!isWeightsGroup(file, path)) return names;
  const { value } = file.attributeNames(path).includes("layer_names")
    ? file.attribute(path, "layer_names")
    : { value: [] };
  const order = new Map((Array.isArray(value) ? value : []).map((name, i) => [String(name), i]));
  const place = (name: string) => order.get(name) ?? order.size;
  return [...names].sort((a, b) => place(a) - place(b));
}

function attributesOf(file: Hdf5File, path: string): Record<string, Hdf5Value | null> {
  return Object.fromEntries(
    file.attributeNames(path).map((name) => {
      try {
        return [name, file.attribute(path, name).value ?? null];
      } catch (error) {
        return [name, (error as Error).message];
      }
    }),
  );
}

function arrayNode(file: Hdf5File, path: string, name: string): InspectedNode {
  const dataset = file.dataset(path);
  const { shape, type, filters } = dataset;
  const common = { name, kind: "array", shape, dtype: type.name, filters } as const;
  try {
    return { ...common, statistics: statisticsOf(file.read(dataset).data) };
  } catch (error) {
    return { ...common, note: (error as Error).message };
  }
}

function treeOfArrays({ layers }: SavedModel): InspectedNode {
  return {
    name: "/",
    kind: "group",
    children: layers.map(({ name, weights }) => ({
      name,
      kind: "group",
      children: weights.map(({ name, shape, data, dtype }) => ({
        name,
        kind: "array",
        shape,
        dtype: dtype ?? "float32",
        statistics: statisticsOf(data),
      })),
    })),
  };
}

/** Sums in double precision; the deviation from the mean in a second pass. */
export function statisticsOf(data: Float32Array): Statistics {
  let [min, max, sum, nan] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (Number.isNaN(value)) {
      nan++;
      continue;
    }
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  const count = data.length - nan;
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < data.length; i++) if (!Number.isNaN(data[i])) squares += (data[i] - mean) ** 2;
  if (count === 0) return { min: Number.NaN, max: Number.NaN, mean: Number.NaN, std: Number.NaN, nan };
  return { min, max, mean, std: Math.sqrt(squares / count), nan };
}

const width = 80;

/** The inspection as text of at most 80 columns. */
export function formatInspection(inspection: Inspection): string {
  const { file, bytes, format, kerasVersion, backend, model, layers, weights, hasOptimizer, problem, notes } =
    inspection;
  const about = [
    format,
    ...(kerasVersion ? [`Keras ${kerasVersion}`] : []),
    ...(backend ? [`backend ${backend}`] : []),
    formatBytes(bytes),
  ];
  const lines = [...wrapped(file, 0), ...wrapped(about.join(", "), 0)];
  if (model)
    lines.push(...wrapped(`${model.className} ${model.name ?? ""}, ${counted(layers.length, "layer")}`, 0));
  if (layers.length > 0) {
    lines.push(...wrapped(layers.map(({ path, className }) => `${path} (${className})`).join(", "), 2));
  }
  const { layers: withWeights, arrays, parameters } = weights;
  const state = hasOptimizer ? "; with the optimizer's state" : "";
  const contents = `weights of ${counted(withWeights, "layer")}: ${counted(arrays, "array")}, ${parameters.toLocaleString("en")} numbers`;
  if (problem === undefined) lines.push(...wrapped(`${contents}${state}`, 0));
  for (const note of notes) lines.push(...wrapped(note, 2));
  lines.push("", ...treeLines(inspection.tree, 0));
  // At the end, where it is seen in a terminal.
  if (problem !== undefined) lines.push("", ...wrapped(`It cannot be loaded: ${problem}`, 0));
  return lines.join("\n");
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

function treeLines(node: InspectedNode, depth: number): string[] {
  const indent = "  ".repeat(Math.min(depth, 12));
  const lines: string[] = [];
  if (node.kind === "array") {
    lines.push(
      cut(`${indent}${node.name}  ${formatTuple(node.shape ?? [])} ${node.dtype}${packing(node.filters)}`),
    );
    if (node.statistics && node.note === undefined)
      lines.push(cut(`${indent}  ${formatStatistics(node.statistics)}`));
  } else {
    const isRoot = node.name === "/";
    lines.push(cut(`${indent}${node.name}${node.kind === "group" && !isRoot ? "/" : ""}`));
  }
  if (node.note) lines.push(...wrapped(node.note, indent.length + 2));
  for (const [name, value] of Object.entries(node.attributes ?? {})) {
    lines.push(cut(`${indent}  @${name} ${formatValue(value)}`).trimEnd());
  }
  for (const child of node.children ?? []) lines.push(...treeLines(child, depth + 1));
  return lines;
}

const packing = (filters: readonly string[] = []): string =>
  filters.length > 0 ? `, ${filters.join(" and ")}` : "";

function formatStatistics({ min, max, mean, std, nan }: Statistics): string {
  const number = (value: number) => (Number.isNaN(value) ? "none" : Number(value.toPrecision(4)).toString());
  const text = `min ${number(min)}  max ${number(max)}  mean ${number(mean)}  std ${number(std)}`;
  return nan > 0 ? `${text}  NaN ${nan}` : text;
}

function formatValue(value: Hdf5Value | null): string {
  if (value === null) return "neither text nor numbers";
  if (Array.isArray(value)) return `[${value.length}] ${value.slice(0, 20).join(", ")}`;
  return String(value);
}

/** One line: what is too long ends in `…`. Control characters of a file do not reach the terminal. */
function cut(line: string): string {
  const plain = printable(line);
  return plain.length > width ? `${plain.slice(0, width - 1)}…` : plain;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const printable = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]/g, "�");

/** In lines of at most 80 columns, broken at spaces, and within a word only where it is longer than a line. */
function wrapped(text: string, indent: number): string[] {
  const room = width - indent;
  const lines: string[] = [];
  let line = "";
  for (let word of printable(text).split(" ")) {
    while (word.length > room) {
      if (line) lines.push(line);
      line = "";
      lines.push(word.slice(0, room));
      word = word.slice(room);
    }
    if (line && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else {
      line = line ? `${line} ${word}` : word;
    }
  }
  lines.push(line);
  return lines.map((text) => " ".repeat(indent) + text);
}
