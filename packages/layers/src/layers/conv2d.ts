import { ops, type Tape, type Variable } from "@convscope/autograd";
import { groupedConv2dGeometry } from "@convscope/kernels";
import { type ActivationName, applyRest, checkActivation, fusedPart } from "../activations.ts";
import { getInitializer, type Initializer, type InitializerName } from "../initializers.ts";
import type { LayerConfig, OwnOptionNames, Shape } from "../layer.ts";
import { checkCount } from "../options.ts";
import { getRegularizer, type Regularizer } from "../regularizers.ts";
import type { Weight } from "../weight.ts";
import { initializerConfig, keras1Names, optionsFromConfig, regularizerConfig } from "./config.ts";
import {
  checkDataFormat,
  checkPadding,
  type PaddingName,
  type PictureLayerOptions,
  pair,
  pictureResult,
} from "./options.ts";
import { RegularizedLayer, type RegularizedOptions, type RegularizerOption } from "./regularized.ts";

/** What all convolutions have. */
export interface ConvolutionOptions extends PictureLayerOptions, RegularizedOptions {
  readonly kernelSize: number | readonly [number, number];
  /** Default 1. */
  readonly strides?: number | readonly [number, number];
  /** Default `valid`. */
  readonly padding?: PaddingName;
  /** Default 1. */
  readonly dilationRate?: number | readonly [number, number];
  /** Default `linear`. */
  readonly activation?: ActivationName;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default `zeros`. */
  readonly biasInitializer?: InitializerName | Initializer;
  /** Default none. */
  readonly biasRegularizer?: RegularizerOption;
}

export const convolutionOptionNames = {
  kernelSize: true,
  strides: true,
  padding: true,
  dilationRate: true,
  activation: true,
  useBias: true,
  biasInitializer: true,
  biasRegularizer: true,
  activityRegularizer: true,
  dataFormat: true,
} as const satisfies OwnOptionNames<ConvolutionOptions>;

/** The keys of their configs. */
export const convolutionKeys = [
  "kernel_size",
  "strides",
  "padding",
  "dilation_rate",
  "activation",
  "use_bias",
  "bias_initializer",
  "bias_regularizer",
  "activity_regularizer",
  "bias_constraint",
] as const;

/** A layer that slides filters over pictures. */
export abstract class Convolution extends RegularizedLayer {
  readonly kernelSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: PaddingName;
  readonly dilationRate: readonly [number, number];
  readonly activation: ActivationName;
  readonly useBias: boolean;
  readonly #biasInitializer: Initializer;
  readonly #biasRegularizer: Regularizer | undefined;

  constructor(className: string, options: ConvolutionOptions, names: Readonly<Record<string, true>>) {
    super(className, options, names);
    checkDataFormat(className, options);
    this.kernelSize = pair(className, "kernelSize", options.kernelSize);
    this.strides = pair(className, "strides", options.strides ?? 1);
    this.padding = checkPadding(className, options.padding ?? "valid");
    this.dilationRate = pair(className, "dilationRate", options.dilationRate ?? 1);
    this.activation = checkActivation(options.activation ?? "linear");
    this.useBias = options.useBias ?? true;
    this.#biasInitializer = getInitializer(options.biasInitializer ?? "zeros");
    this.#biasRegularizer = getRegularizer(options.biasRegularizer);
  }

  /** The shape of a result with so many filters. @param groups of the channels @throws where they do not go together */
  protected convolvedShape(inputShape: Shape, filters: number, groups: number): Shape {
    const { kernelSize, dilationRate } = this;
    const picture = this.pictureShape(inputShape);
    const covered = (axis: 0 | 1) => (kernelSize[axis] - 1) * dilationRate[axis] + 1;
    return pictureResult(picture, [covered(0), covered(1)], (shape) =>
      groupedConv2dGeometry(
        {
          ...this.opOptions,
          inputShape: [1, ...shape],
          filterShape: [...kernelSize, picture[2] / groups, filters],
        },
        groups,
      ).outputShape.slice(1),
    );
  }

  protected get opOptions() {
    return { strides: this.strides, padding: this.padding, dilation: this.dilationRate };
  }

  /** What the kernel applies itself of the activation. */
  protected get fused() {
    return fusedPart(this.activation);
  }

  /** What the kernel did not apply itself of the activation, and the penalty of the result. */
  protected finished(tape: Tape, y: Variable): Variable {
    return this.regularized(tape, applyRest(tape, y, this.activation));
  }

  /** The bias, if there is one. */
  protected biasWeights(filters: number): Weight[] {
    if (!this.useBias) return [];
    return [this.weight("bias", [filters], this.#biasInitializer, this.#biasRegularizer)];
  }

  override getConfig(): LayerConfig {
    return {
      ...super.getConfig(),
      kernel_size: this.kernelSize,
      strides: this.strides,
      padding: this.padding,
      data_format: "channels_last",
      dilation_rate: this.dilationRate,
      activation: this.activation,
      use_bias: this.useBias,
      bias_initializer: initializerConfig(this.name, "biasInitializer", this.#biasInitializer),
      bias_regularizer: regularizerConfig(this.#biasRegularizer),
      activity_regularizer: regularizerConfig(this.activityRegularizer),
      bias_constraint: null,
    };
  }
}

export interface Conv2DOptions extends ConvolutionOptions {
  readonly filters: number;
  /** Into how many groups channels and filters are cut, each convolved for itself. Default 1. */
  readonly groups?: number;
  /** Default `glorotUniform`. */
  readonly kernelInitializer?: InitializerName | Initializer;
  /** Default none. */
  readonly kernelRegularizer?: RegularizerOption;
}

const optionNames: OwnOptionNames<Conv2DOptions> = {
  filters: true,
  ...convolutionOptionNames,
  groups: true,
  kernelInitializer: true,
  kernelRegularizer: true,
};

/** A convolution over pictures, (rows, columns, channels) to (rows, columns, filters); kernel HWIO, as in Keras. */
export class Conv2D extends Convolution {
  readonly className = "Conv2D";
  readonly filters: number;
  readonly groups: number;
  readonly #kernelInitializer: Initializer;
  readonly #kernelRegularizer: Regularizer | undefined;

  constructor(options: Conv2DOptions) {
    super("Conv2D", options, optionNames);
    this.filters = checkCount("Conv2D", "filters", options.filters);
    this.groups = checkCount("Conv2D", "groups", options.groups ?? 1);
    this.#kernelInitializer = getInitializer(options.kernelInitializer ?? "glorotUniform");
    this.#kernelRegularizer = getRegularizer(options.kernelRegularizer);
  }

  static fromConfig(config: LayerConfig): Conv2D {
    return new Conv2D(
      optionsFromConfig("Conv2D", config, {
        keys: [
          "filters",
          "groups",
          "kernel_initializer",
          "kernel_regularizer",
          "kernel_constraint",
          ...convolutionKeys,
        ],
        renamed: keras1Names,
      }),
    );
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return this.convolvedShape(inputShape, this.filters, this.groups);
  }

  protected override makeWeights(inputShape: Shape): Weight[] {
    const [, , channels] = this.pictureShape(inputShape);
    const kernelShape = [...this.kernelSize, channels / this.groups, this.filters];
    return [
      this.weight("kernel", kernelShape, this.#kernelInitializer, this.#kernelRegularizer),
      ...this.biasWeights(this.filters),
    ];
  }

  override call(tape: Tape, x: Variable): Variable {
    return this.finished(tape, this.#convolved(tape, x));
  }

  #convolved(tape: Tape, x: Variable): Variable {
    const [kernel, ...bias] = this.weights;
    const options = { ...this.opOptions, activation: this.fused };
    if (this.groups === 1) return tape.apply(ops.conv2d, [x, kernel, ...bias], options);
    const channels = x.tensor.shape[3];
    if (this.groups !== channels) {
      return tape.apply(ops.groupedConv2d, [x, kernel, ...bias], { ...options, groups: this.groups });
    }
    // A group a channel: the same values are a depthwise filter.
    const shape = [...this.kernelSize, channels, this.filters / channels];
    const filter = tape.apply(ops.reshape, [kernel], { shape });
    return tape.apply(ops.depthwiseConv2d, [x, filter, ...bias], options);
  }

  override getConfig(): LayerConfig {
    return {
      ...super.getConfig(),
      filters: this.filters,
      ...(this.groups > 1 && { groups: this.groups }),
      kernel_initializer: initializerConfig(this.name, "kernelInitializer", this.#kernelInitializer),
      kernel_regularizer: regularizerConfig(this.#kernelRegularizer),
      kernel_constraint: null,
    };
  }
}
