import type { Layer, Shape } from "./layer.ts";

/**
 * A tensor that is not there yet: what a call of a layer will give when a model runs. `input` makes the first ones,
 * `layer.apply` the others, and a `Model` is all that lies between some of them.
 */
export class SymbolicTensor {
  /** The call that gives it. */
  readonly node: Node;
  /** Its place among the call's results. */
  readonly index: number;
  /** Without the batch. */
  readonly shape: Shape;

  constructor(node: Node, index: number, shape: Shape) {
    this.node = node;
    this.index = index;
    this.shape = shape;
  }

  /** Where it comes from, as Keras writes it: layer, number of the call, place among its results. */
  toString(): string {
    return `${this.node.layer.name}[${this.node.index}][${this.index}]`;
  }
}

/** One call of a layer: from which tensors, and to which. A shared layer has several. */
export class Node {
  readonly layer: Layer;
  /** Its place among the calls of its layer. */
  readonly index: number;
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];

  constructor(
    layer: Layer,
    index: number,
    inputs: readonly SymbolicTensor[],
    outputShapes: readonly Shape[],
  ) {
    this.layer = layer;
    this.index = index;
    this.inputs = inputs;
    this.outputs = outputShapes.map((shape, i) => new SymbolicTensor(this, i, shape));
  }
}
