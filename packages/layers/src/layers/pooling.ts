import { ops, type Tape, type Variable } from "@convscope/autograd";
import { pool2dGeometry } from "@convscope/kernels";
import { Layer, type OwnOptionNames, type Shape } from "../layer.ts";
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

  protected get opOptions() {
    return { poolSize: this.poolSize, strides: this.strides, padding: this.padding };
  }
}

/** The largest value of each window. */
export class MaxPooling2D extends Pooling2D {
  readonly className = "MaxPooling2D";
  constructor(options: Pooling2DOptions = {}) {
    super("MaxPooling2D", options);
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
  override call(tape: Tape, x: Variable): Variable {
    return tape.apply(ops.avgPool2d, [x], this.opOptions);
  }
}

abstract class GlobalPooling2D extends Layer {
  constructor(className: string, options: PictureLayerOptions) {
    super(className, options, { dataFormat: true });
    checkDataFormat(className, options);
  }
  override computeOutputShape(inputShape: Shape): Shape {
    const [, , channels] = this.pictureShape(inputShape);
    return [channels];
  }
}

/** The mean over all pixels: (rows, columns, channels) to (channels). */
export class GlobalAveragePooling2D extends GlobalPooling2D {
  readonly className = "GlobalAveragePooling2D";
  constructor(options: PictureLayerOptions = {}) {
    super("GlobalAveragePooling2D", options);
  }
  override call(tape: Tape, x: Variable): Variable {
    return tape.apply(ops.globalAveragePool2d, [x], undefined);
  }
}

/** The largest value over all pixels: (rows, columns, channels) to (channels). */
export class GlobalMaxPooling2D extends GlobalPooling2D {
  readonly className = "GlobalMaxPooling2D";
  constructor(options: PictureLayerOptions = {}) {
    super("GlobalMaxPooling2D", options);
  }
  override call(tape: Tape, x: Variable): Variable {
    return tape.apply(ops.globalMaxPool2d, [x], undefined);
  }
}
