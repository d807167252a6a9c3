import type { Tape, Variable } from "@convscope/autograd";
import { Layer, type LayerConfig, type LayerOptions, type Shape } from "../layer.ts";
import { checkOptions } from "../options.ts";
import { Node, type SymbolicTensor } from "../symbolic.ts";

/** Says what a model takes; does nothing. Keras's Sequential does not list it among its layers. */
export class InputLayer extends Layer {
  readonly className = "InputLayer";
  constructor(options: LayerOptions) {
    super("InputLayer", options);
    if (!this.givenInputShape) throw new Error("[InputLayer] inputShape is needed: the shape of one sample.");
    this.nodes.push(new Node(this, 0, [], this.connect([this.givenInputShape])));
  }
  override get streams(): number {
    return 0;
  }
  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }
  override call(_tape: Tape, x: Variable): Variable {
    return x;
  }
  override getConfig(): LayerConfig {
    const { name, dtype, batch_input_shape } = super.getConfig();
    return { batch_input_shape, dtype, sparse: false, name };
  }
}

export interface InputOptions {
  /** Of one sample, without the batch dimension; null where open. */
  readonly shape?: Shape;
  /** The same with the batch dimension before it, null. */
  readonly batchShape?: Shape;
  /** Default: Keras's automatic name, e.g. `input_1`. */
  readonly name?: string;
}

/** Keras's `Input`: a tensor to be given, from which layers make others. */
export function input(options: InputOptions): SymbolicTensor {
  const { shape, batchShape, name } = checkOptions("input", options, {
    shape: true,
    batchShape: true,
    name: true,
  });
  if (!shape && !batchShape) {
    throw new Error("Please provide to input either a `shape` or a `batchShape` argument.");
  }
  return new InputLayer({ inputShape: shape, batchInputShape: batchShape, name }).output;
}
