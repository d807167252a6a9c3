import { ops, type Tape, type Variable } from "@convscope/autograd";
import { sizeOf } from "@convscope/kernels";
import { type ActivationName, applyActivation, checkActivation } from "../activations.ts";
import { type CallContext, Layer, type LayerOptions, type Shape } from "../layer.ts";

/** The same values in another shape: batch first, then `shape`. */
function reshape(tape: Tape, x: Variable, shape: Shape): Variable {
  return tape.apply(ops.reshape, [x], { shape: [x.tensor.shape[0], ...shape] });
}

/** Says what a model takes; does nothing. Keras's Sequential does not list it among its layers. */
export class InputLayer extends Layer {
  readonly className = "InputLayer";
  constructor(options: LayerOptions & { inputShape: Shape }) {
    super("InputLayer", options);
  }
  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }
  override call(_tape: Tape, x: Variable): Variable {
    return x;
  }
}

/** All values of a sample in a row: rows, then columns, then channels. */
export class Flatten extends Layer {
  readonly className = "Flatten";
  constructor(options?: LayerOptions) {
    super("Flatten", options);
  }
  override computeOutputShape(inputShape: Shape): Shape {
    return [sizeOf(inputShape)];
  }
  override call(tape: Tape, x: Variable): Variable {
    return reshape(tape, x, this.outputShape);
  }
}

/** Another shape of the same size; one side may be −1, and is worked out. */
export class Reshape extends Layer {
  readonly className = "Reshape";
  readonly targetShape: Shape;
  constructor(options: LayerOptions & { targetShape: Shape }) {
    super("Reshape", options);
    this.targetShape = options.targetShape;
  }
  override computeOutputShape(inputShape: Shape): Shape {
    const size = sizeOf(inputShape);
    const open = this.targetShape.filter((side) => side === -1).length;
    const known = sizeOf(this.targetShape.filter((side) => side !== -1));
    if (open > 1 || (open === 1 ? size % known !== 0 : size !== known)) {
      throw new Error(
        `[${this.name}] total size of new array must be unchanged: (${inputShape}) does not fit (${this.targetShape}).`,
      );
    }
    return this.targetShape.map((side) => (side === -1 ? size / known : side));
  }
  override call(tape: Tape, x: Variable): Variable {
    return reshape(tape, x, this.outputShape);
  }
}

/** In training, zeros a share `rate` of the values and scales the others by 1/(1 − rate); else does nothing. */
export class Dropout extends Layer {
  readonly className = "Dropout";
  readonly rate: number;
  constructor(options: LayerOptions & { rate: number }) {
    super("Dropout", options);
    if (!Number.isFinite(options.rate))
      throw new Error(`[Dropout] rate must be a number from 0 to 1, got ${options.rate}.`);
    this.rate = Math.min(1, Math.max(0, options.rate));
  }
  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }
  override call(tape: Tape, x: Variable, { training, seed, step }: CallContext, index: number): Variable {
    return training ? tape.apply(ops.dropout, [x], { rate: this.rate, seed, stream: index, step }) : x;
  }
}

/** An activation as a layer of its own. */
export class Activation extends Layer {
  readonly className = "Activation";
  readonly activation: ActivationName;
  constructor(options: LayerOptions & { activation: ActivationName }) {
    super("Activation", options);
    this.activation = checkActivation(options.activation);
  }
  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }
  override call(tape: Tape, x: Variable): Variable {
    return applyActivation(tape, x, this.activation);
  }
}
