import type { Layer } from "../layer.ts";
import { InputLayer } from "../layers/input.ts";
import { type LayerClass, layerClasses } from "../layers/registry.ts";
import { checkOptions } from "../options.ts";
import type { SymbolicTensor } from "../symbolic.ts";
import { Model } from "./model.ts";
import { Network } from "./network.ts";
import type { ModelOptions } from "./options.ts";
import { Sequential } from "./sequential.ts";

export interface FromConfigOptions extends Omit<ModelOptions, "name"> {
  /** Layer classes of one's own, by the names that the configuration has for them. */
  readonly customLayers?: Readonly<Record<string, LayerClass>>;
}

/** Models in models; a file that goes deeper is no model of anyone's. */
const DEEPEST = 32;

/**
 * A model from its configuration, `{ class_name, config }`, as `toConfig` gives it and as files of Keras 1 to 3 and of
 * tf.keras hold it, without the weights' values. A model of several outputs is a `Model` whose `predict` gives a list.
 * @throws for a layer that is not supported, named with its path in the model
 */
export function modelFromConfig(config: unknown, options: FromConfigOptions = {}): Sequential | Model {
  const names = { device: true, seed: true, customLayers: true } as const;
  checkOptions("modelFromConfig", options, names);
  const layer = new Reader(options).layer(config, []);
  if (layer instanceof Sequential || layer instanceof Model) return layer;
  throw new Error(
    `[modelFromConfig] a ${layer.className} is no model: Sequential, Model or Functional was expected.`,
  );
}

/** A call of a layer, as a configuration has it. */
interface Call {
  readonly layer: Layer;
  readonly key: string;
  /** The keys of the calls that go before. */
  readonly after: readonly string[];
  readonly inputs: readonly Reference[];
  readonly training: boolean | undefined;
}

/** A tensor: the layer's name, the number of its call, the place among the results. */
type Reference = readonly [layer: string, call: number, tensor: number];

const keyOf = ([layer, call]: Reference) => `${layer}[${call}]`;

class Reader {
  readonly #options: FromConfigOptions;

  constructor(options: FromConfigOptions) {
    this.#options = options;
  }

  /** @param path the names of the models around it, and its own */
  layer(given: unknown, path: readonly string[]): Layer {
    const { class_name, config } = record(given, path, "a layer");
    const className = text(class_name, path, "class_name");
    // Until Keras 2.2.3 a Sequential's configuration was the list of its layers.
    const isBareList = className === "Sequential" && Array.isArray(config);
    const fields = isBareList ? { layers: config } : record(config, path, "config");
    const here = typeof fields.name === "string" ? [...path, fields.name] : [...path, className];
    if (here.length > DEEPEST) fail(path, `models lie more than ${DEEPEST} deep in each other.`);
    if (className === "Sequential") return this.#sequential(fields, here);
    if (className === "Model" || className === "Functional") return this.#graph(fields, here);
    const known = { ...layerClasses, ...this.#options.customLayers };
    if (!Object.hasOwn(known, className)) {
      const supported = [...Object.keys(known), "Sequential", "Model"].toSorted().join(", ");
      fail(here, `the layer class ${className} is not supported. Supported: ${supported}.`);
    }
    return within(here, () => known[className].fromConfig(fields));
  }

  /** What a model is made with: the outermost one may have a device. */
  #modelOptions({ name }: Record<string, unknown>, path: readonly string[]): ModelOptions {
    const { seed, device } = this.#options;
    return {
      ...(name !== undefined && { name: text(name, path, "name") }),
      seed,
      ...(path.length === 1 && { device }),
    };
  }

  #sequential(config: Record<string, unknown>, path: readonly string[]): Sequential {
    const layers = list(config.layers, path, "layers").map((entry) => this.layer(entry, path));
    return within(path, () => {
      const model = new Sequential(layers, this.#modelOptions(config, path));
      const { build_input_shape: shape } = config;
      if (!model.isBuilt && layers.length > 0 && Array.isArray(shape)) model.build(shape.slice(1));
      if (config.trainable === false) model.trainable = false;
      return model;
    });
  }

  #graph(config: Record<string, unknown>, path: readonly string[]): Model {
    const layers = new Map<string, Layer>();
    const callsData: (readonly [name: string, data: readonly CallData[]])[] = [];
    for (const given of list(config.layers, path, "layers")) {
      const layer = this.layer(given, path);
      const entry = record(given, path, "a layer");
      const name = entry.name === undefined ? layer.name : text(entry.name, path, "name");
      if (layers.has(name)) fail(path, `there are two layers of the name ${name}.`);
      layers.set(name, layer);
      const here = [...path, name];
      const nodes = list(entry.inbound_nodes ?? [], here, "inbound_nodes");
      callsData.push([name, nodes.map((node) => callData(node, here))]);
    }
    const inputs = references(config.input_layers, path, "input_layers");
    const outputs = references(config.output_layers, path, "output_layers");
    const firsts = firstNodes(layers, [
      ...callsData.flatMap(([, data]) => data.flatMap((call) => call.inputs)),
      ...outputs,
    ]);
    const calls = callsData.flatMap(([name, data]) =>
      data.map(({ inputs, training }, i): Call => {
        const number = (firsts.get(name) ?? 0) + i;
        const before = i === 0 ? [] : [keyOf([name, number - 1, 0])];
        const after = [...inputs.map(keyOf), ...before];
        return { layer: layers.get(name)!, key: keyOf([name, number, 0]), after, inputs, training };
      }),
    );
    const tensors = tensorsOf(layers, calls, path);
    const at = (reference: Reference) => tensorAt(tensors, reference, path);
    return within(path, () => {
      const ends = outputs.map(at);
      const model = new Model({
        inputs: inputs.map(at),
        // A list of one would make predict give a list of one.
        outputs: ends.length === 1 ? ends[0] : (ends as unknown as SymbolicTensor),
        ...this.#modelOptions(config, path),
      });
      if (config.trainable === false) model.trainable = false;
      return model;
    });
  }
}

/** Makes the calls, each as soon as what it takes is there. @returns the results of each, by its key */
function tensorsOf(
  layers: ReadonlyMap<string, Layer>,
  calls: readonly Call[],
  path: readonly string[],
): ReadonlyMap<string, readonly SymbolicTensor[]> {
  const tensors = new Map<string, readonly SymbolicTensor[]>();
  for (const [name, layer] of layers) {
    if (layer instanceof InputLayer) tensors.set(keyOf([name, 0, 0]), [layer.output]);
  }
  const waiting = new Map<string, Call[]>();
  const ready = [...calls];
  // It grows as it is gone through.
  for (const call of ready) {
    const missing = call.after.find((key) => !tensors.has(key));
    if (missing !== undefined) {
      const others = waiting.get(missing);
      if (others) others.push(call);
      else waiting.set(missing, [call]);
      continue;
    }
    const { layer, key, inputs, training } = call;
    const xs = inputs.map((reference) => tensorAt(tensors, reference, [...path, layer.name]));
    tensors.set(
      key,
      within([...path, layer.name], () => layer.applyAll(xs, { training })),
    );
    ready.push(...(waiting.get(key) ?? []));
    waiting.delete(key);
  }
  for (const [missing, [{ layer }]] of waiting) {
    fail([...path, layer.name], `takes the result of ${missing}, which is not there or waits for this one.`);
  }
  return tensors;
}

function tensorAt(
  tensors: ReadonlyMap<string, readonly SymbolicTensor[]>,
  reference: Reference,
  path: readonly string[],
): SymbolicTensor {
  const tensor = tensors.get(keyOf(reference))?.[reference[2]];
  return tensor ?? fail(path, `there is no tensor ${keyOf(reference)}[${reference[2]}].`);
}

/**
 * The numbers of the models' first calls. Keras counts a model itself as its call 0; but not every version, and not every
 * kind of model.
 */
function firstNodes(layers: ReadonlyMap<string, Layer>, used: readonly Reference[]): Map<string, number> {
  const fromZero = new Set(used.filter(([, call]) => call === 0).map(([name]) => name));
  const models = [...layers].filter(([, layer]) => layer instanceof Network);
  return new Map(models.map(([name, layer]) => [name, fromZero.has(name) ? 0 : layer.firstNode]));
}

type CallData = Pick<Call, "inputs" | "training">;

/**
 * What a call takes: in Keras 1 and 2 a list of `[layer, call, tensor, arguments]`; in Keras 3 `{ args, kwargs }` with
 * tensors that tell their history.
 */
function callData(node: unknown, path: readonly string[]): CallData {
  if (Array.isArray(node)) {
    const inputs = node.map((given) => reference(given, path));
    return {
      inputs,
      training: trainingOf(
        node.map((given) => given[3]),
        path,
      ),
    };
  }
  const { args, kwargs } = record(node, path, "a node");
  const inputs = list(args, path, "args")
    .flat()
    .map((tensor) => {
      const { class_name, config } = record(tensor, path, "a tensor");
      if (class_name !== "__keras_tensor__")
        fail(path, `is called with a ${class_name}: only tensors are supported.`);
      return reference(record(config, path, "a tensor").keras_history, path);
    });
  return { inputs, training: trainingOf([kwargs], path) };
}

/** The one argument besides tensors that is supported. */
function trainingOf(all: readonly unknown[], path: readonly string[]): boolean | undefined {
  const given = all.flatMap((kwargs) => Object.entries(record(kwargs ?? {}, path, "the arguments")));
  const set = given.filter(([, value]) => value !== null && value !== undefined);
  const other = set.find(([name, value]) => name !== "training" || typeof value !== "boolean");
  if (other) fail(path, `is called with the argument ${other[0]}, which is not supported.`);
  return set[0]?.[1] as boolean | undefined;
}

/** `[["a",0,0],["b",0,0]]`; by some versions one alone without the list, or by name. */
function references(given: unknown, path: readonly string[], what: string): Reference[] {
  if (Array.isArray(given) && typeof given[0] === "string") return [reference(given, path)];
  const all = Array.isArray(given) ? given : Object.values(record(given, path, what));
  return all.map((one) => reference(one, path));
}

function reference(given: unknown, path: readonly string[]): Reference {
  const [layer, call, tensor] = list(given, path, "a reference to a tensor");
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  if (typeof layer === "string" && isCount(call) && isCount(tensor)) return [layer, call, tensor];
  return fail(path, `a reference to a tensor must be [layer, call, tensor], got ${short(given)}.`);
}

// biome-ignore lint/suspicious/noExplicitAny: what JSON holds is checked where it is used
function list(value: unknown, path: readonly string[], what: string): readonly any[] {
  return Array.isArray(value) ? value : fail(path, `${what} must be a list, got ${short(value)}.`);
}

function record(value: unknown, path: readonly string[], what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  return fail(path, `${what} must be an object, got ${short(value)}.`);
}

function text(value: unknown, path: readonly string[], what: string): string {
  return typeof value === "string" ? value : fail(path, `${what} must be a text, got ${short(value)}.`);
}

const short = (value: unknown) => (JSON.stringify(value) ?? "nothing").slice(0, 60);

class ConfigError extends Error {}

function fail(path: readonly string[], message: string): never {
  throw new ConfigError(`[modelFromConfig] ${[...path].join("/") || "the model"}: ${message}`);
}

/** Runs what may throw, and says in which layer it did. */
function within<T>(path: readonly string[], make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    return fail(path, error instanceof Error ? error.message : String(error));
  }
}
