import {
  addForward,
  type DataType,
  type Device,
  formatShape,
  type Scope,
  StepMemory,
  type Tensor,
} from "@convscope/kernels";
import type { Op } from "./op.ts";
import type { Variable } from "./variable.ts";

/** A line of the tape: which op made which variable of which. */
export interface Entry {
  // The types of an op's options and of what it saved are its own affair; they were checked when it was applied.
  // biome-ignore lint/suspicious/noExplicitAny: an entry holds ops of every kind
  readonly op: Op<any, any>;
  readonly inputs: readonly Variable[];
  readonly output: Variable;
  readonly saved: unknown;
  readonly options: unknown;
}

/**
 * The record of one step. It owns every tensor that the step creates: `using tape = new Tape(device, memory)` gives
 * them all back at the end. With the same memory step after step, nothing is created after the first.
 */
export class Tape implements Scope {
  readonly device: Device;
  readonly #memory: StepMemory;
  readonly #ownsMemory: boolean;
  readonly #entries: Entry[] = [];
  readonly #makers = new Map<Variable, Entry>();

  /** @param memory the memory of a step that is repeated; without it the tape has its own, for once */
  constructor(device: Device, memory?: StepMemory) {
    this.device = device;
    this.#memory = memory ?? new StepMemory(device);
    this.#ownsMemory = memory === undefined;
    this.#memory.restart();
  }

  tensor(shape: readonly number[], dtype?: DataType): Tensor {
    return this.#memory.tensor(shape, dtype);
  }

  /** Watches a tensor. */
  variable(tensor: Tensor, needsGradient = false): Variable {
    return { tensor, needsGradient };
  }

  /** Applies an op, and records it where a gradient may be asked for. */
  apply<Options, Saved>(op: Op<Options, Saved>, inputs: readonly Variable[], options: Options): Variable {
    const { y, saved } = op.forward(
      this,
      inputs.map((input) => input.tensor),
      options,
    );
    const output: Variable = { tensor: y, needsGradient: inputs.some((input) => input.needsGradient) };
    const entry: Entry = { op, inputs, output, saved, options };
    this.#entries.push(entry);
    this.#makers.set(output, entry);
    return output;
  }

  /** The entry that made a variable, or undefined for one that came from outside. */
  makerOf(variable: Variable): Entry | undefined {
    return this.#makers.get(variable);
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /**
   * The gradients of a scalar: from the last entry to the first, each op's backward in turn. Entries below the lowest
   * variable that needs a gradient are not visited. A variable that was used more than once gets the sum.
   * @param dy the gradient of `root` itself; default 1, for a scalar loss
   * @returns the gradient of every variable that needs one and takes part
   */
  backward(root: Variable, dy?: Tensor): Map<Variable, Tensor> {
    const gradients = new Map<Variable, Tensor>();
    if (!dy && root.tensor.shape.length > 0) {
      throw new Error(
        `[tape] backward starts at a scalar, this variable is ${formatShape(root.tensor.shape)}: give its gradient too.`,
      );
    }
    if (!root.needsGradient) return gradients;
    gradients.set(root, dy ?? this.#one());
    for (const entry of this.#entries.toReversed()) {
      const gradient = gradients.get(entry.output);
      if (!gradient || !entry.output.needsGradient) continue;
      const { op, inputs, output, saved, options } = entry;
      if (op.isRoot && (output !== root || dy)) {
        throw new Error(
          `[tape] ${op.name} is a loss: backward must start at it, without a gradient of its own.`,
        );
      }
      const needs = inputs.map((input) => input.needsGradient);
      const tensors = inputs.map((input) => input.tensor);
      const results = op.backward(this, gradient, {
        inputs: tensors,
        y: output.tensor,
        saved,
        options,
        needs,
      });
      inputs.forEach((input, i) => {
        const result = results[i];
        if (!needs[i] || !result) return;
        const before = gradients.get(input);
        gradients.set(input, before ? addForward(this, before, result) : result);
      });
    }
    return gradients;
  }

  /** The tape as text: a line an entry. Variables are numbered in order of appearance; `*` marks those with a gradient. */
  toString(): string {
    const numbers = new Map<Variable, number>();
    const label = (variable: Variable) => {
      if (!numbers.has(variable)) numbers.set(variable, numbers.size);
      return `v${numbers.get(variable)}${variable.needsGradient ? "*" : ""} ${formatShape(variable.tensor.shape)}`;
    };
    return this.#entries
      .map(({ op, inputs, output }) => {
        const from = inputs.map((input, i) => `${op.inputs[i] ?? "input"} ${label(input)}`).join(", ");
        return `${op.name.padEnd(18)} ${label(output)} <- ${from}`;
      })
      .join("\n");
  }

  #one(): Tensor {
    const one = this.tensor([]);
    this.device.write(one, ONE);
    return one;
  }

  [Symbol.dispose](): void {
    if (this.#ownsMemory) this.#memory[Symbol.dispose]();
  }
}

const ONE = Float32Array.of(1);
