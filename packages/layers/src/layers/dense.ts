import { ops, type Tape, type Variable } from "@convscope/autograd";
import {
  type ActivationName,
  applyActivation,
  applyRest,
  checkActivation,
  fusedPart,
} from "../activations.ts";
import { getInitializer, type Initializer, type InitializerName } from "../initializers.ts";
import type { LayerConfig, OwnOptionNames, Shape } from "../layer.ts";
import { checkCount } from "../options.ts";
import { formatTuple } from "../python-format.ts";
import { getRegularizer, type Regularizer } from "../regularizers.ts";
import type { Weight } from "../weight.ts";
import { initializerConfig, keras1Names, optionsFromConfig, regularizerConfig } from "./config.ts";
import { RegularizedLayer, type RegularizedOptions, type RegularizerOption } from "./regularized.ts";

export interface DenseOptions extends RegularizedOptions {
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
  /** Default none. */
  readonly kernelRegularizer?: RegularizerOption;
  /** Default none. */
  readonly biasRegularizer?: RegularizerOption;
}

const optionNames: OwnOptionNames<DenseOptions> = {
  units: true,
  activation: true,
  useBias: true,
  inputDim: true,
  kernelInitializer: true,
  biasInitializer: true,
  kernelRegularizer: true,
  biasRegularizer: true,
  activityRegularizer: true,
};

/** A fully connected layer on the last axis: (…, inputs) to (…, units); kernel (inputs, units). */
export class Dense extends RegularizedLayer {
  readonly className = "Dense";
  readonly units: number;
  readonly activation: ActivationName;
  readonly useBias: boolean;
  readonly #kernelInitializer: Initializer;
  readonly #biasInitializer: Initializer;
  readonly #kernelRegularizer: Regularizer | undefined;
  readonly #biasRegularizer: Regularizer | undefined;

  constructor(options: DenseOptions) {
    super("Dense", withInputShape(options), optionNames);
    this.units = checkCount("Dense", "units", options.units);
    this.activation = checkActivation(options.activation ?? "linear");
    this.useBias = options.useBias ?? true;
    this.#kernelInitializer = getInitializer(options.kernelInitializer ?? "glorotUniform");
    this.#biasInitializer = getInitializer(options.biasInitializer ?? "zeros");
    this.#kernelRegularizer = getRegularizer(options.kernelRegularizer);
    this.#biasRegularizer = getRegularizer(options.biasRegularizer);
  }

  static fromConfig(config: LayerConfig): Dense {
    // Beside batch_input_shape, which says the same, Keras 1 writes input_dim.
    const { input_dim: _, ...rest } = config;
    const keys = [
      "units",
      "activation",
      "use_bias",
      ...["kernel", "bias"].flatMap((of) => [`${of}_initializer`, `${of}_regularizer`, `${of}_constraint`]),
      "activity_regularizer",
    ];
    return new Dense(
      optionsFromConfig("Dense", "batch_input_shape" in config ? rest : config, {
        keys: [...keys, "input_dim"],
        renamed: keras1Names,
      }),
    );
  }

  override computeOutputShape(inputShape: Shape): Shape {
    this.#inputs(inputShape);
    return [...inputShape.slice(0, -1), this.units];
  }

  protected override makeWeights(inputShape: Shape): Weight[] {
    const kernelShape = [this.#inputs(inputShape), this.units];
    const kernel = this.weight("kernel", kernelShape, this.#kernelInitializer, this.#kernelRegularizer, {
      isSplittable: true,
    });
    return this.useBias
      ? [kernel, this.weight("bias", [this.units], this.#biasInitializer, this.#biasRegularizer)]
      : [kernel];
  }

  override call(tape: Tape, x: Variable): Variable {
    const [kernel, ...bias] = this.weights;
    if (kernel.blocks.length > 1) return this.regularized(tape, this.#callInBlocks(tape, x, kernel, bias));
    const y = tape.apply(ops.dense, [x, ...this.weights], { activation: fusedPart(this.activation) });
    return this.regularized(tape, applyRest(tape, y, this.activation));
  }

  /** For a kernel that the device cannot bind at once: each block of its columns makes those of the result. */
  #callInBlocks(tape: Tape, x: Variable, kernel: Weight, bias: readonly Weight[]): Variable {
    const columns = kernel.blocks.map((block) => tape.apply(ops.dense, [x, block], {}));
    let y = tape.apply(ops.concatenate, columns, { axis: -1 });
    for (const b of bias) y = tape.apply(ops.add, [y, b], undefined);
    return applyActivation(tape, y, this.activation);
  }

  override getConfig(): LayerConfig {
    return {
      ...super.getConfig(),
      units: this.units,
      activation: this.activation,
      use_bias: this.useBias,
      kernel_initializer: initializerConfig(this.name, "kernelInitializer", this.#kernelInitializer),
      bias_initializer: initializerConfig(this.name, "biasInitializer", this.#biasInitializer),
      kernel_regularizer: regularizerConfig(this.#kernelRegularizer),
      bias_regularizer: regularizerConfig(this.#biasRegularizer),
      activity_regularizer: regularizerConfig(this.activityRegularizer),
      kernel_constraint: null,
      bias_constraint: null,
    };
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
