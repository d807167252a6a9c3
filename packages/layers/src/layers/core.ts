import { ops, type Tape, type Variable } from "@convscope/autograd";
import { sizeOf } from "@convscope/kernels";
import { type ActivationName, applyActivation, checkActivation } from "../activations.ts";
import { type CallContext, Layer, type LayerOptions, type Shape } from "../layer.ts";
import { formatTuple } from "../python-format.ts";
import { checkDataFormat, type PictureLayerOptions } from "./options.ts";

/** The same values in another shape: batch first, then `shape`. */
function reshape(tape: Tape, x: Variable, shape: readonly number[]): Variable {
  return tape.apply(ops.reshape, [x], { shape: [x.tensor.shape[0], ...shape] });
}

const isKnown = (shape: Shape): shape is readonly number[] => !shape.includes(null);

/** All values of a sample in a row: rows, then columns, then channels. */
export class Flatten extends Layer {
  readonly className = "Flatten";
  constructor(options: PictureLayerOptions = {}) {
    super("Flatten", options, { dataFormat: true });
    checkDataFormat("Flatten", options);
  }
  override computeOutputShape(inputShape: Shape): Shape {
    if (!isKnown(inputShape)) {
      throw new Error(
        `The shape of the input to "Flatten" is not fully defined (got ${formatTuple(inputShape)}). ` +
          'Make sure to pass a complete "inputShape" or "batchInputShape" argument to the first layer in your model.',
      );
    }
    return [sizeOf(inputShape)];
  }
  override call(tape: Tape, x: Variable): Variable {
    return reshape(tape, x, [sizeOf(x.tensor.shape.slice(1))]);
  }
}

export interface ReshapeOptions extends LayerOptions {
  /** Without the batch; one side may be −1, and is worked out. */
  readonly targetShape: readonly number[];
}

/** Another shape of the same size. */
export class Reshape extends Layer {
  readonly className = "Reshape";
  readonly targetShape: readonly number[];
  constructor(options: ReshapeOptions) {
    super("Reshape", options, { targetShape: true });
    const { targetShape } = options;
    const isSide = (side: unknown) => Number.isSafeInteger(side) && ((side as number) > 0 || side === -1);
    if (!Array.isArray(targetShape) || !targetShape.every(isSide)) {
      throw new Error(
        `[Reshape] targetShape must be a list of whole numbers above 0 (one may be -1), got ${JSON.stringify(targetShape)}.`,
      );
    }
    this.targetShape = options.targetShape;
  }
  override computeOutputShape(inputShape: Shape): Shape {
    if (isKnown(inputShape)) return this.#fit(inputShape);
    return this.targetShape.map((side) => (side === -1 ? null : side));
  }
  override call(tape: Tape, x: Variable): Variable {
    return reshape(tape, x, this.#fit(x.tensor.shape.slice(1)));
  }
  #fit(inputShape: readonly number[]): number[] {
    const size = sizeOf(inputShape);
    const open = this.targetShape.filter((side) => side === -1).length;
    const known = sizeOf(this.targetShape.filter((side) => side !== -1));
    if (open > 1 || (open === 1 ? size % known !== 0 : size !== known)) {
      throw new Error(
        `[${this.name}] total size of new array must be unchanged: ` +
          `${formatTuple(inputShape)} does not fit ${formatTuple(this.targetShape)}.`,
      );
    }
    return this.targetShape.map((side) => (side === -1 ? size / known : side));
  }
}

export interface DropoutOptions extends LayerOptions {
  /** Clipped to 0 … 1; at 0 and at 1 nothing is dropped, as in Keras 2. */
  readonly rate: number;
  /** Default: the model's. */
  readonly seed?: number;
}

/** In training, zeros a share `rate` of the values and scales the others by 1/(1 − rate); else does nothing. */
export class Dropout extends Layer {
  readonly className = "Dropout";
  readonly rate: number;
  readonly seed: number | undefined;
  constructor(options: DropoutOptions) {
    super("Dropout", options, { rate: true, seed: true });
    if (!Number.isFinite(options.rate))
      throw new Error(`[Dropout] rate must be a number from 0 to 1, got ${options.rate}.`);
    this.rate = Math.min(1, Math.max(0, options.rate));
    this.seed = options.seed ?? undefined;
  }
  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }
  override call(tape: Tape, x: Variable, context: CallContext, index: number): Variable {
    if (!context.training) return x;
    const { step, seed } = context;
    return tape.apply(ops.dropout, [x], { rate: this.rate, seed: this.seed ?? seed, stream: index, step });
  }
}

export interface ActivationOptions extends LayerOptions {
  readonly activation: ActivationName;
}

/** An activation as a layer of its own. */
export class Activation extends Layer {
  readonly className = "Activation";
  readonly activation: ActivationName;
  constructor(options: ActivationOptions) {
    super("Activation", options, { activation: true });
    this.activation = checkActivation(options.activation);
  }
  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }
  override call(tape: Tape, x: Variable): Variable {
    return applyActivation(tape, x, this.activation);
  }
}
