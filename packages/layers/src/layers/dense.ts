import { ops, type Tape, type Variable } from "@convscope/autograd";
import { type ActivationName, applyRest, checkActivation, fusedPart } from "../activations.ts";
import { getInitializer, type Initializer, type InitializerName } from "../initializers.ts";
import { Layer, type LayerOptions, type OwnOptionNames, type Shape } from "../layer.ts";
import { checkCount } from "../options.ts";
import { formatTuple } from "../python-format.ts";
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

const optionNames: OwnOptionNames<DenseOptions> = {
  units: true,
  activation: true,
  useBias: true,
  inputDim: true,
  kernelInitializer: true,
  biasInitializer: true,
};

/** A fully connected layer on the last axis: (…, inputs) to (…, units); kernel (inputs, units). */
export class Dense extends Layer {
  readonly className = "Dense";
  readonly units: number;
  readonly activation: ActivationName;
  readonly useBias: boolean;
  readonly #kernelInitializer: Initializer;
  readonly #biasInitializer: Initializer;

  constructor(options: DenseOptions) {
    super("Dense", withInputShape(options), optionNames);
    this.units = checkCount("Dense", "units", options.units);
    this.activation = checkActivation(options.activation ?? "linear");
    this.useBias = options.useBias ?? true;
    this.#kernelInitializer = getInitializer(options.kernelInitializer ?? "glorotUniform");
    this.#biasInitializer = getInitializer(options.biasInitializer ?? "zeros");
  }

  override computeOutputShape(inputShape: Shape): Shape {
    this.#inputs(inputShape);
    return [...inputShape.slice(0, -1), this.units];
  }

  protected override makeWeights(inputShape: Shape): Weight[] {
    const kernelShape = [this.#inputs(inputShape), this.units];
    const kernel = new Weight(`${this.name}/kernel:0`, kernelShape, this.#kernelInitializer);
    return this.useBias
      ? [kernel, new Weight(`${this.name}/bias:0`, [this.units], this.#biasInitializer)]
      : [kernel];
  }

  override call(tape: Tape, x: Variable): Variable {
    const y = tape.apply(ops.dense, [x, ...this.weights], { activation: fusedPart(this.activation) });
    return applyRest(tape, y, this.activation);
  }

  /** The length of the last axis. @throws where there is none, or it is open */
  #inputs(inputShape: Shape): number {
    const inputs = inputShape.at(-1);
    if (inputs === undefined) {
      throw new Error(`Input 0 is incompatible with layer ${this.name}: expected min_ndim=2, found ndim=1`);
    }
    if (inputs === null) {
      throw new Error(
        `[${this.name}] The last dimension of the inputs to \`Dense\` should be defined. Found \`None\`: ${formatTuple(inputShape)}.`,
      );
    }
    return inputs;
  }
}

function withInputShape(options: DenseOptions): DenseOptions {
  const { inputDim } = options ?? {};
  if (inputDim === undefined || inputDim === null) return options;
  return { ...options, inputShape: [checkCount("Dense", "inputDim", inputDim)] };
}
