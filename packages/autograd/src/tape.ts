import {
  addForward,
  type DataType,
  type Device,
  formatShape,
  type Scope,
  StepMemory,
  type Tensor,
} from "@convscope/kernels";
import type { AnyOp, Recorded } from "./op.ts";
import type { Variable } from "./variable.ts";

/** A line of the tape: which op made which variable of which. */
export interface Entry {
  readonly op: AnyOp;
  readonly inputs: readonly Variable[];
  readonly output: Variable;
  readonly saved: unknown;
  readonly options: unknown;
}

/** The memories of tapes that have not ended: two tapes on one memory would write over each other's tensors. */
const inUse = new WeakSet<StepMemory>();

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
  readonly #readers = new Map<Variable, number>();
  readonly #kept = new Set<Variable>();
  #hasEnded = false;

  /**
   * @param memory the memory of a step that is repeated; without it the tape has its own, for once
   * @throws where another tape is still using the memory
   */
  constructor(device: Device, memory?: StepMemory) {
    this.device = device;
    this.#memory = memory ?? new StepMemory(device);
    this.#ownsMemory = memory === undefined;
    if (inUse.has(this.#memory)) {
      throw new Error(
        "[tape] this memory belongs to a tape that has not ended: end that one first, `using tape = new Tape(…)` does.",
      );
    }
    inUse.add(this.#memory);
    this.#memory.restart();
  }

  /** @throws where the tape has ended */
  tensor(shape: readonly number[], dtype?: DataType): Tensor {
    if (this.#hasEnded) throw new Error("[tape] the step is over: its memory may belong to the next one.");
    return this.#memory.tensor(shape, dtype);
  }

  /** Watches a tensor. */
  variable(tensor: Tensor, needsGradient = false): Variable {
    return { tensor, needsGradient };
  }

  /** Applies an op, and records it. */
  apply<Options>(op: AnyOp<Options>, inputs: readonly Variable[], options: Options): Variable {
    const { y, saved } = op.forward(
      this,
      inputs.map((input) => input.tensor),
      options,
    );
    const output: Variable = { tensor: y, needsGradient: inputs.some((input) => input.needsGradient) };
    const entry: Entry = { op, inputs, output, saved, options };
    this.#entries.push(entry);
    this.#makers.set(output, entry);
    for (const input of inputs) this.#readers.set(input, (this.#readers.get(input) ?? 0) + 1);
    return output;
  }

  /** Has `backward` return this variable's gradient in any case: see there. */
  keep(variable: Variable): void {
    this.#kept.add(variable);
  }

  /** The entry that made a variable, or undefined for one that came from outside. */
  makerOf(variable: Variable): Entry | undefined {
    return this.#makers.get(variable);
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /**
   * The gradients of a loss, of the sum of several, or of Σ dy·root for a root of any other op: from the last entry to the
   * first, each op's backward in turn. Entries below the lowest variable that needs a gradient are not visited. A variable that was used
   * more than once gets the sum, added in the order of the visits: the same bits every time.
   *
   * A rectifier whose result only one entry reads gets no pass of its own: that entry writes the gradient with the slope
   * applied, if its op can. What would have come between them does not exist, unless `keep` asked for it.
   * @param root a loss, or losses; or another variable and, as `dy`, its gradient
   * @returns the gradient of every variable that needs one and takes part, but for those results of rectifiers
   */
  backward(root: Variable | readonly Variable[], dy?: Tensor): Map<Variable, Tensor> {
    const roots = new Set([root].flat());
    for (const each of roots) this.#checkRoot(each, dy);
    const gradients = new Map<Variable, Tensor>();
    const beforeRectifier = new Map<Variable, Tensor>();
    for (const each of roots) if (dy && each.needsGradient) gradients.set(each, dy);
    for (const entry of this.#entries.toReversed()) {
      const { op, inputs, output } = entry;
      if (!output.needsGradient) continue;
      const masked = beforeRectifier.get(output);
      const gradient = masked ?? gradients.get(output);
      if (!gradient && !(op.isLoss && roots.has(output))) continue;
      const needs = inputs.map((input) => input.needsGradient);
      const isRectified = inputs.map((input, i) => needs[i] && this.#canMask(op, i, input));
      const asked = { needs, isRectified, isMasked: masked !== undefined };
      this.#backwardOf(entry, gradient, asked).forEach((result, i) => {
        if (!needs[i] || !result) return;
        if (isRectified[i]) {
          beforeRectifier.set(inputs[i], result);
          return;
        }
        const before = gradients.get(inputs[i]);
        // Not in place: `before` may be the gradient of another variable too, as `add` hands on the dy that it gets.
        gradients.set(inputs[i], before ? addForward(this, before, result) : result);
      });
    }
    return gradients;
  }

  /** Whether an entry's backward writes an input's gradient with the slope of the rectifier that made it. */
  #canMask(op: AnyOp, index: number, input: Variable): boolean {
    const maker = this.#makers.get(input);
    const isRectifier = maker?.op.rectifies?.(maker.options) ?? false;
    const isForOne = this.#readers.get(input) === 1 && !this.#kept.has(input);
    return isRectifier && isForOne && (op.masks?.includes(index) ?? false);
  }

  #checkRoot(root: Variable, dy: Tensor | undefined): void {
    const op = this.makerOf(root)?.op;
    const shape = formatShape(root.tensor.shape);
    if (op?.isLoss && dy) throw new Error(`[tape] ${op.name} is a loss: backward takes no dy for it.`);
    if (!op?.isLoss && !dy) {
      throw new Error(
        `[tape] backward starts at ${op ? `the result ${shape} of ${op.name}` : `a variable ${shape}`}, ` +
          "which is no loss: give its gradient dy too.",
      );
    }
    if (dy && formatShape(dy.shape) !== shape) {
      throw new Error(`[tape] dy is ${formatShape(dy.shape)}, must be ${shape}, as what backward starts at.`);
    }
  }

  /** Runs an entry's backward, and holds its op to the contract. @param dy the output's gradient; none for a loss */
  #backwardOf(
    { op, inputs, output, saved, options }: Entry,
    dy: Tensor | undefined,
    asked: Pick<Recorded<unknown, unknown>, "needs" | "isRectified" | "isMasked">,
  ) {
    const recorded = {
      inputs: inputs.map((input) => input.tensor),
      y: output.tensor,
      saved,
      options,
      ...asked,
    };
    if (op.isLoss && dy) {
      throw new Error(`[tape] ${op.name} is a loss: backward starts at it, and cannot pass through it.`);
    }
    const gradients = op.isLoss ? op.backward(this, recorded) : op.backward(this, dy!, recorded);
    inputs.forEach(({ tensor: { shape } }, i) => {
      const gradient = gradients[i];
      if (!asked.needs[i] || (gradient && formatShape(gradient.shape) === formatShape(shape))) return;
      throw new Error(
        `[tape] ${op.name} ${gradient ? `gave a gradient ${formatShape(gradient.shape)}` : "has no gradient"} for its ` +
          `input ${op.inputs[i]} ${formatShape(shape)}, which needs one of its shape.`,
      );
    });
    return gradients;
  }

  /**
   * The tape as text, a line an entry: `v1* [2,4,4,8] = conv2d(x v0 [2,6,6,3], f filter* [3,3,3,8])`. Parameters have
   * their names, other variables numbers in order of appearance; the shape stands where one appears first, and `*`
   * marks those that need a gradient.
   */
  toString(): string {
    const labels = new Map<Variable, string>();
    let unnamed = 0;
    const labelOf = (variable: Variable) => {
      const known = labels.get(variable);
      if (known) return known;
      const name = "name" in variable ? variable.name : `v${unnamed++}`;
      const label = `${name}${variable.needsGradient ? "*" : ""}`;
      labels.set(variable, label);
      return `${label} ${formatShape(variable.tensor.shape)}`;
    };
    const lines = this.#entries.map(({ op, inputs, output }) => {
      const from = inputs.map((input, i) => `${op.inputs[i]} ${labelOf(input)}`).join(", ");
      return { result: labelOf(output), call: `${op.name}(${from})` };
    });
    const width = Math.max(...lines.map(({ result }) => result.length));
    return lines.map(({ result, call }) => `${result.padEnd(width)} = ${call}`).join("\n");
  }

  /** Ends the step. */
  [Symbol.dispose](): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    inUse.delete(this.#memory);
    if (this.#ownsMemory) this.#memory[Symbol.dispose]();
  }
}
