import type { RandomStream } from "@convscope/kernels/philox";
import { checkChoice, checkNumber, checkOptions } from "./options.ts";

/**
 * Gives the first values of a weight: `shape` in row-major order. The same stream address gives the same values.
 * Filters are HWIO `[height, width, in, out]`, dense weights `[in, out]`.
 */
export type Initializer = (shape: readonly number[], stream: RandomStream) => Float32Array<ArrayBuffer>;

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
  return constant({ value: 0 });
}

/** All 1. */
export function ones(): Initializer {
  return constant({ value: 1 });
}

/** All `value` (0). */
export function constant(options: ConstantOptions = {}): Initializer {
  const { value = 0 } = checkOptions("constant", options, { value: true });
  checkNumber("constant", "value", value);
  return (shape) => new Float32Array(product(shape)).fill(value);
}

/** Normal with the given mean (0) and standard deviation (0.05). */
export function randomNormal(options: NormalOptions = {}): Initializer {
  const { mean, stddev } = checkNormal("randomNormal", options);
  return (shape, stream) => fill(shape, () => mean + stddev * stream.normal());
}

/** Uniform from `minval` (−0.05) to `maxval` (0.05). */
export function randomUniform(options: UniformOptions = {}): Initializer {
  const { minval = -0.05, maxval = 0.05 } = checkOptions("randomUniform", options, {
    minval: true,
    maxval: true,
  });
  checkNumber("randomUniform", "minval", minval);
  checkNumber("randomUniform", "maxval", maxval, minval);
  return (shape, stream) => fill(shape, () => stream.uniform(minval, maxval));
}

/**
 * Normal, and drawn again where further than two `stddev` from the mean (0). `stddev` (0.05) is that of the normal
 * before the cut: the values drawn have 0.8796 of it.
 */
export function truncatedNormal(options: NormalOptions = {}): Initializer {
  const { mean, stddev } = checkNormal("truncatedNormal", options);
  return (shape, stream) =>
    fill(shape, () => {
      let z = stream.normal();
      while (Math.abs(z) > 2) z = stream.normal();
      return mean + stddev * z;
    });
}

/**
 * Keras 2's family of scaled initializers: variance `scale / n` (1), where n is `fanIn`, `fanOut` or their mean, at
 * least 1. "normal" is truncated at two standard deviations and widened to have that variance after the cut;
 * "uniform" lies between ±√(3 · variance).
 * @throws for a scale that is not above 0, and an unknown mode or distribution
 */
export function varianceScaling(options: VarianceScalingOptions = {}): Initializer {
  const names = { scale: true, mode: true, distribution: true } as const;
  const {
    scale = 1,
    mode = "fanIn",
    distribution = "normal",
  } = checkOptions("varianceScaling", options, names);
  checkChoice("varianceScaling", "mode", mode, ["fanIn", "fanOut", "fanAvg"]);
  checkChoice("varianceScaling", "distribution", distribution, ["normal", "uniform"]);
  if (!(scale > 0)) {
    throw new Error(`[varianceScaling] scale is ${scale}, but must be above 0: give a positive number.`);
  }
  return (shape, stream) => {
    const { fanIn, fanOut } = computeFans(shape);
    const n = Math.max(1, { fanIn, fanOut, fanAvg: (fanIn + fanOut) / 2 }[mode]);
    const variance = scale / n;
    if (distribution === "normal") {
      return truncatedNormal({ stddev: Math.sqrt(variance) / TRUNCATED_STDDEV })(shape, stream);
    }
    const limit = Math.sqrt(3 * variance);
    return randomUniform({ minval: -limit, maxval: limit })(shape, stream);
  };
}

/** The standard deviation of a standard normal cut at ±2: `scipy.stats.truncnorm.std(a=-2, b=2)`. */
const TRUNCATED_STDDEV = 0.87962566103423978;

/** Uniform between ±√(6 / (fanIn + fanOut)): the default of `Conv2D` and `Dense`. Glorot and Bengio, 2010. */
export function glorotUniform(): Initializer {
  return varianceScaling({ scale: 1, mode: "fanAvg", distribution: "uniform" });
}

/** Truncated normal with standard deviation √(2 / (fanIn + fanOut)). Glorot and Bengio, 2010. */
export function glorotNormal(): Initializer {
  return varianceScaling({ scale: 1, mode: "fanAvg", distribution: "normal" });
}

/** Uniform between ±√(6 / fanIn). He, Zhang, Ren and Sun, 2015. */
export function heUniform(): Initializer {
  return varianceScaling({ scale: 2, mode: "fanIn", distribution: "uniform" });
}

/** Truncated normal with standard deviation √(2 / fanIn). He, Zhang, Ren and Sun, 2015. */
export function heNormal(): Initializer {
  return varianceScaling({ scale: 2, mode: "fanIn", distribution: "normal" });
}

/** Uniform between ±√(3 / fanIn). LeCun, Bottou, Orr and Müller, 1998. */
export function lecunUniform(): Initializer {
  return varianceScaling({ scale: 1, mode: "fanIn", distribution: "uniform" });
}

/** Truncated normal with standard deviation √(1 / fanIn). LeCun, Bottou, Orr and Müller, 1998. */
export function lecunNormal(): Initializer {
  return varianceScaling({ scale: 1, mode: "fanIn", distribution: "normal" });
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
 * @param identifier a name in camelCase or in Keras's snake_case, or an initializer, which is given back
 * @throws for an unknown name; the message lists the known ones
 */
export function getInitializer(identifier: InitializerName | (string & {}) | Initializer): Initializer {
  if (typeof identifier === "function") return identifier;
  const camelCase = String(identifier).replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const name = Object.hasOwn(aliases, camelCase) ? aliases[camelCase] : camelCase;
  if (!Object.hasOwn(initializers, name)) {
    const known = Object.keys(initializers).join(", ");
    throw new Error(`[initializer] unknown initializer "${identifier}": use one of ${known}, or a function.`);
  }
  return initializers[name as InitializerName]();
}

export interface ConstantOptions {
  value?: number;
}

export interface NormalOptions {
  mean?: number;
  stddev?: number;
}

export interface UniformOptions {
  minval?: number;
  maxval?: number;
}

export interface VarianceScalingOptions {
  scale?: number;
  mode?: "fanIn" | "fanOut" | "fanAvg";
  distribution?: "normal" | "uniform";
}

function checkNormal(where: string, options: NormalOptions): Required<NormalOptions> {
  const { mean = 0, stddev = 0.05 } = checkOptions(where, options, { mean: true, stddev: true });
  return { mean: checkNumber(where, "mean", mean), stddev: checkNumber(where, "stddev", stddev, 0) };
}

function fill(shape: readonly number[], draw: () => number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(product(shape));
  for (let i = 0; i < values.length; i++) values[i] = draw();
  return values;
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}
