import {
  adamUpdate,
  clipByNorm,
  clipByValue,
  type Device,
  formatShape,
  type NdArray,
  rmspropUpdate,
  type Scope,
  sgdUpdate,
  sizeOf,
  type Tensor,
} from "@convscope/kernels";
import { placeBlocks, readBlocks } from "./column-blocks.ts";
import { checkNumber, checkOptions, type OptionNames } from "./options.ts";
import type { Weight } from "./weight.ts";

export interface OptimizerOptions {
  readonly learningRate?: number;
  /** Keras 2's other name for `learningRate`. */
  readonly lr?: number;
  /** The learning rate is divided by 1 + decay · iterations. Default 0. */
  readonly decay?: number;
  /** All gradients of a step are scaled where the norm of all of them together is larger. Default: none; 0 is none, too. */
  readonly clipnorm?: number;
  /** Then each element is kept between −clipvalue and clipvalue. Default: none; 0 is none, too. */
  readonly clipvalue?: number;
}

const commonOptions: OptionNames<OptimizerOptions> = {
  learningRate: true,
  lr: true,
  decay: true,
  clipnorm: true,
  clipvalue: true,
};

/** What an optimizer keeps for a weight. */
interface Slots {
  readonly device: Device;
  /** By name, in blocks as the weight. */
  readonly tensors: ReadonlyMap<string, readonly Tensor[]>;
}

/** An optimizer's configuration as Keras 2.3.1 writes it: keys in snake_case. */
export type OptimizerConfig = Readonly<Record<string, number | boolean>>;

/** Changes weights by their gradients, and keeps its own state for each of them on the device. */
export abstract class Optimizer {
  /** Keras's class name. */
  abstract readonly className: string;
  /** Steps done: Keras's `iterations`. */
  iterations = 0;
  /** The model that was compiled with it last: the one that it trains. */
  owner: object | undefined;
  readonly decay: number;
  readonly clipnorm: number | undefined;
  readonly clipvalue: number | undefined;
  #learningRate = 0;
  readonly #slots = new Map<Weight, Slots>();
  /** State from a file, for the weights that no step has reached yet. */
  readonly #loaded = new Map<Weight, Readonly<Record<string, NdArray>>>();

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
    const limit = (name: "clipnorm" | "clipvalue") => {
      const value = options[name] ?? undefined;
      return value === undefined ? undefined : checkNumber(className, name, value, 0);
    };
    this.clipnorm = limit("clipnorm");
    this.clipvalue = limit("clipvalue");
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
    this.clip(scope, weights, gradients);
    const learningRate = this.learningRate / (1 + this.decay * this.iterations);
    for (const weight of weights) {
      weight.blocks.forEach((block, i) => {
        const gradient = gradients.get(block);
        if (!gradient) return;
        const slots = [...this.#slotsOf(scope, weight)].map(([name, blocks]) => [name, blocks[i]] as const);
        this.update(scope, block.tensor, gradient, Object.fromEntries(slots), learningRate);
      });
    }
    this.iterations++;
  }

  /** Does the work of a step on tensors like the weights and what is kept for them, one weight after the other, and keeps none. */
  rehearse(scope: Scope, weights: readonly Weight[], gradients: ReadonlyMap<unknown, Tensor>): void {
    this.clip(scope, weights, gradients);
    for (const block of weights.flatMap(({ blocks }) => blocks)) {
      const gradient = gradients.get(block);
      if (!gradient) continue;
      using scratch = scope.device.scope();
      const like = () => scratch.tensor(gradient.shape);
      const slots = Object.fromEntries(this.slotNames.map((name) => [name, like()]));
      this.update(scope, like(), gradient, slots, this.learningRate);
    }
  }

  /** What a step does with the gradients of its weights first: clips them, in place, as it was told. */
  clip(scope: Scope, weights: readonly Weight[], gradients: ReadonlyMap<unknown, Tensor>): void {
    const { clipnorm = 0, clipvalue = 0 } = this;
    if (clipnorm === 0 && clipvalue === 0) return;
    const all = weights
      .flatMap(({ blocks }) => blocks)
      .map((block) => gradients.get(block))
      .filter((gradient) => gradient !== undefined);
    if (clipnorm > 0) clipByNorm(scope, all, clipnorm);
    if (clipvalue > 0) clipByValue(scope, all, clipvalue);
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
      for (const { buffer } of [...tensors.values()].flat()) device.pool.release(buffer);
    }
    this.#slots.clear();
    this.#loaded.clear();
  }

  /** What makes it again, without its state, under Keras's names. */
  get hyperparameters(): OptimizerConfig {
    return { ...this.limits, learning_rate: this.learningRate, decay: this.decay };
  }

  /** How gradients are clipped, under Keras's names: what was given alone. */
  protected get limits(): OptimizerConfig {
    const { clipnorm, clipvalue } = this;
    return { ...(clipnorm !== undefined && { clipnorm }), ...(clipvalue !== undefined && { clipvalue }) };
  }

  /** The hyperparameters that are no variables in Keras. */
  protected get plainNumbers(): readonly string[] {
    return ["epsilon", "clipnorm", "clipvalue"];
  }

  /** The same as Keras 2.3.1 saves it: most of it out of float32 variables. */
  getConfig(): OptimizerConfig {
    return Object.fromEntries(
      Object.entries(this.hyperparameters).map(([name, value]) => [
        name,
        typeof value === "number" && !this.plainNumbers.includes(name) ? Math.fround(value) : value,
      ]),
    );
  }

  /**
   * The state in Keras's order: the number of steps, and other single numbers; then what is kept for each of these weights,
   * kind by kind.
   * @param weights those that are trained, in order
   */
  async getWeights(weights: readonly Weight[]): Promise<NdArray[]> {
    const kinds = this.savedSlots.map((name) =>
      weights.map(async (weight): Promise<NdArray> => {
        const slot = this.#slots.get(weight);
        const blocks = slot?.tensors.get(name);
        if (slot && blocks) return readBlocks(slot.device, blocks);
        const loaded = this.#loaded.get(weight)?.[name];
        return loaded ?? this.emptySlot(name, weight.shape);
      }),
    );
    const state = await Promise.all(kinds.flat());
    const numbers = [this.iterations, ...this.savedNumbers].map((value) => ({
      shape: [],
      data: Float32Array.of(value),
    }));
    return [...numbers, ...state];
  }

  /**
   * Puts state back, as `getWeights` gives it; Keras until 2.2 left out the single numbers.
   * @throws where it belongs to other weights, or to another optimizer; then nothing was changed
   */
  setWeights(weights: readonly Weight[], given: readonly NdArray[]): void {
    const count = this.savedSlots.length * weights.length;
    // What follows from the number of steps is not read.
    const state = given.filter(({ shape }, i) => i === 0 || shape.length > 0);
    // tf.keras saves what is kept alone.
    const names = [this.savedSlots, this.slotNames].find(
      ({ length }) =>
        length * weights.length === state.length - 1 ||
        (length > 0 && length * weights.length === state.length),
    );
    if (!names) {
      throw new Error(
        `[optimizer] ${this.className} keeps ${count + 1 + this.savedNumbers.length} arrays for ${weights.length} trained weights, got ${given.length}.`,
      );
    }
    const hasIterations = state.length === names.length * weights.length + 1;
    const slots = state.slice(hasIterations ? 1 : 0);
    const loaded = new Map(
      weights.map((weight, i) => {
        const values = names.map((name, kind) => {
          const value = slots[kind * weights.length + i];
          const { shape } = this.slotNames.includes(name) ? weight : this.emptySlot(name, weight.shape);
          if (formatShape(value.shape) !== formatShape(shape)) {
            throw new Error(
              `[optimizer] the ${name} of ${weight.name} has the shape ${formatShape(value.shape)}, must be ${formatShape(shape)}.`,
            );
          }
          return [name, value] as const;
        });
        return [weight, Object.fromEntries(values)] as const;
      }),
    );
    const { owner } = this;
    this.reset();
    this.owner = owner;
    if (hasIterations) this.iterations = state[0].data[0];
    for (const [weight, values] of loaded) this.#loaded.set(weight, values);
  }

  /** What Keras saves for each weight: what is kept, and what Keras keeps besides. */
  protected get savedSlots(): readonly string[] {
    return this.slotNames;
  }

  /** What Keras saves after the number of steps; it follows from that here. */
  protected get savedNumbers(): readonly number[] {
    return [];
  }

  /** What is saved where nothing is kept. */
  protected emptySlot(_name: string, shape: readonly number[]): NdArray {
    return { shape, data: new Float32Array(sizeOf(shape)).fill(this.firstValue) };
  }

  /** What the tensors kept for each weight begin with. */
  protected get firstValue(): number {
    return 0;
  }

  /** The names of the tensors kept for each weight. */
  abstract readonly slotNames: readonly string[];
  protected abstract update(
    scope: Scope,
    parameter: Tensor,
    gradient: Tensor,
    slots: Readonly<Record<string, Tensor>>,
    learningRate: number,
  ): void;

  #slotsOf({ device }: Scope, weight: Weight): Slots["tensors"] {
    let slots = this.#slots.get(weight);
    if (!slots) {
      const loaded = this.#loaded.get(weight);
      const first = this.firstValue === 0 ? undefined : this.emptySlot("", weight.shape).data;
      const widths = weight.blocks.map(({ tensor }) => tensor.shape.at(-1) ?? 1);
      const tensors = this.slotNames.map(
        (name) => [name, placeBlocks(device, weight.shape, widths, loaded?.[name].data ?? first)] as const,
      );
      slots = { device, tensors: new Map(tensors) };
      this.#slots.set(weight, slots);
      this.#loaded.delete(weight);
    }
    return slots.tensors;
  }
}

export type OwnOptions<Options> = OptionNames<Omit<Options, keyof OptimizerOptions>>;

export interface RMSpropOptions extends OptimizerOptions {
  /** Default 0.9. */
  readonly rho?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
  /** tf.keras's; Keras 2 has none. Default 0. */
  readonly momentum?: number;
  /** Whether it is divided by the gradients' standard deviation. tf.keras's; Keras 2 has none. Default false. */
  readonly centered?: boolean;
}
const rmspropOptions: OwnOptions<RMSpropOptions> = {
  rho: true,
  epsilon: true,
  momentum: true,
  centered: true,
};

/** RMSprop as Keras 2 computes it: ε outside the root. The learning rate is 0.001 by default. */
export class RMSprop extends Optimizer {
  readonly className = "RMSprop";
  readonly rho: number;
  readonly epsilon: number;
  readonly momentum: number;
  readonly centered: boolean;
  readonly slotNames: readonly string[];

  constructor(options: RMSpropOptions = {}) {
    super("RMSprop", options, rmspropOptions, 0.001);
    this.rho = checkNumber("RMSprop", "rho", options.rho ?? 0.9, 0);
    this.epsilon = checkNumber("RMSprop", "epsilon", options.epsilon ?? 1e-7, 0);
    this.momentum = checkNumber("RMSprop", "momentum", options.momentum ?? 0, 0);
    this.centered = options.centered ?? false;
    this.slotNames = [
      "accumulator",
      ...(this.momentum > 0 || this.centered ? ["momentumBuffer"] : []),
      ...(this.centered ? ["meanGradient"] : []),
    ];
  }

  /** Keras 2.3.1 opens no file that names what it does not have. */
  override get hyperparameters(): OptimizerConfig {
    return {
      ...super.hyperparameters,
      rho: this.rho,
      epsilon: this.epsilon,
      ...(this.momentum > 0 && { momentum: this.momentum }),
      ...(this.centered && { centered: true }),
    };
  }

  protected override update(
    scope: Scope,
    parameter: Tensor,
    gradient: Tensor,
    { accumulator, momentumBuffer, meanGradient }: Readonly<Record<string, Tensor>>,
    learningRate: number,
  ): void {
    rmspropUpdate(
      scope,
      { parameter, gradient, accumulator, momentumBuffer, meanGradient },
      { learningRate, rho: this.rho, epsilon: this.epsilon, momentum: this.momentum },
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
  readonly className = "SGD";
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly slotNames: readonly string[];

  constructor(options: SGDOptions = {}) {
    super("SGD", options, sgdOptions, 0.01);
    this.momentum = checkNumber("SGD", "momentum", options.momentum ?? 0, 0);
    this.nesterov = options.nesterov ?? false;
    this.slotNames = this.momentum > 0 || this.nesterov ? ["velocity"] : [];
  }

  /** Keras keeps velocities also where there is no momentum. */
  protected override get savedSlots(): readonly string[] {
    return ["velocity"];
  }

  override get hyperparameters(): OptimizerConfig {
    return { ...super.hyperparameters, momentum: this.momentum, nesterov: this.nesterov };
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
  readonly className = "Adam";
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly slotNames: readonly string[];

  constructor(options: AdamOptions = {}) {
    super("Adam", options, adamOptions, 0.001);
    this.beta1 = checkNumber("Adam", "beta1", options.beta1 ?? 0.9, 0);
    this.beta2 = checkNumber("Adam", "beta2", options.beta2 ?? 0.999, 0);
    this.epsilon = checkNumber("Adam", "epsilon", options.epsilon ?? 1e-7, 0);
    this.slotNames = options.amsgrad ? ["m", "v", "vHat"] : ["m", "v"];
  }

  /** Keras keeps a single zero for each weight where there is no AMSGrad. */
  protected override get savedSlots(): readonly string[] {
    return ["m", "v", "vHat"];
  }

  protected override emptySlot(name: string, shape: readonly number[]): NdArray {
    const isUnused = name === "vHat" && !this.slotNames.includes(name);
    return super.emptySlot(name, isUnused ? [1] : shape);
  }

  override get hyperparameters(): OptimizerConfig {
    return {
      ...super.hyperparameters,
      beta_1: this.beta1,
      beta_2: this.beta2,
      epsilon: this.epsilon,
      amsgrad: this.slotNames.includes("vHat"),
    };
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
