import { adamUpdate, rmspropUpdate, type Scope, sgdUpdate, type Tensor } from "@convscope/kernels";
import type { Weight } from "./weight.ts";

/** Changes weights by their gradients, and keeps its own state for each of them on the device. */
export abstract class Optimizer {
  /** Steps done: Keras's `iterations`. */
  iterations = 0;
  learningRate: number;
  readonly decay: number;
  #slots = new Map<Weight, Record<string, Tensor>>();

  constructor(learningRate: number, decay: number) {
    if (!(learningRate >= 0))
      throw new Error(`[optimizer] learningRate must be a number of at least 0, got ${learningRate}.`);
    if (!(decay >= 0)) throw new Error(`[optimizer] decay must be a number of at least 0, got ${decay}.`);
    this.learningRate = learningRate;
    this.decay = decay;
  }

  /** One step for all weights. */
  step(scope: Scope, weights: readonly Weight[], gradients: ReadonlyMap<unknown, Tensor>): void {
    const learningRate = this.learningRate / (1 + this.decay * this.iterations);
    for (const weight of weights) {
      const gradient = gradients.get(weight);
      if (gradient) this.update(scope, weight.tensor, gradient, this.#slotsOf(scope, weight), learningRate);
    }
    this.iterations++;
  }

  /** Begins anew, as a compile does: no steps, no state. */
  reset(): void {
    this.iterations = 0;
    this.#slots = new Map();
  }

  /** The names of the tensors kept for each weight, all beginning at zero. */
  protected abstract readonly slotNames: readonly string[];
  protected abstract update(
    scope: Scope,
    parameter: Tensor,
    gradient: Tensor,
    slots: Readonly<Record<string, Tensor>>,
    learningRate: number,
  ): void;

  #slotsOf(scope: Scope, weight: Weight): Record<string, Tensor> {
    let slots = this.#slots.get(weight);
    if (!slots) {
      slots = Object.fromEntries(this.slotNames.map((name) => [name, scope.device.tensor(weight.shape)]));
      this.#slots.set(weight, slots);
    }
    return slots;
  }
}

/** RMSprop as Keras 2 computes it: ε outside the root. */
export class RMSprop extends Optimizer {
  readonly rho: number;
  readonly epsilon: number;
  protected readonly slotNames = ["accumulator"];

  constructor({ learningRate = 0.001, rho = 0.9, epsilon = 1e-7, decay = 0 } = {}) {
    super(learningRate, decay);
    this.rho = rho;
    this.epsilon = epsilon;
  }

  protected override update(
    scope: Scope,
    parameter: Tensor,
    gradient: Tensor,
    { accumulator }: Readonly<Record<string, Tensor>>,
    learningRate: number,
  ): void {
    rmspropUpdate(
      scope,
      { parameter, gradient, accumulator },
      { learningRate, rho: this.rho, epsilon: this.epsilon },
    );
  }
}

/** Gradient descent, with momentum and Nesterov's form of it. */
export class SGD extends Optimizer {
  readonly momentum: number;
  readonly nesterov: boolean;
  protected readonly slotNames: readonly string[];

  constructor({ learningRate = 0.01, momentum = 0, nesterov = false, decay = 0 } = {}) {
    super(learningRate, decay);
    this.momentum = momentum;
    this.nesterov = nesterov;
    this.slotNames = momentum > 0 || nesterov ? ["velocity"] : [];
  }

  protected override update(
    scope: Scope,
    parameter: Tensor,
    gradient: Tensor,
    { velocity }: Readonly<Record<string, Tensor>>,
    learningRate: number,
  ): void {
    sgdUpdate(
      scope,
      { parameter, gradient, velocity },
      { learningRate, momentum: this.momentum, nesterov: this.nesterov },
    );
  }
}

/** Adam (Kingma and Ba 2015), and AMSGrad; ε outside the root, as in Keras 2. */
export class Adam extends Optimizer {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  protected readonly slotNames: readonly string[];

  constructor({
    learningRate = 0.001,
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-7,
    decay = 0,
    amsgrad = false,
  } = {}) {
    super(learningRate, decay);
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
    this.slotNames = amsgrad ? ["m", "v", "vHat"] : ["m", "v"];
  }

  protected override update(
    scope: Scope,
    parameter: Tensor,
    gradient: Tensor,
    { m, v, vHat }: Readonly<Record<string, Tensor>>,
    learningRate: number,
  ): void {
    const { beta1, beta2, epsilon } = this;
    adamUpdate(
      scope,
      { parameter, gradient, m, v, vHat },
      { learningRate, beta1, beta2, epsilon, t: this.iterations + 1 },
    );
  }
}

export type OptimizerName = "rmsprop" | "sgd" | "adam";

/** @throws for an unknown name */
export function getOptimizer(optimizer: OptimizerName | (string & {}) | Optimizer): Optimizer {
  if (typeof optimizer !== "string") return optimizer;
  const name = optimizer.toLowerCase();
  if (name === "rmsprop") return new RMSprop();
  if (name === "sgd") return new SGD();
  if (name === "adam") return new Adam();
  throw new Error(`Unknown optimizer: ${optimizer}. Known: rmsprop, sgd, adam.`);
}
