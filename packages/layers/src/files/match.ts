/** Which array of a file goes to which weight of a model, by Keras's rules; a pure function on names and shapes. */
import { formatTuple } from "../python-format.ts";
import { type ConfiguredLayer, configuredLayers, lastPart, pathIn, withoutIndex } from "./architecture.ts";
import { ClassCounter } from "./keras3-read.ts";
import type { SavedLayerWeights, SavedModel, SavedWeight } from "./saved-model.ts";

export interface TargetWeight {
  /** Such as `conv2d_1/kernel:0`; in a nested model, after the innermost layer. */
  readonly name: string;
  readonly shape: readonly number[];
}

/** A layer of the model, in its order; a nested model is one, with all of its weights. */
export interface MatchTarget {
  readonly layer: string;
  /** Keras's class; needed where a file of Keras 3 goes by classes. */
  readonly className?: string;
  readonly weights: readonly TargetWeight[];
}

export interface MatchOptions {
  /** By the layers' names instead of their order; layers that the file does not have keep their values. */
  readonly byName?: boolean;
  /** With `byName`: leaves out what does not fit, with a warning. */
  readonly skipMismatch?: boolean;
}

/** What is done to a convolution's kernel: OIHW becomes HWIO; a convolution proper becomes a cross-correlation. */
export type WeightTransform = "oihwToHwio" | "rotate180";

export interface Assignment {
  readonly layer: string;
  readonly weight: TargetWeight;
  readonly saved: SavedWeight;
  /** In order; `transformWeight` does it. */
  readonly transforms: readonly WeightTransform[];
}

export interface Match {
  readonly assignments: readonly Assignment[];
  readonly warnings: readonly string[];
}

type Loaded = Pick<SavedModel, "format" | "kerasVersion" | "backend" | "modelConfig" | "layers">;

/** @throws with Keras's words where file and model differ; nothing is to be assigned then */
export function matchWeights(
  saved: Loaded,
  targets: readonly MatchTarget[],
  { byName = false, skipMismatch = false }: MatchOptions = {},
): Match {
  if (skipMismatch && !byName) {
    throw new Error("[loadWeights] skipMismatch leaves out layers, and so needs byName: true.");
  }
  const matcher = new Matcher(saved, skipMismatch);
  if (saved.format === "tfjs" || saved.format === "safetensors") {
    // Such files are looked into by the arrays' names, which tell more than the order in which they happen to be.
    const flat = matchFlat(matcher, saved, targets, byName);
    if (flat) return flat;
  }
  if (saved.format === "keras3-weights")
    return matcher.inOrder(orderedByClass(saved.layers, targets), targets);
  return byName ? matcher.byName(saved.layers, targets) : matcher.inOrder(saved.layers, targets);
}

class Matcher {
  readonly #saved: Loaded;
  readonly #skipMismatch: boolean;
  readonly #channelsFirst: ReadonlySet<string>;
  readonly #assignments: Assignment[] = [];
  readonly #warnings: string[] = [];

  constructor(saved: Loaded, skipMismatch: boolean) {
    this.#saved = saved;
    this.#skipMismatch = skipMismatch;
    this.#channelsFirst = new Set(
      isKeras1(saved) ? channelsFirstOf(configuredLayers(saved.modelConfig)) : [],
    );
  }

  get result(): Match {
    return { assignments: this.#assignments, warnings: this.#warnings };
  }

  /** The layers with weights, the k-th to the k-th. */
  inOrder(layers: readonly SavedLayerWeights[], targets: readonly MatchTarget[]): Match {
    const savedLayers = layers.filter(({ weights }) => weights.length > 0);
    const targetLayers = targets.filter(({ weights }) => weights.length > 0);
    if (savedLayers.length !== targetLayers.length) {
      throw new Error(
        `[loadWeights] You are trying to load a weight file containing ${savedLayers.length} layers into a model with ` +
          `${targetLayers.length} layers. ${difference(savedLayers, targetLayers)}`,
      );
    }
    savedLayers.forEach((layer, k) => {
      const target = targetLayers[k];
      if (layer.weights.length !== target.weights.length) {
        throw new Error(
          `[loadWeights] Layer #${k} (named "${target.layer}" in the current model) was found to correspond to layer ` +
            `${layer.name} in the save file. However the new layer ${target.layer} expects ${target.weights.length} weights, ` +
            `but the saved weights have ${layer.weights.length} elements.`,
        );
      }
      this.#assignLayer(k, layer, target);
    });
    return this.result;
  }

  /** The layers of the file to those of the same name. */
  byName(layers: readonly SavedLayerWeights[], targets: readonly MatchTarget[]): Match {
    const index = new Map(targets.map((target) => [target.layer, target]));
    layers.forEach((layer, k) => {
      const target = index.get(layer.name);
      if (!target) return;
      const [wanted, found] = [target.weights.length, layer.weights.length];
      if (wanted !== found) {
        if (!this.#skipMismatch) {
          throw new Error(
            `[loadWeights] Layer #${k} (named "${target.layer}") expects ${wanted} weight(s), but the saved weights have ` +
              `${found} element(s).`,
          );
        }
        this.#warnings.push(
          `Skipping loading of weights for layer ${target.layer} due to mismatch in number of weights (${wanted} vs ${found}).`,
        );
        return;
      }
      this.#assignLayer(k, layer, target);
    });
    return this.result;
  }

  #assignLayer(k: number, layer: SavedLayerWeights, target: MatchTarget): void {
    const inOrder = inOrderOf(layer, target, this.#warnings);
    target.weights.forEach((weight, i) => {
      this.assign(k, target.layer, weight, inOrder[i]);
    });
  }

  assign(k: number, layer: string, weight: TargetWeight, saved: SavedWeight): void {
    const transforms = this.#transformsFor(layer, weight, saved);
    const shape = transforms.includes("oihwToHwio") ? toHwio(saved.shape) : saved.shape;
    if (isSameShape(shape, weight.shape)) {
      this.#assignments.push({ layer, weight, saved, transforms });
      return;
    }
    const [wanted, found] = [formatTuple(weight.shape), formatTuple(saved.shape)];
    if (!this.#skipMismatch) {
      throw new Error(
        `[loadWeights] Layer #${k} (named "${layer}"), weight ${weight.name} has shape ${wanted}, but the saved weight ` +
          `${saved.name} has shape ${found}.`,
      );
    }
    this.#warnings.push(
      `Skipping loading of weights for layer ${layer} due to mismatch in shape (${wanted} vs ${found}).`,
    );
  }

  /** As Keras: of convolutions with one kernel, not of depthwise ones. */
  #transformsFor(layer: string, weight: TargetWeight, { shape }: SavedWeight): WeightTransform[] {
    if (weight.shape.length !== 4 || shape.length !== 4 || lastPart(weight.name) !== "kernel") return [];
    const inner = withoutIndex(weight.name).split("/").at(-2) ?? layer;
    const isOihw =
      isSameShape(toHwio(shape), weight.shape) &&
      (!isSameShape(shape, weight.shape) || this.#channelsFirst.has(inner));
    return [
      ...(isOihw ? (["oihwToHwio"] as const) : []),
      ...(this.#saved.backend === "theano" ? (["rotate180"] as const) : []),
    ];
  }
}

/** Keras 1 wrote no version beside the weights. */
const isKeras1 = ({ kerasVersion, format }: Loaded): boolean =>
  (format === "h5" || format === "weights-h5") &&
  (kerasVersion === undefined || kerasVersion.startsWith("1."));

/** Keras 1 kept the kernels of these as OIHW. */
function channelsFirstOf(layers: readonly ConfiguredLayer[]): string[] {
  return layers.flatMap(({ name, config, layers: nested }) => [
    ...(config.dim_ordering === "th" ? [name] : []),
    ...channelsFirstOf(nested ?? []),
  ]);
}

/**
 * A layer's arrays in the order of the model's weights. Keras goes by the order alone, which for a nested model was that of
 * trainable weights first when it was saved: a differently frozen one has another order. So in nested models the names decide,
 * where they are the same ones in file and model.
 */
function inOrderOf(
  { name, weights }: SavedLayerWeights,
  target: MatchTarget,
  warnings: string[],
): readonly SavedWeight[] {
  if (!isNested(target)) return weights;
  const whole = new Map(weights.map((weight) => [withoutIndex(weight.name), weight]));
  const named = uniqueByKey(weights);
  const found = target.weights.map(({ name }) => whole.get(withoutIndex(name)) ?? named.get(weightKey(name)));
  const areNamed = found.every((weight) => weight !== undefined);
  if (areNamed && new Set(found).size === weights.length) return found;
  warnings.push(
    `The weights in ${name} of the file have other names than those of ${target.layer}, such as ${weights[0].name} and ` +
      `${target.weights[0].name}: they are loaded in order, which is right where the same layers were trainable when they were saved.`,
  );
  return weights;
}

const layerKey = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf("/")));

/** What Keras 1 called weights. */
const olderNames: Readonly<Record<string, string>> = {
  W: "kernel",
  b: "bias",
  running_mean: "moving_mean",
  // The name was wrong, the values are variances.
  running_std: "moving_variance",
};

/**
 * `block1_conv1/kernel`, of the names of any version: `block1_conv1/kernel:0`, `vgg16/block1_conv1/kernel`,
 * `block1_conv1/block1_conv1_W_1:0`.
 */
function weightKey(name: string): string {
  const parts = withoutIndex(name).split("/");
  const layer = parts.at(-2) ?? "";
  const last = parts.at(-1) ?? "";
  const short = last.startsWith(`${layer}_`) ? last.slice(layer.length + 1).replace(/_\d+$/, "") : last;
  return `${layer}/${olderNames[short] ?? short}`;
}

/** The arrays by their weights' keys. Of two with one key neither is meant. */
function uniqueByKey(weights: readonly SavedWeight[]): ReadonlyMap<string, SavedWeight | undefined> {
  const named = new Map<string, SavedWeight | undefined>();
  for (const weight of weights) {
    const key = weightKey(weight.name);
    named.set(key, named.has(key) ? undefined : weight);
  }
  return named;
}

/**
 * Arrays looked up by the weights' names.
 * @returns undefined where the names are of another making, so that only the order is left
 */
function matchFlat(
  matcher: Matcher,
  { layers }: Loaded,
  targets: readonly MatchTarget[],
  byName: boolean,
): Match | undefined {
  const path = (layer: string, name: string) => withoutIndex(pathIn(layer, name));
  const whole = new Map(
    layers.flatMap(({ name, weights }) =>
      weights.map((weight) => [path(name, weight.name), weight] as const),
    ),
  );
  const named = uniqueByKey(layers.flatMap(({ weights }) => weights));
  const wanted = targets.flatMap(({ layer, weights }) =>
    weights.map((weight) => ({
      layer,
      weight,
      saved: whole.get(path(layer, weight.name)) ?? named.get(weightKey(weight.name)),
    })),
  );
  const isWhole = wanted.every(({ saved }) => saved !== undefined);
  if (!isWhole && !byName) return undefined;
  const order = new Map(targets.map(({ layer }, k) => [layer, k]));
  for (const { layer, weight, saved } of wanted) {
    if (saved) matcher.assign(order.get(layer) ?? 0, layer, weight, saved);
  }
  return matcher.result;
}

/**
 * The layers of `.weights.h5` of Keras 3, which go by class and counter, in the model's order.
 * @throws where a class is not known, or a model is nested: its layers' order is not in the file
 */
function orderedByClass(
  layers: readonly SavedLayerWeights[],
  targets: readonly MatchTarget[],
): SavedLayerWeights[] {
  const counter = new ClassCounter();
  const places = new Map<string, number>();
  targets.forEach((target, k) => {
    if (target.className === undefined || isNested(target)) {
      throw new Error(
        `[loadWeights] a .weights.h5 of Keras 3 does not tell which layer is ${target.layer}: save the model as .keras.`,
      );
    }
    places.set(counter.next(target.className), k);
  });
  const place = ({ name }: SavedLayerWeights) => places.get(name) ?? targets.length;
  return [...layers].sort((a, b) => place(a) - place(b));
}

const isNested = ({ layer, weights }: MatchTarget): boolean =>
  weights.some(({ name }) => layerKey(name) !== layer);

/** What a user would look for first: layers that only one side has. */
function difference(saved: readonly SavedLayerWeights[], targets: readonly MatchTarget[]): string {
  const inFile = new Set(saved.map(({ name }) => name));
  const inModel = new Set(targets.map(({ layer }) => layer));
  const list = (names: readonly string[]) =>
    names.length > 5 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
  const parts = [
    ["Only in the file", [...inFile].filter((name) => !inModel.has(name))],
    ["only in the model", [...inModel].filter((name) => !inFile.has(name))],
  ] as const;
  const said = parts
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${what}: ${list(names)}`);
  return said.length > 0 ? `${said.join("; ")}.` : "";
}

const isSameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((extent, i) => extent === b[i]);

const toHwio = ([o, i, h, w]: readonly number[]): number[] => [h, w, i, o];

/** An assignment's values as the weight wants them; the file's own array where nothing is to be done. */
export function transformWeight({ saved, transforms }: Assignment): Float32Array {
  let { data, shape } = saved;
  for (const transform of transforms) {
    if (transform === "oihwToHwio") {
      data = hwioFromOihw(data, shape);
      shape = toHwio(shape);
    } else {
      data = rotated(data, shape);
    }
  }
  return data;
}

function hwioFromOihw(data: Float32Array, [outputs, inputs, height, width]: readonly number[]): Float32Array {
  const moved = new Float32Array(data.length);
  let at = 0;
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++)
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) moved[((y * width + x) * inputs + i) * outputs + o] = data[at++];
  return moved;
}

/** A HWIO kernel turned by 180 degrees: its places from last to first, each with its channels as they are. */
function rotated(data: Float32Array, [height, width, inputs, outputs]: readonly number[]): Float32Array {
  const turned = new Float32Array(data.length);
  const channels = inputs * outputs;
  const places = height * width;
  for (let place = 0; place < places; place++) {
    const from = (places - 1 - place) * channels;
    turned.set(data.subarray(from, from + channels), place * channels);
  }
  return turned;
}
