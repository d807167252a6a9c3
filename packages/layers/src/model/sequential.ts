import { Layer, type LayerConfig, type Shape } from "../layer.ts";
import { InputLayer } from "../layers/input.ts";
import { formatTuple } from "../python-format.ts";
import type { SymbolicTensor } from "../symbolic.ts";
import { BaseModel } from "./base-model.ts";
import { typeName } from "./batch.ts";
import { type Graph, graphBetween } from "./graph.ts";
import type { ModelOptions } from "./options.ts";

/** Layers in a row, each taking what the one before gives. */
export class Sequential extends BaseModel {
  readonly className = "Sequential";
  readonly #layers: Layer[] = [];
  /** Of what the first layer takes, and of what each gives; empty while no shape is known. */
  readonly #tensors: SymbolicTensor[] = [];
  #graph: Graph | undefined;

  constructor(layers: readonly Layer[] = [], options: ModelOptions = {}) {
    super("Sequential", options);
    if (!Array.isArray(layers)) {
      throw new Error(`[Sequential] takes a list of layers, [new Dense(…)], got ${typeName(layers)}.`);
    }
    for (const layer of layers) this.add(layer);
  }

  /**
   * Adds a layer or model at the end; a compiled model is to be compiled again.
   * @throws where its name is taken, or it cannot take what the layer before gives; then nothing was changed
   */
  add(layer: Layer): void {
    if (!(layer instanceof Layer)) {
      throw new Error(`The added layer must be an instance of class Layer. Found: ${typeName(layer)}`);
    }
    if (this.#layers.some((other) => other.name === layer.name)) {
      throw new Error(
        `The name "${layer.name}" is used 2 times in the model. All layer names should be unique.`,
      );
    }
    if (this.isBuilt || this.#begin(layer)) this.#append(layer);
    this.#layers.push(layer);
    this.#changed();
  }

  /** Makes the input that a first layer asks for. @returns false where it leaves that open */
  #begin(layer: Layer): boolean {
    if (this.#layers.length > 0) return false;
    if (layer instanceof InputLayer) {
      this.#tensors.push(layer.output);
      return false;
    }
    const inputShape = layer.givenInputShape ?? (layer.isBuilt ? layer.inputShape : undefined);
    if (inputShape) this.#tensors.push(inputFor(layer, inputShape));
    return inputShape !== undefined;
  }

  #append(layer: Layer): void {
    try {
      this.#tensors.push(layer.apply(this.#tensors[this.#tensors.length - 1]));
    } catch (error) {
      if (this.#layers.length === 0) this.#tensors.length = 0;
      throw error;
    }
  }

  /** Removes the last layer; a compiled model is to be compiled again. */
  pop(): void {
    if (!this.#layers.pop()) throw new Error("There are no layers in the model.");
    this.#tensors.pop();
    if (this.#layers.length === 0) this.#tensors.length = 0;
    this.#changed();
  }

  #changed(): void {
    this.#graph = undefined;
    if (this.isBuilt) this.takeLayers();
    this.layersChanged();
  }

  /** All layers, but not an InputLayer at the begin, as Keras. */
  override get layers(): readonly Layer[] {
    return this.#layers[0] instanceof InputLayer ? this.#layers.slice(1) : this.#layers;
  }

  override get isBuilt(): boolean {
    return this.#tensors.length > 0;
  }

  protected override get graph(): Graph {
    if (this.#layers.length === 0) throw new Error(`[model] ${this.name} has no layers: add one.`);
    if (!this.isBuilt) {
      throw new Error(
        `[model] ${this.name} is not built yet: give its first layer an inputShape, or run it.`,
      );
    }
    this.#graph ??= graphBetween([this.#tensors[0]], [this.#tensors[this.#tensors.length - 1]]);
    return this.#graph;
  }

  protected override get givesList(): boolean {
    return false;
  }

  override get outputNames(): readonly string[] {
    return [this.#layers.at(-1)?.name ?? this.name];
  }

  override build(inputShape: Shape): Shape {
    if (this.isBuilt) {
      if (this.inputShape.join() === inputShape.join()) return this.outputShape;
      throw new Error(
        `[model] ${this.name} is built for inputs of shape ${formatTuple(this.inputShape)}, not ${formatTuple(inputShape)}.`,
      );
    }
    const [first] = this.#layers;
    if (!first) return this.graph.outputs[0].shape; // throws
    // All of them first: where one cannot take what it gets, none is built.
    this.computeOutputShapes([inputShape]);
    this.#tensors.push(inputFor(first, inputShape));
    for (const layer of this.#layers) this.#append(layer);
    this.#graph = undefined;
    this.takeLayers();
    return this.outputShape;
  }

  protected override connect(inputs: readonly Shape[]): readonly Shape[] {
    if (!this.isBuilt && inputs.length === 1) this.build(inputs[0]);
    return super.connect(inputs);
  }

  override computeOutputShapes(inputShapes: readonly Shape[]): readonly Shape[] {
    if (this.isBuilt) return super.computeOutputShapes(inputShapes);
    return this.#layers.reduce((shapes, layer) => layer.shapesFor(shapes), inputShapes);
  }

  override getConfig(): LayerConfig {
    const layers = this.layers.map((layer) => ({ class_name: layer.className, config: layer.getConfig() }));
    const [first] = layers;
    // Read back, the first layer says what the model takes.
    if (this.isBuilt && first && !(this.layers[0] instanceof BaseModel)) {
      first.config = { batch_input_shape: [null, ...this.inputShape], ...first.config };
    }
    return { name: this.name, layers, ...(!this.trainable && { trainable: false }) };
  }
}

/** Keras's automatic input of a first layer. */
function inputFor(first: Layer, inputShape: Shape): SymbolicTensor {
  return new InputLayer({ inputShape, name: `${first.name}_input` }).output;
}
