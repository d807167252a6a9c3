import type { Tape, Variable } from "@convscope/autograd";
import { RandomStream } from "@convscope/kernels/philox";
import { uniqueName } from "./names.ts";
import { checkOptions, type OptionNames } from "./options.ts";
import { formatTuple } from "./python-format.ts";
import type { Weight } from "./weight.ts";

/** A shape without the batch dimension; null where an extent is open, as that of pictures of any size. */
export type Shape = readonly (number | null)[];

export interface LayerOptions {
  /** Default: Keras's automatic name, e.g. `conv2d_1`. */
  readonly name?: string;
  /** Default true. Taken over by the model when it is compiled. */
  readonly trainable?: boolean;
  /** For a model's first layer: the shape of one sample, without the batch dimension. */
  readonly inputShape?: Shape;
  /** The same with the batch dimension before it, null: batches may have any size. */
  readonly batchInputShape?: Shape;
}

/** The names of the options that a layer has besides those that all have. */
export type OwnOptionNames<Options> = OptionNames<Omit<Options, keyof LayerOptions>>;

const commonOptions: OptionNames<LayerOptions> = {
  name: true,
  trainable: true,
  inputShape: true,
  batchInputShape: true,
};

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

  /** @throws for an option that is neither common to all layers nor one of `names` */
  constructor(className: string, options: LayerOptions, names: Readonly<Record<string, true>> = {}) {
    checkOptions<LayerOptions>(className, options, { ...names, ...commonOptions });
    this.name = options.name ?? uniqueName(className);
    this.trainable = options.trainable ?? true;
    this.givenInputShape = inputShapeOf(className, options);
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

  /**
   * Fixes the input shape, makes the weights, and says from which stream of random numbers they start.
   * @param index the layer's place in its model
   * @throws where the layer cannot take that shape
   */
  build(inputShape: Shape, seed: number, index: number): Shape {
    if (!this.#outputShape) {
      const outputShape = this.computeOutputShape(inputShape);
      this.weights = this.makeWeights(inputShape);
      this.#inputShape = inputShape;
      this.#outputShape = outputShape;
    } else if (this.#inputShape?.join() !== inputShape.join()) {
      throw new Error(
        `[${this.name}] was built for inputs of shape ${formatTuple(this.inputShape)}, now gets ${formatTuple(inputShape)}.`,
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

  /** Rows, columns and channels of an input shape. @throws for another number of dimensions, or open channels */
  protected pictureShape(inputShape: Shape): [rows: number | null, columns: number | null, channels: number] {
    if (inputShape.length !== 3) {
      throw new Error(
        `Input 0 is incompatible with layer ${this.name}: expected ndim=4, found ndim=${inputShape.length + 1}`,
      );
    }
    const [rows, columns, channels] = inputShape;
    if (channels === null) {
      throw new Error(
        `[${this.name}] The channel dimension of the inputs should be defined. Found \`None\`: ${formatTuple(inputShape)}.`,
      );
    }
    return [rows, columns, channels];
  }
}

function inputShapeOf(className: string, { inputShape, batchInputShape }: LayerOptions): Shape | undefined {
  const name = inputShape ? "inputShape" : "batchInputShape";
  const shape = inputShape ?? batchInputShape;
  if (shape === undefined || shape === null) return undefined;
  const isExtent = (side: unknown) => side === null || (Number.isSafeInteger(side) && (side as number) > 0);
  if (!Array.isArray(shape) || !shape.every(isExtent)) {
    throw new Error(
      `[${className}] ${name} must be a list of whole numbers above 0 (null where open), got ${JSON.stringify(shape)}.`,
    );
  }
  if (inputShape) return inputShape;
  const [batch, ...sample] = shape;
  if (batch !== null) {
    throw new Error(
      `[${className}] batchInputShape begins with the batch dimension ${batch}, but models take batches of any size: give null there.`,
    );
  }
  return sample;
}
