import type { Tape, Variable } from "@convscope/autograd";
import { type CallContext, Layer, type Shape } from "../layer.ts";
import { InputLayer } from "../layers/core.ts";
import { formatTuple } from "../python-format.ts";
import { BaseModel } from "./base-model.ts";
import { typeName } from "./batch.ts";
import type { ModelOptions } from "./options.ts";

/** Layers in a row, each taking what the one before gives. */
export class Sequential extends BaseModel {
  readonly #layers: Layer[] = [];
  #isBuilt = false;

  constructor(layers: readonly Layer[] = [], options: ModelOptions = {}) {
    super("Sequential", options);
    if (!Array.isArray(layers)) {
      throw new Error(`[Sequential] takes a list of layers, [new Dense(…)], got ${typeName(layers)}.`);
    }
    for (const layer of layers) this.add(layer);
  }

  /**
   * Adds a layer at the end; a compiled model is to be compiled again.
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
    const index = this.#layers.length;
    if (this.#isBuilt) {
      layer.build(this.outputShape, this.seed, index);
    } else if (index === 0) {
      const inputShape = layer.givenInputShape ?? (layer.isBuilt ? layer.inputShape : undefined);
      if (inputShape) {
        layer.build(inputShape, this.seed, index);
        this.#isBuilt = true;
      }
    }
    this.#layers.push(layer);
    this.layersChanged();
  }

  /** Removes the last layer; a compiled model is to be compiled again. */
  pop(): void {
    if (!this.#layers.pop()) throw new Error("There are no layers in the model.");
    if (this.#layers.length === 0) this.#isBuilt = false;
    this.layersChanged();
  }

  /** All layers, but not an InputLayer at the begin, as Keras. */
  override get layers(): readonly Layer[] {
    return this.#layers[0] instanceof InputLayer ? this.#layers.slice(1) : this.#layers;
  }

  override get isBuilt(): boolean {
    return this.#isBuilt;
  }

  override get inputShape(): Shape {
    return this.#end(0).inputShape;
  }

  override get outputShape(): Shape {
    return this.#end(-1).outputShape;
  }

  protected override get inputName(): string {
    const first = this.#end(0);
    return first instanceof InputLayer ? first.name : `${first.name}_input`;
  }

  protected override get outputName(): string {
    return this.#end(-1).name;
  }

  #end(index: 0 | -1): Layer {
    const layer = this.#layers.at(index);
    if (!layer) throw new Error(`[model] ${this.name} has no layers: add one.`);
    return layer;
  }

  override build([, ...inputShape]: Shape): void {
    this.#end(0);
    if (this.#isBuilt) {
      if (this.inputShape.join() === inputShape.join()) return;
      throw new Error(
        `[model] ${this.name} is built for inputs of shape ${formatTuple(this.inputShape)}, not ${formatTuple(inputShape)}.`,
      );
    }
    // All of them first: where one cannot take what it gets, none is built.
    let shape: Shape = inputShape;
    for (const layer of this.#layers) shape = layer.computeOutputShape(shape);
    shape = inputShape;
    this.#layers.forEach((layer, index) => {
      shape = layer.build(shape, this.seed, index);
    });
    this.#isBuilt = true;
  }

  override call(tape: Tape, x: Variable, context: CallContext): Variable {
    return this.#layers.reduce((value, layer, index) => layer.call(tape, value, context, index), x);
  }
}
