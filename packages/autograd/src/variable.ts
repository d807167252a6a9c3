import type { Tensor } from "@convscope/kernels";

/** A tensor that a tape watches. */
export interface Variable {
  readonly tensor: Tensor;
  /** False where nothing trainable lies below: the backward pass does not go there. */
  readonly needsGradient: boolean;
}

/** A named, trainable variable that a layer owns; it outlives the tape. */
export interface Parameter extends Variable {
  readonly name: string;
}
