import type { Device } from "@convscope/kernels";
import type { Shape } from "../layer.ts";
import { input } from "../layers/input.ts";
import { GlobalAveragePooling2D, GlobalMaxPooling2D } from "../layers/pooling.ts";
import { Model } from "../model/model.ts";
import { checkOptions, type OptionNames } from "../options.ts";
import type { SymbolicTensor } from "../symbolic.ts";
import { obtainInputShape } from "./input-shape.ts";
import type { PreprocessMode } from "./preprocess-input.ts";
import { fetchWeights, type WeightFile } from "./weight-files.ts";

/** Keras's arguments of the networks in keras-applications, then our own. */
export interface ApplicationOptions {
  /** Whether the classifier stands on top; default true. */
  readonly includeTop?: boolean;
  /**
   * `"imagenet"`, the default: Keras's published weights, downloaded once. `null`: random ones. Else the path of a file, of
   * any kind that `loadWeights` reads.
   */
  readonly weights?: "imagenet" | (string & {}) | null;
  /** `[height, width, 3]`; default the network's own with the classifier, any size without. */
  readonly inputShape?: Shape;
  /** Instead of an input of its own: what the network is built on. */
  readonly inputTensor?: SymbolicTensor;
  /** What stands on top instead of the classifier: the mean or the maximum of each channel, or, null, nothing. */
  readonly pooling?: "avg" | "max" | null;
  /** Of the classifier; default 1000. */
  readonly classes?: number;
  readonly device?: Device;
  readonly seed?: number;
}

const optionNames: OptionNames<ApplicationOptions> = {
  includeTop: true,
  weights: true,
  inputShape: true,
  inputTensor: true,
  pooling: true,
  classes: true,
  device: true,
  seed: true,
};

/** What `build` is told. */
export interface Top {
  readonly includeTop: boolean;
  readonly pooling: "avg" | "max" | null;
  readonly classes: number;
}

/** The files of Keras's published weights. */
export interface WeightFiles {
  readonly top: WeightFile;
  readonly noTop: WeightFile;
}

/** A network of keras-applications, as a description. */
export interface Application {
  readonly name: string | ((inputShape: Shape) => string);
  /** Pixels on a side, with the classifier. */
  readonly defaultSize: number | ((inputShape: Shape | undefined) => number);
  readonly minSize: number;
  /** How the pictures were made ready on which the weights were trained. */
  readonly preprocessing: PreprocessMode;
  readonly weightFiles: WeightFiles | ((inputShape: Shape) => WeightFiles);
  build(x: SymbolicTensor, top: Top): SymbolicTensor;
}

const resolved = <T, A>(value: T | ((argument: A) => T), argument: A): T =>
  typeof value === "function" ? (value as (argument: A) => T)(argument) : value;

export const weightFilesOf = ({ weightFiles }: Application, inputShape: Shape): WeightFiles =>
  resolved(weightFiles, inputShape);

/**
 * Builds a network and loads its weights.
 * @throws in Keras's words for options that do not go together
 */
export async function buildApplication(
  where: string,
  application: Application,
  options: ApplicationOptions = {},
): Promise<Model> {
  checkOptions(where, options, optionNames);
  const { includeTop = true, weights = "imagenet", pooling = null, classes = 1000, device, seed } = options;
  const isPretrained = weights === "imagenet";
  if (isPretrained && includeTop && classes !== 1000) {
    throw new Error(
      'If using `weights` as `"imagenet"` with `include_top` as true, `classes` should be 1000',
    );
  }
  if (pooling !== null && pooling !== "avg" && pooling !== "max") {
    throw new Error(`[${where}] pooling is ${JSON.stringify(pooling)}; "avg", "max" or null was needed.`);
  }
  const inputShape = obtainInputShape(options.inputTensor?.shape ?? options.inputShape, {
    defaultSize: resolved(application.defaultSize, options.inputShape),
    minSize: application.minSize,
    includeTop,
    isPretrained,
  });
  // Before the layers are made: what is refused should cost nothing.
  const files = isPretrained ? weightFilesOf(application, inputShape) : undefined;
  const x = options.inputTensor ?? input({ shape: inputShape });
  const y = application.build(x, { includeTop, pooling, classes });
  const name = resolved(application.name, inputShape);
  const model = new Model({ inputs: x, outputs: y, name, device, seed });
  if (files) await model.loadWeights(await fetchWeights(includeTop ? files.top : files.noTop));
  else if (weights !== null) await model.loadWeights(weights);
  return model;
}

/** What stands on a network without a classifier. */
export function poolingOnTop(x: SymbolicTensor, pooling: Top["pooling"]): SymbolicTensor {
  if (pooling === "avg") return new GlobalAveragePooling2D().apply(x);
  if (pooling === "max") return new GlobalMaxPooling2D().apply(x);
  return x;
}
