import type { NdArray } from "@convscope/kernels";
import type { Layer, LayerConfig, Shape } from "../layer.ts";
import { checkOptions } from "../options.ts";
import { formatTuple } from "../python-format.ts";
import { type Node, SymbolicTensor } from "../symbolic.ts";
import { BaseModel } from "./base-model.ts";
import { typeName } from "./batch.ts";
import { type Graph, graphBetween } from "./graph.ts";
import { type ModelOptions, modelOptionNames } from "./options.ts";

type Tensors = SymbolicTensor | readonly SymbolicTensor[];

export interface GraphOptions<Outputs extends Tensors = Tensors> extends ModelOptions {
  readonly inputs: Tensors;
  readonly outputs: Outputs;
}

/**
 * All layers between some inputs and some outputs: Keras's functional model. Where the outputs are given as a list,
 * `predict` gives a list.
 */
export class Model<Outputs extends Tensors = SymbolicTensor> extends BaseModel<
  Outputs extends SymbolicTensor ? NdArray : NdArray[]
> {
  readonly className = "Model";
  protected readonly graph: Graph;
  protected readonly givesList: boolean;

  constructor(options: GraphOptions<Outputs>) {
    checkOptions("Model", options, { inputs: true, outputs: true, ...modelOptionNames });
    const { inputs, outputs, ...modelOptions } = options;
    super("Model", modelOptions);
    this.graph = graphBetween(tensorsOf("inputs", inputs), tensorsOf("outputs", outputs));
    this.givesList = Array.isArray(outputs);
    this.takeLayers();
  }

  override get layers(): readonly Layer[] {
    return this.graph.layers;
  }

  override get isBuilt(): boolean {
    return true;
  }

  override build(inputShape: Shape): Shape {
    if (this.inputShape.join() === inputShape.join()) return this.outputShape;
    throw new Error(
      `[model] ${this.name} is built for inputs of shape ${formatTuple(this.inputShape)}, not ${formatTuple(inputShape)}.`,
    );
  }

  override getConfig(): LayerConfig {
    const { inputs, outputs, nodes, layers } = this.graph;
    const callsOf = (layer: Layer) => nodes.filter((node) => node.layer === layer);
    /** A call's number among those of its layer in this model: others are not written. */
    const numberOf = (node: Node) => callsOf(node.layer).indexOf(node) + node.layer.firstNode;
    const reference = ({ node, index }: SymbolicTensor) => [node.layer.name, numberOf(node), index];
    return {
      name: this.name,
      layers: layers.map((layer) => ({
        name: layer.name,
        class_name: layer.className,
        config: layer.getConfig(),
        inbound_nodes: callsOf(layer)
          .filter((node) => node.inputs.length > 0)
          .map((node) => node.inputs.map((tensor) => [...reference(tensor), {}])),
      })),
      input_layers: inputs.map(reference),
      output_layers: outputs.map(reference),
      ...(!this.trainable && { trainable: false }),
    };
  }
}

/** @throws for what is no symbolic tensor, or no list of them */
function tensorsOf(what: "inputs" | "outputs", given: Tensors): readonly SymbolicTensor[] {
  const tensors = [given].flat();
  if (tensors.length === 0) throw new Error(`[Model] ${what} is an empty list: give at least one tensor.`);
  for (const tensor of tensors) {
    if (tensor instanceof SymbolicTensor) continue;
    throw new Error(
      what === "inputs"
        ? `Input tensors to a Model must come from \`input({ shape })\`. Received: ${typeName(tensor)} (missing previous layer metadata).`
        : `Output tensors to a Model must be the output of a layer (thus holding past layer metadata). Found: ${typeName(tensor)}`,
    );
  }
  return tensors;
}
