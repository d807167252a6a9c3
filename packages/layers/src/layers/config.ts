import { type Initializer, initializerFromConfig } from "../initializers.ts";
import type { LayerConfig } from "../layer.ts";
import { type Regularizer, regularizerFromConfig } from "../regularizers.ts";
import { inCamelCase, isObject, type SerializedObject } from "../serialized.ts";

/** How the keys of a class are read. */
export interface ConfigKeys {
  /** The keys that a layer of this class has in Keras 2.3.1, tf.keras or Keras 3, besides those that all have. */
  readonly keys: readonly string[];
  /** Keras 1's names, and what they are called now. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** Keys that say nothing here, as long as they have one of these values. */
  readonly fixed?: Readonly<Record<string, readonly unknown[]>>;
}

/** Keras 1's names that many classes have. */
export const keras1Names = {
  border_mode: "padding",
  subsample: "strides",
  nb_filter: "filters",
  output_dim: "units",
  init: "kernel_initializer",
  W_regularizer: "kernel_regularizer",
  b_regularizer: "bias_regularizer",
  W_constraint: "kernel_constraint",
  b_constraint: "bias_constraint",
  bias: "use_bias",
  dim_ordering: "data_format",
} as const;

/** Read elsewhere, or of how the file was written. */
const ignored: ReadonlySet<string> = new Set([
  "build_config",
  "input_dtype",
  "batch_size",
  "implementation",
  "fused",
  "synchronized",
]);

/**
 * The options of a layer from its config: keys in snake_case, and their values as Keras 1, 2, tf.keras and Keras 3 write them.
 * @throws for a key or a value that is not supported, naming the layer and the key
 */
export function optionsFromConfig<Options>(
  className: string,
  config: LayerConfig,
  { keys, renamed = {}, fixed = {} }: ConfigKeys,
): Options {
  if (!isObject(config))
    throw new Error(`[${className}] a config is an object, got ${JSON.stringify(config)}.`);
  const where = typeof config.name === "string" ? `${className} "${config.name}"` : className;
  const options: Record<string, unknown> = {};
  for (const [given, value] of Object.entries(withKernelSize(config))) {
    const key = Object.hasOwn(renamed, given) ? renamed[given] : given;
    if (ignored.has(key)) continue;
    const refuse = (why: string) => new Error(`[${where}] the config's key ${given}: ${why}`);
    if (Object.hasOwn(fixed, key)) {
      if (fixed[key].some((allowed) => JSON.stringify(allowed) === JSON.stringify(value))) continue;
      const only = fixed[key].map((allowed) => JSON.stringify(allowed)).join(" or ");
      throw refuse(`${JSON.stringify(value)} is not supported, ${only} is.`);
    }
    try {
      const read = readValue(key, value);
      if (read === undefined) continue;
      if (!commonKeys.has(key) && !keys.includes(key)) {
        throw new Error(`is not known to this class, its value is ${JSON.stringify(value)}.`);
      }
      options[inCamelCase(key === "batch_shape" ? "batch_input_shape" : key)] = read;
    } catch (error) {
      throw refuse((error as Error).message);
    }
  }
  return options as Options;
}

const commonKeys: ReadonlySet<string> = new Set(["name", "trainable", "batch_input_shape", "batch_shape"]);

/** Keras 1's rows and columns of a filter, in one. */
function withKernelSize(config: LayerConfig): LayerConfig {
  if (!("nb_row" in config) || !("nb_col" in config)) return config;
  const { nb_row, nb_col, ...rest } = config;
  return { ...rest, kernel_size: [nb_row, nb_col] };
}

/** A key's value as a layer's option takes it; undefined where it says what is so anyway. @throws where it cannot be taken */
function readValue(key: string, value: unknown): unknown {
  if (key === "dtype") return checkDtype(value);
  if (key === "data_format") return checkDataFormat(value);
  if (value === null || value === undefined) return undefined;
  if (key === "batch_input_shape" || key === "batch_shape") {
    // Batches may have any size here, also where Keras was told one.
    return Array.isArray(value) ? [null, ...value.slice(1)] : value;
  }
  if (key.endsWith("_constraint")) throw new Error("constraints are not supported, null is.");
  if (key.endsWith("_initializer")) return initializerFromConfig(value);
  if (key.endsWith("_regularizer")) return regularizerFromConfig(value);
  if (key === "activation") return activationName(value);
  return value;
}

/** A dtype, or Keras 3's policy of one. */
function checkDtype(value: unknown): undefined {
  const name = isObject(value) && isObject(value.config) ? value.config.name : value;
  if (name === null || name === undefined || name === "float32") return undefined;
  throw new Error(`${JSON.stringify(name)} is not supported, "float32" is.`);
}

/** Keras 1 says "tf" and "th". */
function checkDataFormat(value: unknown): undefined {
  if ([null, undefined, "channels_last", "tf", "default"].includes(value as string)) return undefined;
  throw new Error(
    `${JSON.stringify(value)} is not supported: pictures are "channels_last", (rows, columns, channels).`,
  );
}

/** The name of an activation, which Keras 3 may write as an object. */
function activationName(value: unknown): string {
  if (typeof value === "string") return value;
  if (isObject(value) && typeof value.config === "string") return value.config;
  if (
    isObject(value) &&
    value.class_name === "ReLU" &&
    isObject(value.config) &&
    value.config.max_value === 6
  ) {
    return "relu6";
  }
  throw new Error(`${JSON.stringify(value)} is not the name of an activation.`);
}

/** What a config holds of an initializer. @throws for a function of one's own */
export function initializerConfig(layer: string, key: string, initializer: Initializer): SerializedObject {
  if (initializer.getConfig) return initializer.getConfig();
  throw new Error(
    `[${layer}] ${key} is a function of your own, which no config can hold: give it a getConfig, or take one of Keras's.`,
  );
}

/** What a config holds of a regularizer. */
export const regularizerConfig = (regularizer: Regularizer | undefined): SerializedObject | null =>
  regularizer?.getConfig() ?? null;
