import { ops, type Tape, type Variable } from "@convscope/autograd";
import { conv2dGeometry } from "@convscope/kernels";
import { type ActivationName, applyRest, checkActivation, fusedPart } from "../activations.ts";
import { getInitializer, type Initializer, type InitializerName } from "../initializers.ts";
import { Layer, type OwnOptionNames, type Shape } from "../layer.ts";
import { checkCount } from "../options.ts";
import { Weight } from "../weight.ts";
import {
  checkDataFormat,
  checkPadding,
  type PaddingName,
  type PictureLayerOptions,
  pair,
  pictureResult,
} from "./options.ts";

export interface Conv2DOptions extends PictureLayerOptions {
  readonly filters: number;
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
  /** Default `glorotUniform`. */
  readonly kernelInitializer?: InitializerName | Initializer;
  /** Default `zeros`. */
  readonly biasInitializer?: InitializerName | Initializer;
}

const optionNames: OwnOptionNames<Conv2DOptions> = {
  filters: true,
  kernelSize: true,
  strides: true,
  padding: true,
  dilationRate: true,
  activation: true,
  useBias: true,
  kernelInitializer: true,
  biasInitializer: true,
  dataFormat: true,
};

/** A convolution over pictures, (rows, columns, channels) to (rows, columns, filters); kernel HWIO, as in Keras. */
export class Conv2D extends Layer {
  readonly className = "Conv2D";
  readonly filters: number;
  readonly kernelSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: PaddingName;
  readonly dilationRate: readonly [number, number];
  readonly activation: ActivationName;
  readonly useBias: boolean;
  readonly #kernelInitializer: Initializer;
  readonly #biasInitializer: Initializer;

  constructor(options: Conv2DOptions) {
    super("Conv2D", options, optionNames);
    checkDataFormat("Conv2D", options);
    this.filters = checkCount("Conv2D", "filters", options.filters);
    this.kernelSize = pair("Conv2D", "kernelSize", options.kernelSize);
    this.strides = pair("Conv2D", "strides", options.strides ?? 1);
    this.padding = checkPadding("Conv2D", options.padding ?? "valid");
    this.dilationRate = pair("Conv2D", "dilationRate", options.dilationRate ?? 1);
    this.activation = checkActivation(options.activation ?? "linear");
    this.useBias = options.useBias ?? true;
    this.#kernelInitializer = getInitializer(options.kernelInitializer ?? "glorotUniform");
    this.#biasInitializer = getInitializer(options.biasInitializer ?? "zeros");
  }

  override computeOutputShape(inputShape: Shape): Shape {
    const { kernelSize, dilationRate } = this;
    const picture = this.pictureShape(inputShape);
    const covered = (axis: 0 | 1) => (kernelSize[axis] - 1) * dilationRate[axis] + 1;
    return pictureResult(picture, [covered(0), covered(1)], (shape) =>
      conv2dGeometry({
        inputShape: [1, ...shape],
        filterShape: [...kernelSize, picture[2], this.filters],
        strides: this.strides,
        padding: this.padding,
        dilation: dilationRate,
      }).outputShape.slice(1),
    );
  }

  protected override makeWeights(inputShape: Shape): Weight[] {
    const [, , channels] = this.pictureShape(inputShape);
    const kernelShape = [...this.kernelSize, channels, this.filters];
    const kernel = new Weight(`${this.name}/kernel:0`, kernelShape, this.#kernelInitializer);
    return this.useBias
      ? [kernel, new Weight(`${this.name}/bias:0`, [this.filters], this.#biasInitializer)]
      : [kernel];
  }

  override call(tape: Tape, x: Variable): Variable {
    const y = tape.apply(ops.conv2d, [x, ...this.weights], {
      strides: this.strides,
      padding: this.padding,
      dilation: this.dilationRate,
      activation: fusedPart(this.activation),
    });
    return applyRest(tape, y, this.activation);
  }
}
