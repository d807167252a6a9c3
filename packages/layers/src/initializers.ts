import { RandomStream } from "@convscope/kernels/philox";
import { checkChoice, checkNumber, checkOptions } from "./options.ts";
import { inCamelCase, type SerializedObject, serializedObject } from "./serialized.ts";

/**
 * Gives the first values of a weight: `shape` in row-major order. The same stream address gives the same values.
 * Filters are HWIO `[height, width, in, out]`, dense weights `[in, out]`.
 */
export interface Initializer {
  (shape: readonly number[], stream: RandomStream): Float32Array<ArrayBuffer>;
  /** As Keras 2.3.1 writes it; a function of one's own need not have it, and then its layer has no config. */
  getConfig?(): SerializedObject;
}

/** An initializer with the class and config that Keras has for it. */
function initializer(
  className: string,
  config: SerializedObject["config"],
  draw: (shape: readonly number[], stream: RandomStream) => Float32Array<ArrayBuffer>,
): Initializer {
  return Object.assign(draw, { getConfig: () => ({ class_name: className, config }) });
}

/** Of a seed of its own, where one is given, else the model's. */
const streamOf = (seed: number | null | undefined, stream: RandomStream): RandomStream =>
  seed === undefined || seed === null ? stream : new RandomStream(seed, "initializer");

/** The number of inputs that feed one output of a weight, and of outputs that one input feeds. */
export interface Fans {
  fanIn: number;
  fanOut: number;
}

/**
 * The fans of a weight's shape, as Keras 2 `_compute_fans` with channels last: of a filter of 3 to 5 dimensions the
 * last two, times the receptive field; of any other rank than 2 to 5 the root of its size, both.
 */
export function computeFans(shape: readonly number[]): Fans {
  if (shape.length < 2 || shape.length > 5) {
    const fan = Math.sqrt(product(shape));
    return { fanIn: fan, fanOut: fan };
  }
  const receptiveField = product(shape.slice(0, -2));
  const [channelsIn, channelsOut] = shape.slice(-2);
  return { fanIn: channelsIn * receptiveField, fanOut: channelsOut * receptiveField };
}

/** All 0. */
export function zeros(): Initializer {
  return initializer("Zeros", {}, (shape) => new Float32Array(product(shape)));
}

/** All 1. */
export function ones(): Initializer {
  return initializer("Ones", {}, (shape) => new Float32Array(product(shape)).fill(1));
}

/** All `value` (0). */
export function constant(options: ConstantOptions = {}): Initializer {
  const { value = 0 } = checkOptions("constant", options, { value: true });
  checkNumber("constant", "value", value);
  return initializer("Constant", { value }, (shape) => new Float32Array(product(shape)).fill(value));
}

/** Normal with the given mean (0) and standard deviation (0.05). */
export function randomNormal(options: NormalOptions = {}): Initializer {
  const { mean, stddev, seed } = checkNormal("randomNormal", options);
  return initializer("RandomNormal", { mean, stddev, seed }, (shape, stream) => {
    const own = streamOf(seed, stream);
    return fill(shape, () => mean + stddev * own.normal());
  });
}

/** Uniform from `minval` (−0.05) to `maxval` (0.05). */
export function randomUniform(options: UniformOptions = {}): Initializer {
  const {
    minval = -0.05,
    maxval = 0.05,
    seed = null,
  } = checkOptions("randomUniform", options, {
    minval: true,
    maxval: true,
    seed: true,
  });
  checkNumber("randomUniform", "minval", minval);
  checkNumber("randomUniform", "maxval", maxval, minval);
  return initializer("RandomUniform", { minval, maxval, seed }, (shape, stream) => {
    const own = streamOf(seed, stream);
    return fill(shape, () => own.uniform(minval, maxval));
  });
}

/**
 * Normal, and drawn again where further than two `stddev` from the mean (0). `stddev` (0.05) is that of the normal
 * before the cut: the values drawn have 0.8796 of it.
 */
export function truncatedNormal(options: NormalOptions = {}): Initializer {
  const { mean, stddev, seed } = checkNormal("truncatedNormal", options);
  return initializer("TruncatedNormal", { mean, stddev, seed }, (shape, stream) => {
    const own = streamOf(seed, stream);
    return fill(shape, () => {
      let z = own.normal();
      while (Math.abs(z) > 2) z = own.normal();
      return mean + stddev * z;
    });
  });
}

/**
 * Keras 2's family of scaled initializers: variance `scale / n` (1), where n is `fanIn`, `fanOut` or their mean, at
 * least 1. "normal" is truncated at two standard deviations and widened to have that variance after the cut;
 * "untruncatedNormal", of tf.keras and Keras 3, is neither; "uniform" lies between ±√(3 · variance).
 * @throws for a scale that is not above 0, and an unknown mode or distribution
 */
export function varianceScaling(options: VarianceScalingOptions = {}): Initializer {
  const names = { scale: true, mode: true, distribution: true, seed: true } as const;
  const {
    scale = 1,
    mode = "fanIn",
    distribution = "normal",
    seed = null,
  } = checkOptions("varianceScaling", options, names);
  checkChoice("varianceScaling", "mode", mode, ["fanIn", "fanOut", "fanAvg"]);
  checkChoice("varianceScaling", "distribution", distribution, ["normal", "uniform", "untruncatedNormal"]);
  if (!(scale > 0)) {
    throw new Error(`[varianceScaling] scale is ${scale}, but must be above 0: give a positive number.`);
  }
  const config = { scale, mode: inSnakeCase(mode), distribution: inSnakeCase(distribution), seed };
  return initializer("VarianceScaling", config, (shape, stream) => {
    const { fanIn, fanOut } = computeFans(shape);
    const n = Math.max(1, { fanIn, fanOut, fanAvg: (fanIn + fanOut) / 2 }[mode]);
    const variance = scale / n;
    const limit = Math.sqrt(3 * variance);
    const draw = {
      normal: truncatedNormal({ stddev: Math.sqrt(variance) / TRUNCATED_STDDEV }),
      untruncatedNormal: randomNormal({ stddev: Math.sqrt(variance) }),
      uniform: randomUniform({ minval: -limit, maxval: limit }),
    }[distribution];
    return draw(shape, streamOf(seed, stream));
  });
}

/**
 * A matrix of orthonormal rows or columns, whichever are fewer, times `gain` (1): the weight's last axis are the columns, all
 * others its rows. Saxe, McClelland and Ganguli, 2014. (Keras 2 takes the first axis for the rows, which of a filter are its
 * height; tf.keras and Keras 3 do as here.)
 * @throws for a weight of fewer than two dimensions
 */
export function orthogonal(options: GainOptions & SeedOptions = {}): Initializer {
  const { gain = 1, seed = null } = checkOptions("orthogonal", options, { gain: true, seed: true });
  checkNumber("orthogonal", "gain", gain);
  return initializer("Orthogonal", { gain, seed }, (shape, stream) => {
    const columns = shape.at(-1) ?? 0;
    const rows = product(shape.slice(0, -1));
    if (shape.length < 2 || columns === 0 || rows === 0) {
      throw new Error(`[orthogonal] a weight [${shape}] is no matrix: at least two dimensions are needed.`);
    }
    const own = streamOf(seed, stream);
    const [count, length] = rows >= columns ? [columns, rows] : [rows, columns];
    const vectors = orthonormalVectors(count, length, () => own.normal());
    const at = (row: number, column: number) =>
      rows >= columns ? vectors[column][row] : vectors[row][column];
    return Float32Array.from(
      { length: rows * columns },
      (_, i) => gain * at(Math.floor(i / columns), i % columns),
    );
  });
}

/** The identity matrix times `gain` (1). @throws for a weight that is no square matrix */
export function identity(options: GainOptions = {}): Initializer {
  const { gain = 1 } = checkOptions("identity", options, { gain: true });
  checkNumber("identity", "gain", gain);
  return initializer("Identity", { gain }, (shape) => {
    const [rows, columns] = shape;
    if (shape.length !== 2 || rows !== columns) {
      throw new Error(`[identity] a weight [${shape}] is no square matrix: the identity is one.`);
    }
    return Float32Array.from({ length: rows * rows }, (_, i) => (i % (rows + 1) === 0 ? gain : 0));
  });
}

/** The standard deviation of a standard normal cut at ±2: `scipy.stats.truncnorm.std(a=-2, b=2)`. */
const TRUNCATED_STDDEV = 0.87962566103423978;

/** Uniform between ±√(6 / (fanIn + fanOut)): the default of `Conv2D` and `Dense`. Glorot and Bengio, 2010. */
export function glorotUniform(options: SeedOptions = {}): Initializer {
  const { seed } = checkOptions("glorotUniform", options, { seed: true });
  return varianceScaling({ scale: 1, mode: "fanAvg", distribution: "uniform", seed });
}

/** Truncated normal with standard deviation √(2 / (fanIn + fanOut)). Glorot and Bengio, 2010. */
export function glorotNormal(options: SeedOptions = {}): Initializer {
  const { seed } = checkOptions("glorotNormal", options, { seed: true });
  return varianceScaling({ scale: 1, mode: "fanAvg", distribution: "normal", seed });
}

/** Uniform between ±√(6 / fanIn). He, Zhang, Ren and Sun, 2015. */
export function heUniform(options: SeedOptions = {}): Initializer {
  const { seed } = checkOptions("heUniform", options, { seed: true });
  return varianceScaling({ scale: 2, mode: "fanIn", distribution: "uniform", seed });
}

/** Truncated normal with standard deviation √(2 / fanIn). He, Zhang, Ren and Sun, 2015. */
export function heNormal(options: SeedOptions = {}): Initializer {
  const { seed } = checkOptions("heNormal", options, { seed: true });
  return varianceScaling({ scale: 2, mode: "fanIn", distribution: "normal", seed });
}

/** Uniform between ±√(3 / fanIn). LeCun, Bottou, Orr and Müller, 1998. */
export function lecunUniform(options: SeedOptions = {}): Initializer {
  const { seed } = checkOptions("lecunUniform", options, { seed: true });
  return varianceScaling({ scale: 1, mode: "fanIn", distribution: "uniform", seed });
}

/** Truncated normal with standard deviation √(1 / fanIn). LeCun, Bottou, Orr and Müller, 1998. */
export function lecunNormal(options: SeedOptions = {}): Initializer {
  const { seed } = checkOptions("lecunNormal", options, { seed: true });
  return varianceScaling({ scale: 1, mode: "fanIn", distribution: "normal", seed });
}

/** The initializers that a name may stand for, with their default options. */
export const initializers = {
  zeros,
  ones,
  constant,
  randomNormal,
  randomUniform,
  truncatedNormal,
  varianceScaling,
  orthogonal,
  identity,
  glorotUniform,
  glorotNormal,
  heUniform,
  heNormal,
  lecunUniform,
  lecunNormal,
} as const;

/** Keras's short names. */
const aliases: Readonly<Record<string, InitializerName>> = {
  normal: "randomNormal",
  uniform: "randomUniform",
  zero: "zeros",
  one: "ones",
};

/** The name of an initializer. Keras's own spelling (`glorot_uniform`) is taken as well, but not offered by the type. */
export type InitializerName = keyof typeof initializers;

/**
 * The initializer that is meant.
 * @param identifier a name in camelCase, in Keras's snake_case or as its classes, or an initializer, which is given back
 * @throws for an unknown name; the message lists the known ones
 */
export function getInitializer(identifier: InitializerName | (string & {}) | Initializer): Initializer {
  if (typeof identifier === "function") return identifier;
  const camelCase = inCamelCase(String(identifier)).replace(/^[A-Z]/, (letter) => letter.toLowerCase());
  const name = Object.hasOwn(aliases, camelCase) ? aliases[camelCase] : camelCase;
  if (!Object.hasOwn(initializers, name)) {
    const known = Object.keys(initializers).join(", ");
    throw new Error(`[initializer] unknown initializer "${identifier}": use one of ${known}, or a function.`);
  }
  return initializers[name as InitializerName]();
}

/**
 * The initializer of a config: a name, or what Keras 2, tf.keras ("GlorotUniform") and Keras 3 write.
 * @throws for another one
 */
export function initializerFromConfig(value: unknown): Initializer {
  if (typeof value === "string") return getInitializer(value);
  const { className, config } = serializedObject("initializer", value);
  const name = inCamelCase(className.replace(/Initializer$/, "")).replace(/^[A-Z]/, (letter) =>
    letter.toLowerCase(),
  );
  const entries = Object.entries(config)
    // Of the shape, which the weight says itself; and of how the file was written.
    .filter(([key, option]) => option !== null && !["data_format", "dtype", "name"].includes(key))
    .map(([key, option]) => [inCamelCase(key), typeof option === "string" ? inCamelCase(option) : option]);
  const options = Object.fromEntries(entries);
  // tf.keras says that its normal is truncated; Keras 2's is, and does not say so.
  if (options.distribution === "truncatedNormal") options.distribution = "normal";
  if (!Object.hasOwn(initializers, name)) {
    throw new Error(
      `[initializer] ${className} is not supported: ${Object.keys(initializers).join(", ")} are.`,
    );
  }
  return (initializers[name as InitializerName] as (options: object) => Initializer)(options);
}

const inSnakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export interface SeedOptions {
  /** For values that do not depend on the model's seed. Default null. */
  seed?: number | null;
}

export interface ConstantOptions {
  value?: number;
}

export interface GainOptions {
  gain?: number;
}

export interface NormalOptions extends SeedOptions {
  mean?: number;
  stddev?: number;
}

export interface UniformOptions extends SeedOptions {
  minval?: number;
  maxval?: number;
}

export interface VarianceScalingOptions extends SeedOptions {
  scale?: number;
  mode?: "fanIn" | "fanOut" | "fanAvg";
  distribution?: "normal" | "uniform" | "untruncatedNormal";
}

function checkNormal(where: string, options: NormalOptions) {
  const {
    mean = 0,
    stddev = 0.05,
    seed = null,
  } = checkOptions(where, options, {
    mean: true,
    stddev: true,
    seed: true,
  });
  return { mean: checkNumber(where, "mean", mean), stddev: checkNumber(where, "stddev", stddev, 0), seed };
}

/** Vectors of unit length, each orthogonal to those before: normal ones, by Gram and Schmidt, twice for the rounding. */
function orthonormalVectors(count: number, length: number, draw: () => number): Float64Array[] {
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    let vector = Float64Array.from({ length }, draw);
    for (let pass = 0; pass < 2; pass++) {
      for (const before of vectors) {
        const share = dot(vector, before);
        vector = vector.map((value, i) => value - share * before[i]);
      }
      const size = Math.sqrt(dot(vector, vector));
      vector = vector.map((value) => value / size);
    }
    vectors.push(vector);
  }
  return vectors;
}

function fill(shape: readonly number[], draw: () => number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(product(shape));
  for (let i = 0; i < values.length; i++) values[i] = draw();
  return values;
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}
