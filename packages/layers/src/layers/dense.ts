import { ops, type Tape, type Variable } from "@convscope/autograd";
import { type ActivationName, applyRest, checkActivation, fusedPart } from "../activations.ts";
import { getInitializer, type Initializer, type InitializerName } from "../initializers.ts";
import { type CallContext, Layer, type LayerOptions, type Shape } from "../layer.ts";
import { Weight } from "../weight.ts";

export interface DenseOptions extends LayerOptions {
  readonly units: number;
  /** Default `linear`. */
  readonly activation?: ActivationName;
  /** Default true. */
  readonly useBias?: boolean;
  /** The same as `inputShape: [inputDim]`. */
  readonly inputDim?: number;
  /** Default `glorotUniform`. */
  readonly kernelInitializer?: InitializerName | Initializer;
  /** Default `zeros`. */
  readonly biasInitializer?: InitializerName | Initializer;
}

/** A fully connected layer on the last axis: (…, inputs) to (…, units); kernel (inputs, units). */
export class Dense extends Layer {
  readonly className = "Dense";
  readonly units: number;
  readonly activation: ActivationName;
  readonly useBias: boolean;
  readonly #kernelInitializer: Initializer;
  readonly #biasInitializer: Initializer;

  constructor(options: DenseOptions) {
    super("Dense", {
      ...options,
      inputShape: options.inputShape ?? (options.inputDim ? [options.inputDim] : undefined),
    });
    if (!Number.isInteger(options.units) || options.units < 1) {
      throw new Error(`[Dense] units must be a whole number of at least 1, got ${options.units}.`);
    }
    this.units = options.units;
    this.activation = checkActivation(options.activation ?? "linear");
    this.useBias = options.useBias ?? true;
    this.#kernelInitializer = getInitializer(options.kernelInitializer ?? "glorotUniform");
    this.#biasInitializer = getInitializer(options.biasInitializer ?? "zeros");
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [...inputShape.slice(0, -1), this.units];
  }

  protected override makeWeights(inputShape: Shape): Weight[] {
    if (inputShape.length === 0) {
      throw new Error(`Input 0 is incompatible with layer ${this.name}: expected min_ndim=2, found ndim=1`);
    }
    const kernelShape = [inputShape[inputShape.length - 1], this.units];
    const kernel = new Weight(`${this.name}/kernel:0`, kernelShape, this.#kernelInitializer);
    return this.useBias
      ? [kernel, new Weight(`${this.name}/bias:0`, [this.units], this.#biasInitializer)]
      : [kernel];
  }

  override call(tape: Tape, x: Variable, _context: CallContext): Variable {
    const y = tape.apply(ops.dense, [x, ...this.weights], { activation: fusedPart(this.activation) });
    return applyRest(tape, y, this.activation);
  }
}
