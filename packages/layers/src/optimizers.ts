import {
  adamUpdate,
  type Device,
  rmspropUpdate,
  type Scope,
  sgdUpdate,
  type Tensor,
} from "@convscope/kernels";
import { checkNumber, checkOptions, type OptionNames } from "./options.ts";
import type { Weight } from "./weight.ts";

export interface OptimizerOptions {
  readonly learningRate?: number;
  /** Keras 2's other name for `learningRate`. */
  readonly lr?: number;
  /** The learning rate is divided by 1 + decay · iterations. Default 0. */
  readonly decay?: number;
}

const commonOptions: OptionNames<OptimizerOptions> = { learningRate: true, lr: true, decay: true };

/** What an optimizer keeps for a weight. */
interface Slots {
  readonly device: Device;
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** Changes weights by their gradients, and keeps its own state for each of them on the device. */
export abstract class Optimizer {
  /** Steps done: Keras's `iterations`. */
  iterations = 0;
  /** The model that was compiled with it last: the one that it trains. */
  owner: object | undefined;
  readonly decay: number;
  #learningRate = 0;
  readonly #slots = new Map<Weight, Slots>();

  /** @throws for an option that is neither common to all optimizers nor one of `names` */
  constructor(
    className: string,
    options: OptimizerOptions,
    names: Readonly<Record<string, true>>,
    defaultLearningRate: number,
  ) {
    checkOptions<OptimizerOptions>(className, options, { ...commonOptions, ...names });
    const { learningRate, lr, decay = 0 } = options;
    if (learningRate !== undefined && lr !== undefined) {
      throw new Error(`[${className}] learningRate and lr are two names of one option: give one of them.`);
    }
    if (!(decay >= 0)) throw new Error(`[optimizer] decay must be a number of at least 0, got ${decay}.`);
    this.learningRate = learningRate ?? lr ?? defaultLearningRate;
    this.decay = decay;
  }

  /** May be set at any time; the next step takes it. */
  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(value: number) {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      throw new Error(`[optimizer] learningRate must be a number of at least 0, got ${value}.`);
    }
    this.#learningRate = value;
  }

  /** Keras 2's other name for `learningRate`. */
  get lr(): number {
    return this.learningRate;
  }

  set lr(value: number) {
    this.learningRate = value;
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

  /** Begins anew for a model, as it is compiled. */
  beginFor(owner: object): void {
    this.reset();
    this.owner = owner;
  }

  /** Forgets all steps and all state, whose memory goes back to the device. */
  reset(): void {
    this.iterations = 0;
    for (const { device, tensors } of this.#slots.values()) {
      for (const { buffer } of Object.values(tensors)) device.pool.release(buffer);
    }
    this.#slots.clear();
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

  #slotsOf({ device }: Scope, weight: Weight): Readonly<Record<string, Tensor>> {
    let slots = this.#slots.get(weight);
    if (!slots) {
      const tensors = this.slotNames.map((name) => [name, device.tensor(weight.shape)] as const);
      slots = { device, tensors: Object.fromEntries(tensors) };
      this.#slots.set(weight, slots);
    }
    return slots.tensors;
  }
}

type OwnOptions<Options> = OptionNames<Omit<Options, keyof OptimizerOptions>>;

export interface RMSpropOptions extends OptimizerOptions {
  /** Default 0.9. */
  readonly rho?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
}
const rmspropOptions: OwnOptions<RMSpropOptions> = { rho: true, epsilon: true };

/** RMSprop as Keras 2 computes it: ε outside the root. The learning rate is 0.001 by default. */
export class RMSprop extends Optimizer {
  readonly rho: number;
  readonly epsilon: number;
  protected readonly slotNames = ["accumulator"];

  constructor(options: RMSpropOptions = {}) {
    super("RMSprop", options, rmspropOptions, 0.001);
    this.rho = checkNumber("RMSprop", "rho", options.rho ?? 0.9, 0);
    this.epsilon = checkNumber("RMSprop", "epsilon", options.epsilon ?? 1e-7, 0);
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

export interface SGDOptions extends OptimizerOptions {
  /** Default 0. */
  readonly momentum?: number;
  /** Default false. */
  readonly nesterov?: boolean;
}
const sgdOptions: OwnOptions<SGDOptions> = { momentum: true, nesterov: true };

/** Gradient descent, with momentum and Nesterov's form of it. The learning rate is 0.01 by default. */
export class SGD extends Optimizer {
  readonly momentum: number;
  readonly nesterov: boolean;
  protected readonly slotNames: readonly string[];

  constructor(options: SGDOptions = {}) {
    super("SGD", options, sgdOptions, 0.01);
    this.momentum = checkNumber("SGD", "momentum", options.momentum ?? 0, 0);
    this.nesterov = options.nesterov ?? false;
    this.slotNames = this.momentum > 0 || this.nesterov ? ["velocity"] : [];
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

export interface AdamOptions extends OptimizerOptions {
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
  /** Default false. */
  readonly amsgrad?: boolean;
}
const adamOptions: OwnOptions<AdamOptions> = { beta1: true, beta2: true, epsilon: true, amsgrad: true };

/** Adam (Kingma and Ba 2015), and AMSGrad; ε outside the root, as in Keras 2. The learning rate is 0.001 by default. */
export class Adam extends Optimizer {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  protected readonly slotNames: readonly string[];

  constructor(options: AdamOptions = {}) {
    super("Adam", options, adamOptions, 0.001);
    this.beta1 = checkNumber("Adam", "beta1", options.beta1 ?? 0.9, 0);
    this.beta2 = checkNumber("Adam", "beta2", options.beta2 ?? 0.999, 0);
    this.epsilon = checkNumber("Adam", "epsilon", options.epsilon ?? 1e-7, 0);
    this.slotNames = options.amsgrad ? ["m", "v", "vHat"] : ["m", "v"];
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

const byName = { rmsprop: RMSprop, sgd: SGD, adam: Adam } as const;
export type OptimizerName = keyof typeof byName;

/** @throws for an unknown name */
export function getOptimizer(optimizer: OptimizerName | (string & {}) | Optimizer): Optimizer {
  if (optimizer instanceof Optimizer) return optimizer;
  if (typeof optimizer !== "string") {
    throw new Error(
      `Could not interpret optimizer identifier: ${JSON.stringify(optimizer)}. Give a name or an optimizer.`,
    );
  }
  const name = optimizer.toLowerCase();
  if (Object.hasOwn(byName, name)) return new byName[name as OptimizerName]();
  throw new Error(`Unknown optimizer: ${optimizer}. Known: ${Object.keys(byName).join(", ")}.`);
}
