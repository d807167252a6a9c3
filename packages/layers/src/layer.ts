import type { Tape, Variable } from "@convscope/autograd";
import { RandomStream } from "@convscope/kernels/philox";
import { uniqueName } from "./names.ts";
import type { Weight } from "./weight.ts";

/** A shape without the batch dimension. */
export type Shape = readonly number[];

export interface LayerOptions {
  /** Default: Keras's automatic name, e.g. `conv2d_1`. */
  readonly name?: string;
  /** Default true. Taken over by the model when it is compiled. */
  readonly trainable?: boolean;
  /** For a model's first layer: the shape of one sample, without the batch dimension. */
  readonly inputShape?: Shape;
}

/** What a layer is told when it is called. */
export interface CallContext {
  /** True in training: dropout is on. */
  readonly training: boolean;
  /** The model's seed. */
  readonly seed: number;
  /** Training steps done before this one. */
  readonly step: number;
}

/** A layer: weights, and what it does with an input. */
export abstract class Layer {
  /** Keras's class name. */
  abstract readonly className: string;
  readonly name: string;
  trainable: boolean;
  /** The shape given by the user for a first layer. */
  readonly givenInputShape: Shape | undefined;
  weights: readonly Weight[] = [];
  #inputShape: Shape | undefined;
  #outputShape: Shape | undefined;

  constructor(className: string, options: LayerOptions = {}) {
    this.name = options.name ?? uniqueName(className);
    this.trainable = options.trainable ?? true;
    this.givenInputShape = options.inputShape;
  }

  get inputShape(): Shape {
    if (!this.#inputShape)
      throw new Error(`[${this.name}] the layer has never been called, and so has no input shape.`);
    return this.#inputShape;
  }

  get outputShape(): Shape {
    if (!this.#outputShape)
      throw new Error(`[${this.name}] the layer has never been called, and so has no output shape.`);
    return this.#outputShape;
  }

  get isBuilt(): boolean {
    return this.#outputShape !== undefined;
  }

  get trainableWeights(): readonly Weight[] {
    return this.trainable ? this.weights : [];
  }

  get nonTrainableWeights(): readonly Weight[] {
    return this.trainable ? [] : this.weights;
  }

  /** Fixes the input shape, makes the weights, and initializes them. @throws where the layer cannot take that shape */
  build(inputShape: Shape, seed: number, index: number): Shape {
    if (!this.#outputShape) {
      this.weights = this.makeWeights(inputShape);
      this.#inputShape = inputShape;
      this.#outputShape = this.computeOutputShape(inputShape);
    } else if (this.#inputShape?.join() !== inputShape.join()) {
      throw new Error(
        `[${this.name}] was built for inputs of shape (${this.#inputShape}), now gets (${inputShape}).`,
      );
    }
    this.weights.forEach((weight, i) => {
      weight.initialize(new RandomStream(seed, "initializer", index, i));
    });
    return this.#outputShape;
  }

  countParams(): number {
    return this.weights.reduce((sum, weight) => sum + weight.size, 0);
  }

  /** The shape of one result for an input shape, both without the batch. */
  abstract computeOutputShape(inputShape: Shape): Shape;
  /** Records the layer's work on the tape. `index` is the layer's place in its model: dropout's stream. */
  abstract call(tape: Tape, x: Variable, context: CallContext, index: number): Variable;

  protected makeWeights(_inputShape: Shape): Weight[] {
    return [];
  }

  protected checkRank(inputShape: Shape, dimensions: number): void {
    if (inputShape.length + 1 !== dimensions) {
      throw new Error(
        `Input 0 is incompatible with layer ${this.name}: expected ndim=${dimensions}, found ndim=${inputShape.length + 1}`,
      );
    }
  }
}
