import { ops, type Tape, type Variable } from "@convscope/autograd";
import { pool2dGeometry } from "@convscope/kernels";
import { Layer, type LayerOptions, type Shape } from "../layer.ts";
import { checkPadding, type PaddingName, pair } from "./options.ts";

export interface Pooling2DOptions extends LayerOptions {
  /** Default 2. */
  readonly poolSize?: number | readonly [number, number];
  /** Default: the pool size. */
  readonly strides?: number | readonly [number, number] | null;
  /** Default `valid`. */
  readonly padding?: PaddingName;
}

abstract class Pooling2D extends Layer {
  readonly poolSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: PaddingName;

  constructor(className: string, options: Pooling2DOptions = {}) {
    super(className, options);
    this.poolSize = pair(className, "poolSize", options.poolSize ?? 2);
    this.strides = options.strides ? pair(className, "strides", options.strides) : this.poolSize;
    this.padding = checkPadding(className, options.padding ?? "valid");
  }

  override computeOutputShape(inputShape: Shape): Shape {
    this.checkRank(inputShape, 4);
    return pool2dGeometry({ ...this.opOptions, inputShape: [1, ...inputShape] }).outputShape.slice(1);
  }

  protected get opOptions() {
    return { poolSize: this.poolSize, strides: this.strides, padding: this.padding };
  }
}

/** The largest value of each window. */
export class MaxPooling2D extends Pooling2D {
  readonly className = "MaxPooling2D";
  constructor(options?: Pooling2DOptions) {
    super("MaxPooling2D", options);
  }
  override call(tape: Tape, x: Variable): Variable {
    return tape.apply(ops.maxPool2d, [x], this.opOptions);
  }
}

/** The mean of each window's real pixels. */
export class AveragePooling2D extends Pooling2D {
  readonly className = "AveragePooling2D";
  constructor(options?: Pooling2DOptions) {
    super("AveragePooling2D", options);
  }
  override call(tape: Tape, x: Variable): Variable {
    return tape.apply(ops.avgPool2d, [x], this.opOptions);
  }
}

abstract class GlobalPooling2D extends Layer {
  override computeOutputShape(inputShape: Shape): Shape {
    this.checkRank(inputShape, 4);
    return [inputShape[2]];
  }
}

/** The mean over all pixels: (rows, columns, channels) to (channels). */
export class GlobalAveragePooling2D extends GlobalPooling2D {
  readonly className = "GlobalAveragePooling2D";
  constructor(options?: LayerOptions) {
    super("GlobalAveragePooling2D", options);
  }
  override call(tape: Tape, x: Variable): Variable {
    return tape.apply(ops.globalAveragePool2d, [x], undefined);
  }
}

/** The largest value over all pixels: (rows, columns, channels) to (channels). */
export class GlobalMaxPooling2D extends GlobalPooling2D {
  readonly className = "GlobalMaxPooling2D";
  constructor(options?: LayerOptions) {
    super("GlobalMaxPooling2D", options);
  }
  override call(tape: Tape, x: Variable): Variable {
    return tape.apply(ops.globalMaxPool2d, [x], undefined);
  }
}
