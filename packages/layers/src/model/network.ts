import type { Tape, Variable } from "@convscope/autograd";
import { type Device, namingTooLarge } from "@convscope/kernels";
import { type CallContext, Layer, type LayerConfig, type Shape } from "../layer.ts";
import { checkCount, checkOptions } from "../options.ts";
import { formatSummary, type SummaryRow } from "../summary.ts";
import type { Node, SymbolicTensor } from "../symbolic.ts";
import type { Weight } from "../weight.ts";
import type { Graph } from "./graph.ts";
import {
  type ModelOptions,
  modelOptionNames,
  type SummaryPrintOptions,
  summaryOptionNames,
} from "./options.ts";
import { type Place, Placement } from "./placement.ts";

const sizeOfAll = (weights: readonly Weight[]) => weights.reduce((sum, weight) => sum + weight.size, 0);
const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

/**
 * Layers that are wired together, itself a layer: what they hold and how they are called, and how that is read, set, shown
 * and put on a device. A kind of model says how its graph comes about.
 */
export abstract class Network extends Layer {
  readonly seed: number;
  readonly #placement: Placement;

  constructor(className: string, options: ModelOptions) {
    checkOptions(className, options, modelOptionNames);
    super(className, { name: options.name });
    this.seed = options.seed ?? crypto.getRandomValues(new Uint32Array(1))[0];
    checkCount(className, "seed", this.seed, 0);
    this.#placement = new Placement(this.name, options.device);
  }

  /** From the inputs to the outputs. @throws before the model is built */
  protected abstract get graph(): Graph;
  /** As Keras lists them. */
  abstract get layers(): readonly Layer[];
  /** Whether all shapes are known, and the weights made. */
  abstract override get isBuilt(): boolean;
  /** Builds the layers for the shape of one sample, where that is still open. */
  abstract override build(inputShape: Shape): Shape;
  /** The weights that a compile has found trainable: they are trained until the next one. */
  protected abstract get trainedWeights(): readonly Weight[] | undefined;

  /** What the model takes, for models of parts of it. @throws before the model is built */
  get inputs(): readonly SymbolicTensor[] {
    return this.graph.inputs;
  }

  /** What it gives, for models that go on from there. @throws before the model is built */
  get outputs(): readonly SymbolicTensor[] {
    return this.graph.outputs;
  }

  override get input(): SymbolicTensor {
    return this.#alone("input", this.inputs);
  }

  override get output(): SymbolicTensor {
    return this.#alone("output", this.outputs);
  }

  override get inputShape(): Shape {
    return this.input.shape;
  }

  override get outputShape(): Shape {
    return this.output.shape;
  }

  #alone(what: "input" | "output", tensors: readonly SymbolicTensor[]): SymbolicTensor {
    if (tensors.length === 1) return tensors[0];
    throw new Error(`[model] ${this.name} has ${tensors.length} ${what}s: they are in \`${what}s\`.`);
  }

  /** Keras's names of the inputs: those of their layers. */
  get inputNames(): readonly string[] {
    return this.inputs.map(({ node }) => node.layer.name);
  }

  /** Keras's names of the outputs: those of the layers that give them, with a number where one gives several. */
  get outputNames(): readonly string[] {
    const names = this.outputs.map(({ node }) => node.layer.name);
    return names.map((name, i) => {
      const before = names.slice(0, i).filter((other) => other === name).length;
      return before === 0 ? name : `${name}_${before}`;
    });
  }

  /** A layer by its name, or by its place in `layers`. @throws where there is none */
  getLayer(nameOrIndex: string | number): Layer {
    const { layers } = this;
    const isIndex = typeof nameOrIndex === "number";
    const layer = isIndex ? layers[nameOrIndex] : layers.find(({ name }) => name === nameOrIndex);
    if (layer) return layer;
    throw new Error(
      isIndex
        ? `Was asked to retrieve layer at index ${nameOrIndex} but model only has ${layers.length} layers.`
        : `No such layer: ${nameOrIndex}. Layers of ${this.name}: ${layers.map(({ name }) => name).join(", ")}.`,
    );
  }

  /** False freezes all layers: it sets their flags, as in TensorFlow's Keras. Taken over by the next compile. */
  override get trainable(): boolean {
    return super.trainable;
  }

  override set trainable(value: boolean) {
    super.trainable = value;
    for (const layer of this.layers) layer.trainable = value;
  }

  override get weights(): readonly Weight[] {
    return [...this.trainableWeights, ...this.nonTrainableWeights];
  }

  override get trainableWeights(): readonly Weight[] {
    return this.trainable ? unique(this.layers.flatMap((layer) => layer.trainableWeights)) : [];
  }

  override get nonTrainableWeights(): readonly Weight[] {
    const trainable = new Set(this.trainableWeights);
    const own = this.trainable ? [] : this.layers.flatMap((layer) => layer.trainableWeights);
    const others = this.layers.flatMap((layer) => layer.nonTrainableWeights);
    return unique([...own, ...others]).filter((weight) => !trainable.has(weight));
  }

  override get trainableLayers(): readonly Layer[] {
    return this.trainable ? unique(this.layers.flatMap((layer) => layer.trainableLayers)) : [];
  }

  /** The layers at the bottom of all models in this one, each once. */
  protected get leaves(): readonly Layer[] {
    return unique(this.layers.flatMap((layer) => (layer instanceof Network ? layer.leaves : [layer])));
  }

  protected override weightsInOrder(): readonly Weight[] {
    this.#placement.checkOpen();
    return unique(this.layers.flatMap((layer) => layer.weights));
  }

  protected override get kind(): string {
    return "model";
  }

  /** Call 0 is the model itself, from its inputs to its outputs, in Keras's counting. */
  override get firstNode(): number {
    return 1;
  }

  override get streams(): number {
    return this.graph.nodes.reduce((sum, { layer }) => sum + layer.streams, 0);
  }

  /** Has the weights drawn from the model's seed, each layer's from a stream of its own, where they have no values yet. */
  override initialize(seed = this.seed): void {
    let stream = 0;
    for (const layer of this.layers) {
      // Models draw their weights from their own seeds.
      if (!(layer instanceof Network)) layer.initialize(seed, stream);
      stream += layer.streams;
    }
  }

  /** To be called when layers have come, with the graph up to date: gives them values, and keeps those. */
  protected takeLayers(): void {
    this.initialize();
    this.#placement.hold(this.weights);
    for (const layer of this.layers) if (layer instanceof Network) layer.#placement.leaveToOuter();
  }

  override computeOutputShapes(inputShapes: readonly Shape[]): readonly Shape[] {
    this.#checkCount(inputShapes.length);
    return this.#follow(inputShapes, ({ layer }, inputs) => layer.shapesFor(inputs));
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return this.computeOutputShapes([inputShape])[0];
  }

  override callAll(
    tape: Tape,
    xs: readonly Variable[],
    context: CallContext,
    firstStream = 0,
  ): readonly Variable[] {
    let stream = firstStream;
    return this.#follow(xs, (node, inputs) => {
      const mine = stream;
      stream += node.layer.streams;
      const call = () => node.layer.callAll(tape, inputs, contextOf(node, context), mine);
      return node.layer instanceof Network ? call() : namingTooLarge(node.layer.name, call);
    });
  }

  override call(tape: Tape, x: Variable, context: CallContext, firstStream = 0): Variable {
    return this.callAll(tape, [x], context, firstStream)[0];
  }

  /** Walks the graph, with a value for each tensor of it. @returns those of the outputs */
  #follow<T>(inputs: readonly T[], visit: (node: Node, inputs: readonly T[]) => readonly T[]): readonly T[] {
    const { graph } = this;
    const values = new Map(graph.inputs.map((tensor, i) => [tensor, inputs[i]]));
    for (const node of graph.nodes) {
      if (values.has(node.outputs[0])) continue; // an input
      const results = visit(
        node,
        node.inputs.map((tensor) => values.get(tensor)!),
      );
      node.outputs.forEach((tensor, i) => void values.set(tensor, results[i]));
    }
    return graph.outputs.map((tensor) => values.get(tensor)!);
  }

  #checkCount(count: number): void {
    const wanted = this.inputs.length;
    if (count === wanted) return;
    throw new Error(`Layer ${this.name} expects ${wanted} inputs, but it received ${count} input tensors.`);
  }

  override losses(tape: Tape): readonly Variable[] {
    return this.leaves.flatMap((layer) => layer.losses(tape));
  }

  /** Keras's table of layers, shapes and parameters; of a graph with branches, what is connected to what. */
  summary(options: SummaryPrintOptions = {}): void {
    const { printFn = console.log, ...form } = checkOptions("summary", options, summaryOptionNames);
    if (!this.isBuilt) {
      throw new Error(
        "This model has not yet been built. Build the model first by calling build() or calling fit() with some data. " +
          "Or specify inputShape or batchInputShape in the first layer for automatic build.",
      );
    }
    this.warnOfDiscrepancy();
    const text = formatSummary({
      ...form,
      name: this.name,
      rows: this.summaryRows(),
      hasBranches: this.#hasBranches,
      trainable: sizeOfAll(this.trainableWeights),
      nonTrainable: sizeOfAll(this.nonTrainableWeights),
      trainableWhenCompiled: this.trainedWeights && sizeOfAll(this.trainedWeights),
    });
    for (const line of text.trimEnd().split("\n")) printFn(line);
  }

  /** The layers as rows of `summary`'s table. */
  summaryRows(): SummaryRow[] {
    return this.layers.map((layer) => this.#summaryRow(layer));
  }

  #summaryRow(layer: Layer): SummaryRow {
    const calls = this.graph.nodes.filter((node) => node.layer === layer);
    const shapes = calls.map(({ outputs }) => outputs.map(({ shape }) => [null, ...shape]));
    const [first] = shapes;
    const isSame = shapes.every((others) => others.join(";") === first.join(";"));
    return {
      name: layer.name,
      className: layer.className,
      outputShape: !isSame ? "multiple" : first.length === 1 ? first[0] : first,
      parameters: layer.countParams(),
      connectedTo: calls.flatMap(({ inputs }) => inputs.map(String)),
    };
  }

  /** Whether it is more than a chain of layers that are called once each, and so needs Keras's other table. */
  get #hasBranches(): boolean {
    const { inputs, nodes, layers } = this.graph;
    const taken = nodes.flatMap((node) => node.inputs.map((tensor) => tensor.node));
    const isChain =
      inputs.length === 1 &&
      nodes.length === layers.length &&
      nodes.every((node) => node.inputs.length <= 1) &&
      unique(taken).length === taken.length;
    return !isChain;
  }

  /** Says so where flags were changed since the model was compiled: until the next compile they change nothing. */
  protected warnOfDiscrepancy(): void {
    if (!this.trainedWeights) return;
    const now = new Set(this.trainableWeights);
    const then = new Set(this.trainedWeights);
    const frozen = this.namesOfLayers([...then].filter((weight) => !now.has(weight)));
    const thawed = this.namesOfLayers([...now].filter((weight) => !then.has(weight)));
    if (frozen.length === 0 && thawed.length === 0) return;
    const parts = [
      "Discrepancy between trainable weights and collected trainable weights, did you set `model.trainable` without " +
        "calling `model.compile` after ?",
      ...(frozen.length > 0 ? [`Trained, though not trainable any more: ${frozen.join(", ")}.`] : []),
      ...(thawed.length > 0 ? [`Not trained, though trainable now: ${thawed.join(", ")}.`] : []),
    ];
    console.warn(parts.join(" "));
  }

  /**
   * The names of the layers that own some of these weights; those in a model with its name before them, `vgg16/block5_conv1`,
   * or that model's alone where it is all of them.
   */
  protected namesOfLayers(weights: readonly Weight[]): string[] {
    const wanted = new Set(weights);
    return this.layers.flatMap((layer) => {
      const owned = layer.weights.filter((weight) => weight.isTrainable);
      const count = owned.filter((weight) => wanted.has(weight)).length;
      if (count === 0) return [];
      if (count === owned.length || !(layer instanceof Network)) return [layer.name];
      return layer.namesOfLayers(weights).map((name) => `${layer.name}/${name}`);
    });
  }

  /** The model's layers and their wiring as Keras 2.3.1 writes them: `{ class_name, config }`. */
  toConfig(): { class_name: string; config: LayerConfig } {
    return { class_name: this.className, config: this.getConfig() };
  }

  /** The device; the first use opens it, where none was given. Nothing is put on it. */
  protected device(): Promise<Device> {
    return this.#placement.device(() => this.weights);
  }

  /** The device with all weights on it. */
  protected place(): Promise<Place> {
    return this.#placement.of(() => this.weights);
  }

  /**
   * Gives back all memory that no other model shares, and ends the device where the last model of those that opened it is
   * closed. The values of weights that were the model's alone go with it.
   */
  close(): void {
    this.#placement.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** What a layer is told at a call: one that is frozen updates nothing, and infers where its class says so. */
function contextOf({ layer, options }: Node, context: CallContext): CallContext {
  const { training = context.training } = options;
  const isFrozen = !(layer instanceof Network) && context.trained?.has(layer) === false;
  if (!isFrozen && training === context.training) return context;
  return { ...context, training: training && !(isFrozen && layer.infersWhenFrozen), update: () => {} };
}
