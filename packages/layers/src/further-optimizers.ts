/** Keras 2.3.1's further optimizers: Adagrad, Adadelta, Adamax, Nadam. */
import {
  adadeltaUpdate,
  adagradUpdate,
  adamaxUpdate,
  nadamMomentum,
  nadamUpdate,
  type Scope,
  type Tensor,
} from "@convscope/kernels";
import {
  type AdamOptions,
  Optimizer,
  type OptimizerConfig,
  type OptimizerOptions,
  type OwnOptions,
} from "./optimizers.ts";
import { checkNumber } from "./options.ts";

type Slots = Readonly<Record<string, Tensor>>;

export interface AdagradOptions extends OptimizerOptions {
  /** Default 1e-7. */
  readonly epsilon?: number;
  /** What the sums of squares begin with: 0, the default, in Keras 2.3.1; 0.1 in tf.keras. */
  readonly initialAccumulatorValue?: number;
}
const adagradOptions: OwnOptions<AdagradOptions> = { epsilon: true, initialAccumulatorValue: true };

/** Adagrad (Duchi and others 2011): the more a weight was changed, the smaller its steps. The learning rate is 0.01 by default. */
export class Adagrad extends Optimizer {
  readonly className = "Adagrad";
  readonly epsilon: number;
  readonly initialAccumulatorValue: number;
  readonly slotNames = ["accumulator"];

  constructor(options: AdagradOptions = {}) {
    super("Adagrad", options, adagradOptions, 0.01);
    const { epsilon = 1e-7, initialAccumulatorValue = 0 } = options;
    this.epsilon = checkNumber("Adagrad", "epsilon", epsilon, 0);
    this.initialAccumulatorValue = checkNumber(
      "Adagrad",
      "initialAccumulatorValue",
      initialAccumulatorValue,
      0,
    );
  }

  protected override get firstValue(): number {
    return this.initialAccumulatorValue;
  }

  protected override get plainNumbers(): readonly string[] {
    return [...super.plainNumbers, "initial_accumulator_value"];
  }

  override get hyperparameters(): OptimizerConfig {
    const { epsilon, initialAccumulatorValue } = this;
    // Keras 2.3.1 opens no file that names what it does not have.
    const first = initialAccumulatorValue > 0 && { initial_accumulator_value: initialAccumulatorValue };
    return { ...super.hyperparameters, epsilon, ...first };
  }

  protected override update(
    scope: Scope,
    parameter: Tensor,
    gradient: Tensor,
    { accumulator }: Slots,
    learningRate: number,
  ): void {
    adagradUpdate(scope, { parameter, gradient, accumulator }, { learningRate, epsilon: this.epsilon });
  }
}

export interface AdadeltaOptions extends OptimizerOptions {
  /** Default 0.95. */
  readonly rho?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
}
const adadeltaOptions: OwnOptions<AdadeltaOptions> = { rho: true, epsilon: true };

/** Adadelta (Zeiler 2012): steps of the size of those before. The learning rate is 1 by default. */
export class Adadelta extends Optimizer {
  readonly className = "Adadelta";
  readonly rho: number;
  readonly epsilon: number;
  readonly slotNames = ["accumulator", "deltaAccumulator"];

  constructor(options: AdadeltaOptions = {}) {
    super("Adadelta", options, adadeltaOptions, 1);
    this.rho = checkNumber("Adadelta", "rho", options.rho ?? 0.95, 0);
    this.epsilon = checkNumber("Adadelta", "epsilon", options.epsilon ?? 1e-7, 0);
  }

  protected override get plainNumbers(): readonly string[] {
    return [...super.plainNumbers, "rho"];
  }

  override get hyperparameters(): OptimizerConfig {
    return { ...super.hyperparameters, rho: this.rho, epsilon: this.epsilon };
  }

  protected override update(
    scope: Scope,
    parameter: Tensor,
    gradient: Tensor,
    { accumulator, deltaAccumulator }: Slots,
    learningRate: number,
  ): void {
    const { rho, epsilon } = this;
    adadeltaUpdate(
      scope,
      { parameter, gradient, accumulator, deltaAccumulator },
      { learningRate, rho, epsilon },
    );
  }
}

export type AdamaxOptions = Omit<AdamOptions, "amsgrad">;
const adamaxOptions: OwnOptions<AdamaxOptions> = { beta1: true, beta2: true, epsilon: true };

/** Adamax, Adam with the greatest gradient in place of the mean square. The learning rate is 0.002 by default. */
export class Adamax extends Optimizer {
  readonly className = "Adamax";
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly slotNames = ["m", "u"];

  constructor(options: AdamaxOptions = {}) {
    super("Adamax", options, adamaxOptions, 0.002);
    this.beta1 = checkNumber("Adamax", "beta1", options.beta1 ?? 0.9, 0);
    this.beta2 = checkNumber("Adamax", "beta2", options.beta2 ?? 0.999, 0);
    this.epsilon = checkNumber("Adamax", "epsilon", options.epsilon ?? 1e-7, 0);
  }

  override get hyperparameters(): OptimizerConfig {
    const { beta1: beta_1, beta2: beta_2, epsilon } = this;
    return { ...super.hyperparameters, beta_1, beta_2, epsilon };
  }

  protected override update(
    scope: Scope,
    parameter: Tensor,
    gradient: Tensor,
    { m, u }: Slots,
    learningRate: number,
  ): void {
    const { beta1, beta2, epsilon } = this;
    const options = { learningRate, beta1, beta2, epsilon, t: this.iterations + 1 };
    adamaxUpdate(scope, { parameter, gradient, m, u }, options);
  }
}

export interface NadamOptions extends Omit<AdamaxOptions, "decay"> {
  /** How fast the momentum grows: β₁·(1 − 0.96^(t·scheduleDecay)/2) at step t. Keras 3 has 1. Default 0.004. */
  readonly scheduleDecay?: number;
}
const nadamOptions: OwnOptions<NadamOptions> = {
  beta1: true,
  beta2: true,
  epsilon: true,
  scheduleDecay: true,
};

/** Nadam (Dozat 2015), Adam with Nesterov's momentum. The learning rate is 0.002 by default. */
export class Nadam extends Optimizer {
  readonly className = "Nadam";
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly scheduleDecay: number;
  readonly slotNames = ["m", "v"];
  /** The product of all momenta of so many steps. */
  #momenta = { steps: 0, product: 1 };

  constructor(options: NadamOptions = {}) {
    super("Nadam", options, nadamOptions, 0.002);
    if (this.decay !== 0) {
      throw new Error("[Nadam] has no decay of the learning rate: leave it out (scheduleDecay is another).");
    }
    this.beta1 = checkNumber("Nadam", "beta1", options.beta1 ?? 0.9, 0);
    this.beta2 = checkNumber("Nadam", "beta2", options.beta2 ?? 0.999, 0);
    this.epsilon = checkNumber("Nadam", "epsilon", options.epsilon ?? 1e-7, 0);
    this.scheduleDecay = checkNumber("Nadam", "scheduleDecay", options.scheduleDecay ?? 0.004, 0);
  }

  protected override get plainNumbers(): readonly string[] {
    return [...super.plainNumbers, "schedule_decay"];
  }

  override get hyperparameters(): OptimizerConfig {
    const { learningRate: learning_rate, beta1: beta_1, beta2: beta_2, epsilon } = this;
    return { ...this.limits, learning_rate, beta_1, beta_2, epsilon, schedule_decay: this.scheduleDecay };
  }

  /** Keras's `m_schedule`. */
  protected override get savedNumbers(): readonly number[] {
    return [this.#momentumProduct];
  }

  get #momentumProduct(): number {
    let { steps, product } = this.#momenta;
    if (steps > this.iterations) [steps, product] = [0, 1];
    // It is 0 after some thousand steps.
    while (steps < this.iterations && product > 0) {
      product *= nadamMomentum(this.beta1, this.scheduleDecay, ++steps);
    }
    this.#momenta = { steps: this.iterations, product };
    return product;
  }

  protected override update(
    scope: Scope,
    parameter: Tensor,
    gradient: Tensor,
    { m, v }: Slots,
    learningRate: number,
  ): void {
    const { beta1, beta2, epsilon, scheduleDecay, iterations } = this;
    const momentumProduct = this.#momentumProduct;
    const options = { learningRate, beta1, beta2, epsilon, scheduleDecay, momentumProduct };
    nadamUpdate(scope, { parameter, gradient, m, v }, { ...options, t: iterations + 1 });
  }
}
