import type { Layer } from "../layer.ts";
import { InputLayer } from "../layers/input.ts";
import type { Node, SymbolicTensor } from "../symbolic.ts";

/** The calls that lead from some symbolic tensors to others, in an order in which they can be run. */
export interface Graph {
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
  /** Each after those whose results it takes. */
  readonly nodes: readonly Node[];
  /** As Keras orders them, in the list and in files: the furthest from the outputs first. */
  readonly layers: readonly Layer[];
}

/**
 * Finds what lies between inputs and outputs.
 * @throws where an output needs another input, an input leads nowhere, or two layers have one name
 */
export function graphBetween(inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]): Graph {
  const { nodes, found } = nodesBefore(outputs);
  checkInputs(inputs, nodes);
  const layers = inKerasOrder(nodes, found);
  checkNames(layers);
  return { inputs, outputs, nodes, layers };
}

/**
 * All nodes that the outputs need, each after those that it needs, and the layers in the order in which a walk from the
 * outputs backwards finds them. Without recursion: files may hold chains of any length.
 */
function nodesBefore(outputs: readonly SymbolicTensor[]): { nodes: Node[]; found: Layer[] } {
  const nodes = new Set<Node>();
  const found = new Set<Layer>();
  for (const output of outputs) {
    const path: { readonly node: Node; next: number }[] = [];
    const enter = (node: Node) => {
      if (nodes.has(node)) return;
      found.add(node.layer);
      path.push({ node, next: 0 });
    };
    enter(output.node);
    for (let last = path.at(-1); last; last = path.at(-1)) {
      const before = last.node.inputs[last.next++];
      if (before) {
        enter(before.node);
      } else {
        nodes.add(last.node);
        path.pop();
      }
    }
  }
  return { nodes: [...nodes], found: [...found] };
}

/**
 * The layers by their depth, the longest way from one of their calls to the end, and those of one depth in the order in
 * which they were found. Source of the rule: Keras 2.3.1, engine/network.py (`_map_graph_network`).
 */
function inKerasOrder(nodes: readonly Node[], found: readonly Layer[]): Layer[] {
  const depthOfNode = new Map<Node, number>();
  const depthOfLayer = new Map<Layer, number>();
  for (const node of nodes.toReversed()) {
    // A shared layer lies as deep as its deepest call that was seen.
    const depth = Math.max(depthOfNode.get(node) ?? 0, depthOfLayer.get(node.layer) ?? 0);
    depthOfLayer.set(node.layer, depth);
    for (const { node: before } of node.inputs) {
      depthOfNode.set(before, Math.max(depth + 1, depthOfNode.get(before) ?? 0));
    }
  }
  // The sort is stable.
  return found.toSorted((a, b) => depthOfLayer.get(b)! - depthOfLayer.get(a)!);
}

function checkInputs(inputs: readonly SymbolicTensor[], nodes: readonly Node[]): void {
  if (new Set(inputs).size < inputs.length) {
    throw new Error(
      "The list of inputs passed to the model is redundant. All inputs should only appear once.",
    );
  }
  for (const input of inputs) {
    if (!(input.node.layer instanceof InputLayer)) {
      throw new Error(
        `[Model] the input ${input} is the result of a layer: a model's inputs come from input({ shape: … }).`,
      );
    }
    if (!nodes.includes(input.node)) {
      throw new Error(`[Model] the input ${input} leads to no output: leave it out.`);
    }
  }
  const reached: string[] = [];
  for (const { layer, outputs } of nodes) {
    if (layer instanceof InputLayer && !inputs.includes(outputs[0])) {
      throw new Error(
        `Graph disconnected: cannot obtain value for tensor ${outputs[0]} at layer "${layer.name}". ` +
          `The following previous layers were accessed without issue: [${reached.join(", ")}]`,
      );
    }
    reached.push(layer.name);
  }
}

function checkNames(layers: readonly Layer[]): void {
  const counts = new Map<string, number>();
  for (const { name } of layers) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const [name, count] of counts) {
    if (count === 1) continue;
    throw new Error(
      `The name "${name}" is used ${count} times in the model. All layer names should be unique.`,
    );
  }
}
