import type { Scope, Tensor } from "@convscope/kernels";

/** What the backward pass knows of the forward pass. */
export interface Recorded<Options, Saved> {
  readonly inputs: readonly Tensor[];
  readonly y: Tensor;
  /** What the forward kept for the backward, beyond its inputs and its result. */
  readonly saved: Saved;
  readonly options: Options;
  /** Which inputs need a gradient; for the others the backward may return undefined and save the work. */
  readonly needs: readonly boolean[];
  /**
   * Which inputs a rectifier made that nobody else reads: their gradients are to be those before the rectifier, 0 where
   * the input is. Only inputs that the op names in `masks`.
   */
  readonly isRectified: readonly boolean[];
  /** True where dy is the gradient before this op's own rectifier already. */
  readonly isMasked: boolean;
}

interface Forward<Options, Saved> {
  readonly name: string;
  /** The names of the inputs, for the printed tape and for messages; of any number of inputs the first's. See `inputName`. */
  readonly inputs: readonly string[];
  /** True where the last thing the forward does is a rectifier, whose slope y tells. */
  rectifies?(options: Options): boolean;
  /** The inputs whose gradients the backward can write with a rectifier's slope applied: it costs no pass of its own. */
  readonly masks?: readonly number[];
  forward(scope: Scope, inputs: readonly Tensor[], options: Options): { y: Tensor; saved: Saved };
}

/** The name of an input: its own, or, where an op takes any number of them, numbered: x, x1, x2. */
export function inputName({ inputs }: { readonly inputs: readonly string[] }, index: number): string {
  return inputs[index] ?? `${inputs[0]}${index}`;
}

/** The gradients of the inputs, in their order. */
export type Gradients = readonly (Tensor | undefined)[];

/** A differentiable operation: forward and backward are neighbours. */
export interface Op<Options = void, Saved = void> extends Forward<Options, Saved> {
  readonly isLoss?: false;
  /**
   * From the gradient dy of the result. It may return dy itself, which other ops may hold too: nobody writes into a
   * gradient.
   */
  backward(scope: Scope, dy: Tensor, recorded: Recorded<Options, Saved>): Gradients;
}

/** An op that makes the scalar which training makes small. A tape's backward starts at it: dy is 1, and not given. */
export interface LossOp<Options = void, Saved = void> extends Forward<Options, Saved> {
  readonly isLoss: true;
  backward(scope: Scope, recorded: Recorded<Options, Saved>): Gradients;
}

/** An op of either kind. What it saves is its own affair; its own types checked that. */
// biome-ignore lint/suspicious/noExplicitAny: a tape holds ops of every kind
export type AnyOp<Options = any> = Op<Options, any> | LossOp<Options, any>;
