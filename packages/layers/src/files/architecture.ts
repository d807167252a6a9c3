/** The layers of a `model_config`, in whichever Keras's dialect, without making any of them. */
import {
  isJsonObject,
  type Json,
  type JsonObject,
  type SavedLayerWeights,
  type SavedWeight,
} from "./saved-model.ts";

export interface ConfiguredLayer {
  readonly className: string;
  readonly name: string;
  readonly config: JsonObject;
  /** The layers of a nested model. */
  readonly layers: readonly ConfiguredLayer[] | undefined;
}

const modelClasses = ["Sequential", "Model", "Functional"];
/** Deeper than any model, and no danger to the stack. */
const deepest = 100;

/** The layers of a model; none where the config is not one. */
export function configuredLayers(modelConfig: Json | undefined, depth = 0): ConfiguredLayer[] {
  if (!isJsonObject(modelConfig) || depth > deepest) return [];
  // Keras 1 wrote a Sequential's layers as a bare list.
  const { config } = modelConfig;
  const layers = isJsonObject(config) ? config.layers : config;
  if (!Array.isArray(layers)) return [];
  return (layers as readonly Json[]).flatMap((layer) => {
    if (!isJsonObject(layer) || typeof layer.class_name !== "string") return [];
    const own = isJsonObject(layer.config) ? layer.config : {};
    const name = typeof own.name === "string" ? own.name : typeof layer.name === "string" ? layer.name : "";
    const isModel = modelClasses.includes(layer.class_name);
    return [
      {
        className: layer.class_name,
        name,
        config: own,
        layers: isModel ? configuredLayers(layer, depth + 1) : undefined,
      },
    ];
  });
}

/** The name of a weight within its layer: `kernel` of `conv2d_1/kernel:0`. */
export const lastPart = (name: string): string =>
  withoutIndex(name).slice(withoutIndex(name).lastIndexOf("/") + 1);

/** Without TensorFlow's `:0`. */
export const withoutIndex = (name: string): string => name.replace(/:\d+$/, "");

/** `vgg16/block1_conv1/kernel:0`, `dense_1/kernel:0`: a weight of a layer, from the model's own layer on. */
export const pathIn = (layer: string, weight: string): string =>
  weight.startsWith(`${layer}/`) ? weight : `${layer}/${weight}`;

/** Keras gives the second of a name `_1`, the third `_2`. */
export function uniqueNames(names: readonly string[]): string[] {
  const used = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 1; used.has(unique); i++) unique = `${name}_${i}`;
    used.add(unique);
    return unique;
  });
}

/**
 * Groups arrays of a flat file, named `layer/weight` after the innermost layer, into the model's own layers, as Keras's HDF5 files
 * have them: a nested model's in one. What belongs to no layer of the config comes last, by the first part of its name.
 */
export function groupByLayer(
  weights: readonly SavedWeight[],
  modelConfig: Json | undefined,
): SavedLayerWeights[] {
  const groups = new Map<string, SavedWeight[]>();
  const owners = new Map<string, string>();
  const own = (layers: readonly ConfiguredLayer[], owner: string | undefined) => {
    for (const layer of layers) {
      owners.set(layer.name, owner ?? layer.name);
      own(layer.layers ?? [], owner ?? layer.name);
    }
  };
  const layers = configuredLayers(modelConfig);
  own(layers, undefined);
  for (const { name } of layers) groups.set(name, []);
  for (const weight of weights) {
    const layer = layerPart(weight.name);
    const owner = owners.get(layer) ?? layer;
    groups.set(owner, [...(groups.get(owner) ?? []), weight]);
  }
  return [...groups].map(([name, grouped]) => ({ name, weights: grouped }));
}

/** The layer in a weight's name: before the last slash, or (PyTorch) the last point. */
function layerPart(name: string): string {
  const slash = name.lastIndexOf("/");
  const at = slash < 0 ? name.lastIndexOf(".") : slash;
  return at < 0 ? name : name.slice(0, at);
}
