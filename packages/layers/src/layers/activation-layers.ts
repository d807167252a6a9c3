import { ops, type Tape, type Variable } from "@convscope/autograd";
import { Layer, type LayerConfig, type LayerOptions, type OwnOptionNames, type Shape } from "../layer.ts";
import { checkNumber } from "../options.ts";
import { formatTuple } from "../python-format.ts";
import { optionsFromConfig } from "./config.ts";

/** A layer that gives each value, or each row of values, another. */
abstract class Pointwise extends Layer {
  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }
}

export interface ReLUOptions extends LayerOptions {
  /** Nothing above it. Default none. */
  readonly maxValue?: number | null;
  /** The slope up to the threshold. Default 0. */
  readonly negativeSlope?: number | null;
  /** Where the rectifier opens. Default 0. */
  readonly threshold?: number | null;
}

const reluOptionNames: OwnOptionNames<ReLUOptions> = { maxValue: true, negativeSlope: true, threshold: true };

/** x up to `maxValue` above the threshold, negativeSlope·(x − threshold) up to it. */
export class ReLU extends Pointwise {
  readonly className = "ReLU";
  readonly maxValue: number | undefined;
  readonly negativeSlope: number;
  readonly threshold: number;
  constructor(options: ReLUOptions = {}) {
    super("ReLU", options, reluOptionNames);
    this.maxValue = atLeast0("ReLU", "maxValue", options.maxValue);
    this.negativeSlope = atLeast0("ReLU", "negativeSlope", options.negativeSlope) ?? 0;
    this.threshold = atLeast0("ReLU", "threshold", options.threshold) ?? 0;
  }
  static fromConfig(config: LayerConfig): ReLU {
    return new ReLU(
      optionsFromConfig("ReLU", config, { keys: ["max_value", "negative_slope", "threshold"] }),
    );
  }
  override call(tape: Tape, x: Variable): Variable {
    const { maxValue, negativeSlope, threshold } = this;
    // The plain rectifier is an op that others can take into theirs.
    if (maxValue === undefined && negativeSlope === 0 && threshold === 0) {
      return tape.apply(ops.relu, [x], undefined);
    }
    return tape.apply(ops.bentRelu, [x], { maxValue, negativeSlope, threshold });
  }
  override getConfig(): LayerConfig {
    return {
      ...super.getConfig(),
      max_value: this.maxValue === undefined ? null : Math.fround(this.maxValue),
      negative_slope: Math.fround(this.negativeSlope),
      threshold: Math.fround(this.threshold),
    };
  }
}

export interface LeakyReLUOptions extends LayerOptions {
  /** The slope below 0. Default 0.3. */
  readonly alpha?: number;
}

/** x above 0, alpha·x below. */
export class LeakyReLU extends Pointwise {
  readonly className = "LeakyReLU";
  readonly alpha: number;
  constructor(options: LeakyReLUOptions = {}) {
    super("LeakyReLU", options, { alpha: true });
    this.alpha = checkNumber("LeakyReLU", "alpha", options.alpha ?? 0.3);
  }
  static fromConfig(config: LayerConfig): LeakyReLU {
    // Keras 3's name.
    const renamed = { negative_slope: "alpha" };
    return new LeakyReLU(optionsFromConfig("LeakyReLU", config, { keys: ["alpha"], renamed }));
  }
  override call(tape: Tape, x: Variable): Variable {
    return tape.apply(ops.bentRelu, [x], { negativeSlope: this.alpha });
  }
  override getConfig(): LayerConfig {
    return { ...super.getConfig(), alpha: Math.fround(this.alpha) };
  }
}

export interface ELUOptions extends LayerOptions {
  /** The depth below 0. Default 1. */
  readonly alpha?: number;
}

/** x above 0, alpha·(exp(x) − 1) below. */
export class ELU extends Pointwise {
  readonly className = "ELU";
  readonly alpha: number;
  constructor(options: ELUOptions = {}) {
    super("ELU", options, { alpha: true });
    this.alpha = checkNumber("ELU", "alpha", options.alpha ?? 1);
  }
  static fromConfig(config: LayerConfig): ELU {
    return new ELU(optionsFromConfig("ELU", config, { keys: ["alpha"] }));
  }
  override call(tape: Tape, x: Variable): Variable {
    return tape.apply(ops.curve, [x], { kind: "elu", alpha: this.alpha });
  }
  override getConfig(): LayerConfig {
    return { ...super.getConfig(), alpha: Math.fround(this.alpha) };
  }
}

export interface ThresholdedReLUOptions extends LayerOptions {
  /** Nothing up to it. Default 1. */
  readonly theta?: number;
}

/** x above theta, 0 up to it. */
export class ThresholdedReLU extends Pointwise {
  readonly className = "ThresholdedReLU";
  readonly theta: number;
  constructor(options: ThresholdedReLUOptions = {}) {
    super("ThresholdedReLU", options, { theta: true });
    this.theta = checkNumber("ThresholdedReLU", "theta", options.theta ?? 1, 0);
  }
  static fromConfig(config: LayerConfig): ThresholdedReLU {
    return new ThresholdedReLU(optionsFromConfig("ThresholdedReLU", config, { keys: ["theta"] }));
  }
  override call(tape: Tape, x: Variable): Variable {
    return tape.apply(ops.bentRelu, [x], { threshold: this.theta });
  }
  override getConfig(): LayerConfig {
    return { ...super.getConfig(), theta: Math.fround(this.theta) };
  }
}

export interface SoftmaxOptions extends LayerOptions {
  /** The last axis, −1 (the default), or its number, the batch's being 0. There is no other. */
  readonly axis?: number;
}

/** Values of the last axis to shares of 1. */
export class Softmax extends Pointwise {
  readonly className = "Softmax";
  readonly axis: number;
  constructor(options: SoftmaxOptions = {}) {
    super("Softmax", options, { axis: true });
    this.axis = checkNumber("Softmax", "axis", options.axis ?? -1);
  }
  static fromConfig(config: LayerConfig): Softmax {
    return new Softmax(optionsFromConfig("Softmax", config, { keys: ["axis"] }));
  }
  override computeOutputShape(inputShape: Shape): Shape {
    if (inputShape.length > 0 && (this.axis === -1 || this.axis === inputShape.length)) return inputShape;
    throw new Error(
      `[${this.name}] axis is ${this.axis}, and inputs are of shape ${formatTuple([null, ...inputShape])}: only the last axis is ` +
        "supported.",
    );
  }
  override call(tape: Tape, x: Variable): Variable {
    return tape.apply(ops.softmax, [x], undefined);
  }
  override getConfig(): LayerConfig {
    return { ...super.getConfig(), axis: this.axis };
  }
}

export interface RescalingOptions extends LayerOptions {
  readonly scale: number;
  /** Default 0. */
  readonly offset?: number;
}

/** scale·x + offset: tf.keras's. */
export class Rescaling extends Pointwise {
  readonly className = "Rescaling";
  readonly scale: number;
  readonly offset: number;
  constructor(options: RescalingOptions) {
    super("Rescaling", options, { scale: true, offset: true });
    this.scale = checkNumber("Rescaling", "scale", options.scale);
    this.offset = checkNumber("Rescaling", "offset", options.offset ?? 0);
  }
  static fromConfig(config: LayerConfig): Rescaling {
    return new Rescaling(optionsFromConfig("Rescaling", config, { keys: ["scale", "offset"] }));
  }
  override call(tape: Tape, x: Variable): Variable {
    return tape.apply(ops.rescale, [x], { scale: this.scale, offset: this.offset });
  }
  override getConfig(): LayerConfig {
    return { ...super.getConfig(), scale: this.scale, offset: this.offset };
  }
}

/** A number that Keras wants not to be negative; null is none. */
function atLeast0(layer: string, name: string, value: number | null | undefined): number | undefined {
  return value === null || value === undefined ? undefined : checkNumber(layer, name, value, 0);
}
