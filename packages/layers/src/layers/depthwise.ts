import { ops, type Tape, type Variable } from "@convscope/autograd";
import { getInitializer, type Initializer, type InitializerName } from "../initializers.ts";
import type { LayerConfig, OwnOptionNames, Shape } from "../layer.ts";
import { checkCount } from "../options.ts";
import { getRegularizer, type Regularizer } from "../regularizers.ts";
import type { Weight } from "../weight.ts";
import { initializerConfig, keras1Names, optionsFromConfig, regularizerConfig } from "./config.ts";
import { Convolution, type ConvolutionOptions, convolutionKeys, convolutionOptionNames } from "./conv2d.ts";
import type { RegularizerOption } from "./regularized.ts";

export interface DepthwiseConv2DOptions extends ConvolutionOptions {
  /** How many results each channel gives. Default 1. */
  readonly depthMultiplier?: number;
  /** Default `glorotUniform`. */
  readonly depthwiseInitializer?: InitializerName | Initializer;
  /** Default none. */
  readonly depthwiseRegularizer?: RegularizerOption;
}

const depthwiseOptionNames: OwnOptionNames<DepthwiseConv2DOptions> = {
  ...convolutionOptionNames,
  depthMultiplier: true,
  depthwiseInitializer: true,
  depthwiseRegularizer: true,
};

const depthwiseKeys = [
  ...convolutionKeys,
  "depth_multiplier",
  "depthwise_initializer",
  "depthwise_regularizer",
  "depthwise_constraint",
] as const;

/** What tf.keras writes beside them, from the class that it makes these of: it says nothing here. */
const unused = {
  groups: [1],
  kernel_initializer: [null],
  kernel_regularizer: [null],
  kernel_constraint: [null],
};

/** Each channel by filters of its own. */
abstract class DepthwiseConvolution extends Convolution {
  readonly depthMultiplier: number;
  readonly #depthwiseInitializer: Initializer;
  readonly #depthwiseRegularizer: Regularizer | undefined;

  constructor(className: string, options: DepthwiseConv2DOptions, names: Readonly<Record<string, true>>) {
    super(className, options, names);
    this.depthMultiplier = checkCount(className, "depthMultiplier", options.depthMultiplier ?? 1);
    this.#depthwiseInitializer = getInitializer(options.depthwiseInitializer ?? "glorotUniform");
    this.#depthwiseRegularizer = getRegularizer(options.depthwiseRegularizer);
  }

  /** The filters of the channels. */
  protected depthwiseWeight(inputShape: Shape): Weight {
    const [, , channels] = this.pictureShape(inputShape);
    const shape = [...this.kernelSize, channels, this.depthMultiplier];
    return this.weight("depthwise_kernel", shape, this.#depthwiseInitializer, this.#depthwiseRegularizer);
  }

  override getConfig(): LayerConfig {
    return {
      ...super.getConfig(),
      depth_multiplier: this.depthMultiplier,
      depthwise_initializer: initializerConfig(this.name, "depthwiseInitializer", this.#depthwiseInitializer),
      depthwise_regularizer: regularizerConfig(this.#depthwiseRegularizer),
      depthwise_constraint: null,
    };
  }
}

/** Each channel by filters of its own: (rows, columns, channels) to (rows, columns, channels · depthMultiplier). */
export class DepthwiseConv2D extends DepthwiseConvolution {
  readonly className = "DepthwiseConv2D";

  constructor(options: DepthwiseConv2DOptions) {
    super("DepthwiseConv2D", options, depthwiseOptionNames);
  }

  static fromConfig(config: LayerConfig): DepthwiseConv2D {
    const fixed = { ...unused, filters: [null], kernel_initializer: [config.kernel_initializer] };
    return new DepthwiseConv2D(
      optionsFromConfig("DepthwiseConv2D", config, { keys: depthwiseKeys, renamed: keras1Names, fixed }),
    );
  }

  override computeOutputShape(inputShape: Shape): Shape {
    const [, , channels] = this.pictureShape(inputShape);
    return this.convolvedShape(inputShape, channels * this.depthMultiplier, channels);
  }

  protected override makeWeights(inputShape: Shape): Weight[] {
    const [, , channels] = this.pictureShape(inputShape);
    return [this.depthwiseWeight(inputShape), ...this.biasWeights(channels * this.depthMultiplier)];
  }

  override call(tape: Tape, x: Variable): Variable {
    const options = { ...this.opOptions, activation: this.fused };
    return this.finished(tape, tape.apply(ops.depthwiseConv2d, [x, ...this.weights], options));
  }
}

export interface SeparableConv2DOptions extends DepthwiseConv2DOptions {
  readonly filters: number;
  /** Default `glorotUniform`. */
  readonly pointwiseInitializer?: InitializerName | Initializer;
  /** Default none. */
  readonly pointwiseRegularizer?: RegularizerOption;
}

const separableOptionNames: OwnOptionNames<SeparableConv2DOptions> = {
  filters: true,
  ...depthwiseOptionNames,
  pointwiseInitializer: true,
  pointwiseRegularizer: true,
};

/** Each channel by filters of its own, and then the channels of each pixel mixed: (rows, columns, channels) to (…, filters). */
export class SeparableConv2D extends DepthwiseConvolution {
  readonly className = "SeparableConv2D";
  readonly filters: number;
  readonly #pointwiseInitializer: Initializer;
  readonly #pointwiseRegularizer: Regularizer | undefined;

  constructor(options: SeparableConv2DOptions) {
    super("SeparableConv2D", options, separableOptionNames);
    this.filters = checkCount("SeparableConv2D", "filters", options.filters);
    this.#pointwiseInitializer = getInitializer(options.pointwiseInitializer ?? "glorotUniform");
    this.#pointwiseRegularizer = getRegularizer(options.pointwiseRegularizer);
  }

  static fromConfig(config: LayerConfig): SeparableConv2D {
    const keys = [
      ...depthwiseKeys,
      "filters",
      "pointwise_initializer",
      "pointwise_regularizer",
      "pointwise_constraint",
    ];
    // Keras 1 has one initializer for both.
    const { init, ...rest } = config;
    const both = init === undefined ? {} : { depthwise_initializer: init, pointwise_initializer: init };
    const fixed = { ...unused, kernel_initializer: [config.kernel_initializer] };
    return new SeparableConv2D(
      optionsFromConfig("SeparableConv2D", { ...rest, ...both }, { keys, renamed: keras1Names, fixed }),
    );
  }

  override computeOutputShape(inputShape: Shape): Shape {
    const [, , channels] = this.pictureShape(inputShape);
    const [rows, columns] = this.convolvedShape(inputShape, channels * this.depthMultiplier, channels);
    return [rows, columns, this.filters];
  }

  protected override makeWeights(inputShape: Shape): Weight[] {
    const [, , channels] = this.pictureShape(inputShape);
    const shape = [1, 1, channels * this.depthMultiplier, this.filters];
    return [
      this.depthwiseWeight(inputShape),
      this.weight("pointwise_kernel", shape, this.#pointwiseInitializer, this.#pointwiseRegularizer),
      ...this.biasWeights(this.filters),
    ];
  }

  override call(tape: Tape, x: Variable): Variable {
    const [depthwise, pointwise, ...bias] = this.weights;
    const ofChannels = tape.apply(ops.depthwiseConv2d, [x, depthwise], this.opOptions);
    const y = tape.apply(ops.conv2d, [ofChannels, pointwise, ...bias], { activation: this.fused });
    return this.finished(tape, y);
  }

  override getConfig(): LayerConfig {
    return {
      ...super.getConfig(),
      filters: this.filters,
      pointwise_initializer: initializerConfig(this.name, "pointwiseInitializer", this.#pointwiseInitializer),
      pointwise_regularizer: regularizerConfig(this.#pointwiseRegularizer),
      pointwise_constraint: null,
    };
  }
}
