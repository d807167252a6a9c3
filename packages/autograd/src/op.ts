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
}

/** A differentiable operation: forward and backward are neighbours. */
export interface Op<Options = void, Saved = void> {
  readonly name: string;
  /** The names of the inputs, for the printed tape. */
  readonly inputs: readonly string[];
  /** True for a loss: it may only be the root of a backward pass. */
  readonly isRoot?: boolean;
  forward(scope: Scope, inputs: readonly Tensor[], options: Options): { y: Tensor; saved: Saved };
  /** The gradients of the inputs, in their order, from the gradient dy of the result. */
  backward(scope: Scope, dy: Tensor, recorded: Recorded<Options, Saved>): (Tensor | undefined)[];
}
