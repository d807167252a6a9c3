import { ops, type Tape, type Variable } from "@convscope/autograd";
import { pool2dGeometry } from "@convscope/kernels";
import { Layer, type LayerConfig, type OwnOptionNames, type Shape } from "../layer.ts";
import { keras1Names, optionsFromConfig } from "./config.ts";
import {
  checkDataFormat,
  checkPadding,
  type PaddingName,
  type PictureLayerOptions,
  pair,
  pictureResult,
} from "./options.ts";

export interface Pooling2DOptions extends PictureLayerOptions {
  /** Default 2. */
  readonly poolSize?: number | readonly [number, number];
  /** Default: the pool size. */
  readonly strides?: number | readonly [number, number] | null;
  /** Default `valid`. */
  readonly padding?: PaddingName;
}

const optionNames: OwnOptionNames<Pooling2DOptions> = {
  poolSize: true,
  strides: true,
  padding: true,
  dataFormat: true,
};

abstract class Pooling2D extends Layer {
  readonly poolSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: PaddingName;

  constructor(className: string, options: Pooling2DOptions) {
    super(className, options, optionNames);
    checkDataFormat(className, options);
    this.poolSize = pair(className, "poolSize", options.poolSize ?? 2);
    this.strides = pair(className, "strides", options.strides ?? this.poolSize);
    this.padding = checkPadding(className, options.padding ?? "valid");
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return pictureResult(this.pictureShape(inputShape), this.poolSize, (shape) =>
      pool2dGeometry({ ...this.opOptions, inputShape: [1, ...shape] }).outputShape.slice(1),
    );
  }

  override getConfig(): LayerConfig {
    return {
      ...super.getConfig(),
      pool_size: this.poolSize,
      padding: this.padding,
      strides: this.strides,
      data_format: "channels_last",
    };
  }

  protected get opOptions() {
    return { poolSize: this.poolSize, strides: this.strides, padding: this.padding };
  }
}

const poolingKeys = { keys: ["pool_size", "strides", "padding"], renamed: keras1Names };

/** The largest value of each window. */
export class MaxPooling2D extends Pooling2D {
  readonly className = "MaxPooling2D";
  constructor(options: Pooling2DOptions = {}) {
    super("MaxPooling2D", options);
  }
  static fromConfig(config: LayerConfig): MaxPooling2D {
    return new MaxPooling2D(optionsFromConfig("MaxPooling2D", config, poolingKeys));
  }
  override call(tape: Tape, x: Variable): Variable {
    return tape.apply(ops.maxPool2d, [x], this.opOptions);
  }
}

/** The mean of each window's real pixels. */
export class AveragePooling2D extends Pooling2D {
  readonly className = "AveragePooling2D";
  constructor(options: Pooling2DOptions = {}) {
    super("AveragePooling2D", options);
  }
  static fromConfig(config: LayerConfig): AveragePooling2D {
    return new AveragePooling2D(optionsFromConfig("AveragePooling2D", config, poolingKeys));
  }
  override call(tape: Tape, x: Variable): Variable {
    return tape.apply(ops.avgPool2d, [x], this.opOptions);
  }
}

export interface GlobalPooling2DOptions extends PictureLayerOptions {
  /** Keeps rows and columns, one of each. Default false. */
  readonly keepdims?: boolean;
}

abstract class GlobalPooling2D extends Layer {
  readonly keepdims: boolean;

  constructor(className: string, options: GlobalPooling2DOptions) {
    super(className, options, { keepdims: true, dataFormat: true });
    checkDataFormat(className, options);
    this.keepdims = options.keepdims ?? false;
  }

  override computeOutputShape(inputShape: Shape): Shape {
    const [, , channels] = this.pictureShape(inputShape);
    return this.keepdims ? [1, 1, channels] : [channels];
  }

  override call(tape: Tape, x: Variable): Variable {
    const y = this.pooled(tape, x);
    if (!this.keepdims) return y;
    const [batch, channels] = y.tensor.shape;
    return tape.apply(ops.reshape, [y], { shape: [batch, 1, 1, channels] });
  }

  /** One value of each channel, [n, c]. */
  protected abstract pooled(tape: Tape, x: Variable): Variable;

  override getConfig(): LayerConfig {
    return {
      ...super.getConfig(),
      data_format: "channels_last",
      ...(this.keepdims && { keepdims: true }),
    };
  }
}

const globalKeys = { keys: ["keepdims"], renamed: keras1Names };

/** The mean over all pixels: (rows, columns, channels) to (channels). */
export class GlobalAveragePooling2D extends GlobalPooling2D {
  readonly className = "GlobalAveragePooling2D";
  constructor(options: GlobalPooling2DOptions = {}) {
    super("GlobalAveragePooling2D", options);
  }
  static fromConfig(config: LayerConfig): GlobalAveragePooling2D {
    return new GlobalAveragePooling2D(optionsFromConfig("GlobalAveragePooling2D", config, globalKeys));
  }
  protected override pooled(tape: Tape, x: Variable): Variable {
    return tape.apply(ops.globalAveragePool2d, [x], undefined);
  }
}

/** The largest value over all pixels: (rows, columns, channels) to (channels). */
export class GlobalMaxPooling2D extends GlobalPooling2D {
  readonly className = "GlobalMaxPooling2D";
  constructor(options: GlobalPooling2DOptions = {}) {
    super("GlobalMaxPooling2D", options);
  }
  static fromConfig(config: LayerConfig): GlobalMaxPooling2D {
    return new GlobalMaxPooling2D(optionsFromConfig("GlobalMaxPooling2D", config, globalKeys));
  }
  protected override pooled(tape: Tape, x: Variable): Variable {
    return tape.apply(ops.globalMaxPool2d, [x], undefined);
  }
}
