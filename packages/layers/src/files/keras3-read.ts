/**
 * Weights as Keras 3 keeps them: `layers/conv2d_1/vars/0`, where a layer goes by its class and a counter, an array by its place.
 * Names come from the architecture where there is one.
 */
import { type ConfiguredLayer, configuredLayers } from "./architecture.ts";
import type { Hdf5File } from "./hdf5.ts";
import { WeightReader } from "./keras-h5-read.ts";
import type { JsonObject, SavedLayerWeights, SavedModel, SavedWeight } from "./saved-model.ts";

export const isKeras3Hdf5 = (file: Hdf5File): boolean =>
  file.kind("/layers") === "group" || file.kind("/_layer_checkpoint_dependencies") === "group";

export function readKeras3Hdf5(
  file: Hdf5File,
  modelConfig: JsonObject | undefined,
): Pick<SavedModel, "layers" | "optimizerWeights" | "notes"> {
  const notes: string[] = [];
  const reader = new Keras3Reader(file, new WeightReader(file, notes));
  const layers = modelConfig ? reader.configured("", configuredLayers(modelConfig)) : reader.found("");
  const optimizerWeights =
    file.kind("/optimizer/vars") === "group" ? reader.variables("/optimizer", "optimizer/") : undefined;
  return { layers, optimizerWeights, notes };
}

/** conv2d of Conv2D, max_pooling2d of MaxPooling2D, re_lu of ReLU. */
export const snakeCase = (className: string): string =>
  className
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();

/** Gives names as Keras 3's files do: by class, the second of a class with `_1`. */
export class ClassCounter {
  readonly #used = new Map<string, number>();

  next(className: string): string {
    const name = snakeCase(className);
    const before = this.#used.get(name);
    this.#used.set(name, before === undefined ? 0 : before + 1);
    return before === undefined ? name : `${name}_${before + 1}`;
  }
}

class Keras3Reader {
  readonly #file: Hdf5File;
  readonly #weights: WeightReader;

  constructor(file: Hdf5File, weights: WeightReader) {
    this.#file = file;
    this.#weights = weights;
  }

  /** The layers of an architecture, with the arrays that are found for them. */
  configured(path: string, layers: readonly ConfiguredLayer[]): SavedLayerWeights[] {
    const counter = new ClassCounter();
    const byName = this.#groupsByName(`${path}/layers`);
    return layers.map((layer) => {
      const group = counter.next(layer.className);
      const found = byName.get(layer.name) ?? `${path}/layers/${group}`;
      if (this.#file.kind(found) !== "group") return { name: layer.name, weights: [] };
      if (!layer.layers) {
        const names = variableNames(layer);
        return { name: layer.name, weights: this.#below(found, `${layer.name}/`, names, 0) };
      }
      const weights = this.configured(found, layer.layers).flatMap(({ weights }) => weights);
      return { name: layer.name, weights };
    });
  }

  /** Without an architecture: by class and counter. */
  found(path: string): SavedLayerWeights[] {
    const layers = `${path}/layers`;
    if (this.#file.kind(layers) !== "group") return [];
    return naturally(this.#file.children(layers)).map((name) => ({
      name,
      weights: this.#below(`${layers}/${name}`, `${name}/`, [], 0),
    }));
  }

  /** The arrays of a group, by place. */
  variables(path: string, prefix: string, names: readonly string[] = []): SavedWeight[] {
    const group = `${path}/vars`;
    if (this.#file.kind(group) !== "group") return [];
    const places = naturally(this.#file.children(group));
    const isNamed = names.length === places.length;
    return places.map((place, i) =>
      this.#weights.read(`${group}/${place}`, prefix + (isNamed ? names[i] : `var${place}`)),
    );
  }

  /** A layer's own arrays, and those of the layers in it; not the seeds of dropout. */
  #below(path: string, prefix: string, names: readonly string[], depth: number): SavedWeight[] {
    if (depth > 100) throw new Error(`[readModelFile] ${this.#file.name}: ${path} is nested too deeply.`);
    const inner = naturally(this.#file.children(path)).filter(
      (child) =>
        child !== "vars" && child !== "seed_generator" && this.#file.kind(`${path}/${child}`) === "group",
    );
    return [
      ...this.variables(path, prefix, names),
      ...inner.flatMap((child) =>
        this.#below(`${path}/${child}`, child === "layers" ? prefix : `${prefix}${child}/`, [], depth + 1),
      ),
    ];
  }

  /** Newer versions write a layer's name at its arrays. */
  #groupsByName(path: string): Map<string, string> {
    const groups = new Map<string, string>();
    if (this.#file.kind(path) !== "group") return groups;
    for (const child of this.#file.children(path)) {
      const variables = `${path}/${child}/vars`;
      if (this.#file.kind(variables) !== "group") continue;
      if (!this.#file.attributeNames(variables).includes("name")) continue;
      const { value } = this.#file.attribute(variables, "name");
      if (typeof value === "string") groups.set(value, `${path}/${child}`);
    }
    return groups;
  }
}

/** What Keras calls a layer's arrays, in the order of its `vars`. */
function variableNames({ className, config }: ConfiguredLayer): string[] {
  const bias = config.use_bias === false ? [] : ["bias"];
  switch (className) {
    case "BatchNormalization":
      return [
        ...(config.scale === false ? [] : ["gamma"]),
        ...(config.center === false ? [] : ["beta"]),
        "moving_mean",
        "moving_variance",
      ];
    case "DepthwiseConv2D":
      // Keras 3 calls it `kernel`; the names of Keras 2 are those of all other files.
      return ["depthwise_kernel", ...bias];
    case "SeparableConv2D":
      return ["depthwise_kernel", "pointwise_kernel", ...bias];
    default:
      return ["kernel", ...bias];
  }
}

/** `conv2d_2` before `conv2d_10`. */
function naturally(names: readonly string[]): string[] {
  return [...names].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}
