import type { Tape, Variable } from "@convscope/autograd";
import type { NdArray, Tensor } from "@convscope/kernels";
import { RandomStream } from "@convscope/kernels/philox";
import { checkArray, typeName } from "./model/batch.ts";
import { uniqueName } from "./names.ts";
import { checkOptions, type OptionNames } from "./options.ts";
import { formatTuple } from "./python-format.ts";
import { Node, SymbolicTensor } from "./symbolic.ts";
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
  /** The layers that the compiled model trains. Default: all. */
  readonly trained?: ReadonlySet<Layer>;
  /**
   * Has a weight take a new value together with the optimizer's step, such as a moving average. Where the layer is frozen,
   * or nothing is trained, it does nothing.
   */
  update(weight: Weight, value: Tensor): void;
}

/** A layer's configuration as Keras 2.3.1 writes it: plain JSON, keys in snake_case. */
export type LayerConfig = Readonly<Record<string, unknown>>;

interface Shapes {
  readonly inputs: readonly Shape[];
  readonly outputs: readonly Shape[];
}

/** A layer: weights, and what it does with an input. */
export abstract class Layer {
  /** Keras's class name. */
  abstract readonly className: string;
  /** True where a frozen layer of this class works as in inference also while the model is trained. */
  readonly infersWhenFrozen: boolean = false;
  readonly name: string;
  /** The shape given by the user for a first layer. */
  readonly givenInputShape: Shape | undefined;
  /** Its calls on symbolic tensors, in order. */
  readonly nodes: Node[] = [];
  #trainable: boolean;
  #weights: readonly Weight[] | undefined;
  /** The shapes that it was built for, each once. */
  readonly #shapes: Shapes[] = [];

  /** @throws for an option that is neither common to all layers nor one of `names` */
  constructor(className: string, options: LayerOptions, names: Readonly<Record<string, true>> = {}) {
    checkOptions<LayerOptions>(className, options, { ...names, ...commonOptions });
    this.name = options.name ?? uniqueName(className);
    this.#trainable = options.trainable ?? true;
    this.givenInputShape = inputShapeOf(className, options);
  }

  /** False freezes the layer. Taken over by a model when it is compiled. */
  get trainable(): boolean {
    return this.#trainable;
  }

  set trainable(value: boolean) {
    this.#trainable = value;
  }

  /** The shape of one sample. @throws before the first call, and where calls differ */
  get inputShape(): Shape {
    return this.#only("input", (shapes) => shapes.inputs);
  }

  /** The shape of one result. @throws before the first call, and where calls differ */
  get outputShape(): Shape {
    return this.#only("output", (shapes) => shapes.outputs);
  }

  #only(what: "input" | "output", pick: (shapes: Shapes) => readonly Shape[]): Shape {
    const [first, ...others] = new Map(
      this.#shapes.flatMap(pick).map((shape) => [shape.join(), shape]),
    ).values();
    if (!first)
      throw new Error(`[${this.name}] the layer has never been called, and so has no ${what} shape.`);
    if (others.length > 0) {
      throw new Error(
        `The layer "${this.name}" has multiple inbound nodes with different ${what} shapes. ` +
          `Hence the notion of "${what} shape" is ill-defined for the layer.`,
      );
    }
    return first;
  }

  /** What it was called on. @throws where it was not called once on one tensor */
  get input(): SymbolicTensor {
    return this.#onlyTensor("input", (node) => node.inputs);
  }

  /** What its call gives, for a model that ends there. @throws where it was not called once, or gives several */
  get output(): SymbolicTensor {
    return this.#onlyTensor("output", (node) => node.outputs);
  }

  #onlyTensor(what: "input" | "output", pick: (node: Node) => readonly SymbolicTensor[]): SymbolicTensor {
    const tensors = this.nodes.flatMap(pick);
    if (tensors.length === 1) return tensors[0];
    const found = tensors.length === 0 ? "none yet" : tensors.join(", ");
    throw new Error(`[${this.name}] the layer has no single ${what}: there is ${found}. See its \`nodes\`.`);
  }

  get isBuilt(): boolean {
    return this.#weights !== undefined;
  }

  /** In Keras's order, for files as well: kernel before bias. */
  get weights(): readonly Weight[] {
    return this.#weights ?? [];
  }

  get trainableWeights(): readonly Weight[] {
    return this.trainable ? this.weights.filter((weight) => weight.isTrainable) : [];
  }

  get nonTrainableWeights(): readonly Weight[] {
    return this.trainable ? this.weights.filter((weight) => !weight.isTrainable) : this.weights;
  }

  /** The layers, itself or those in it, that no flag on the way freezes. */
  get trainableLayers(): readonly Layer[] {
    return this.trainable ? [this] : [];
  }

  countParams(): number {
    return this.weights.reduce((sum, weight) => sum + weight.size, 0);
  }

  /** The weights' values, in Keras's order. */
  async getWeights(): Promise<NdArray[]> {
    return Promise.all(this.weightsInOrder().map((weight) => weight.read()));
  }

  /** Replaces all weights. @throws where number or shapes differ; then nothing was changed */
  setWeights(values: readonly NdArray[]): void {
    const weights = this.weightsInOrder();
    if (!Array.isArray(values)) {
      throw new Error("[setWeights] takes a list of arrays ({ shape, data }), as getWeights gives it.");
    }
    if (values.length !== weights.length) {
      const hint = this.isBuilt ? "" : " It is not built yet: give its first layer an inputShape.";
      throw new Error(
        `You called setWeights(values) with a list of length ${values.length}, ` +
          `but the ${this.kind} was expecting ${weights.length} weights.${hint}`,
      );
    }
    weights.forEach((weight, i) => {
      weight.checkShape(checkArray(weight.name, values[i]));
    });
    weights.forEach((weight, i) => {
      weight.set(values[i]);
    });
  }

  /** The weights in the order of `getWeights`. */
  protected weightsInOrder(): readonly Weight[] {
    return this.weights;
  }

  /** What it is, for messages. */
  protected get kind(): string {
    return "layer";
  }

  /**
   * Calls the layer on a symbolic tensor, or on a list of them, for the layers of a `Model`. It may be called again: the
   * weights are the same.
   * @throws where the layer cannot take that shape, and for a model of several outputs: `applyAll` gives them
   */
  apply(x: SymbolicTensor | readonly SymbolicTensor[]): SymbolicTensor {
    const outputs = this.applyAll(x);
    if (outputs.length === 1) return outputs[0];
    throw new Error(`[${this.name}] gives ${outputs.length} tensors: take them all, by applyAll.`);
  }

  /** As `apply`, for a layer that gives several tensors. */
  applyAll(x: SymbolicTensor | readonly SymbolicTensor[]): readonly SymbolicTensor[] {
    const inputs = [x].flat();
    for (const tensor of inputs) {
      if (tensor instanceof SymbolicTensor) continue;
      throw new Error(
        `Layer ${this.name} was called with an input that isn't a symbolic tensor. Received type: ${typeName(tensor)}. ` +
          "All inputs to the layer should be tensors: input({ shape: … }) makes one, and predict takes arrays.",
      );
    }
    const index = this.firstNode + this.nodes.length;
    const node = new Node(this, index, inputs, this.connect(inputs.map(({ shape }) => shape)));
    this.nodes.push(node);
    return node.outputs;
  }

  /** The number of its first call. */
  get firstNode(): number {
    return 0;
  }

  /** Makes the weights at the first call. @returns the shapes of the results @throws as `shapesFor` */
  protected connect(inputs: readonly Shape[]): readonly Shape[] {
    const outputs = this.shapesFor(inputs);
    this.#weights ??= this.makeWeights(inputs[0]);
    this.#shapes.push({ inputs, outputs });
    return outputs;
  }

  /** The shapes of the results. @throws where the layer, or the weights that it has, cannot take those inputs */
  shapesFor(inputs: readonly Shape[]): readonly Shape[] {
    const outputs = this.computeOutputShapes(inputs);
    const weights = this.isBuilt ? this.makeWeights(inputs[0]) : [];
    if (weights.some(({ shape }, i) => shape.join() !== this.weights[i].shape.join())) {
      const [before] = this.#shapes[0].inputs;
      throw new Error(
        `[${this.name}] was built for inputs of shape ${formatTuple(before)}, now gets ${formatTuple(inputs[0])}.`,
      );
    }
    return outputs;
  }

  /** Says from which streams of random numbers the weights start. @param index the first stream: its place in its model */
  initialize(seed: number, index: number): void {
    this.weights.forEach((weight, i) => {
      weight.initialize(new RandomStream(seed, "initializer", index, i));
    });
  }

  /** Makes the weights for an input shape, for a layer without a model. @throws where it cannot take that shape */
  build(inputShape: Shape, seed: number, index: number): Shape {
    const [outputShape] = this.connect([inputShape]);
    this.initialize(seed, index);
    return outputShape;
  }

  /** How many streams of random numbers, and so places in a model, a call takes: a model has one for each layer in it. */
  get streams(): number {
    return 1;
  }

  /** The shape of one result for an input shape, both without the batch. */
  abstract computeOutputShape(inputShape: Shape): Shape;
  /** Records the layer's work on the tape. @param stream for its random numbers: its place in the model */
  abstract call(tape: Tape, x: Variable, context: CallContext, stream: number): Variable;

  /** The shapes of all results for the shapes of all inputs. @throws for another number of inputs than it takes */
  computeOutputShapes(inputShapes: readonly Shape[]): readonly Shape[] {
    if (inputShapes.length !== 1) {
      throw new Error(
        `Layer ${this.name} expects 1 inputs, but it received ${inputShapes.length} input tensors.`,
      );
    }
    return [this.computeOutputShape(inputShapes[0])];
  }

  /** Records the layer's work on all inputs. */
  callAll(tape: Tape, [x]: readonly Variable[], context: CallContext, stream: number): readonly Variable[] {
    return [this.call(tape, x, context, stream)];
  }

  /** What is added to the loss, one scalar each: the regularizers of weights, and of what the tape has it recorded for. */
  losses(_tape: Tape): readonly Variable[] {
    return [];
  }

  /** What makes it, without its weights' values. */
  getConfig(): LayerConfig {
    return {
      name: this.name,
      trainable: this.trainable,
      ...(this.givenInputShape && { batch_input_shape: [null, ...this.givenInputShape] }),
      dtype: "float32",
    };
  }

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

/** A layer that makes one tensor of several. */
export abstract class MergeLayer extends Layer {
  /** The shape of one result for the shapes of all inputs. @throws where they do not go together */
  protected abstract computeMergedShape(inputShapes: readonly Shape[]): Shape;
  protected abstract callMerged(tape: Tape, xs: readonly Variable[], context: CallContext): Variable;

  override computeOutputShapes(inputShapes: readonly Shape[]): readonly Shape[] {
    if (inputShapes.length < 2) {
      throw new Error(
        `A merge layer should be called on a list of at least 2 inputs. Got ${inputShapes.length} inputs.`,
      );
    }
    return [this.computeMergedShape(inputShapes)];
  }

  override callAll(tape: Tape, xs: readonly Variable[], context: CallContext): readonly Variable[] {
    return [this.callMerged(tape, xs, context)];
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return this.computeOutputShapes([inputShape])[0];
  }

  override call(tape: Tape, x: Variable, context: CallContext): Variable {
    return this.callMerged(tape, [x], context);
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
