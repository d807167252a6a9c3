import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { sizeOf, type Tensor } from "../device/tensor.ts";
import { keyFromSeed } from "../philox/index.ts";
import forwardWgsl from "./forward.wgsl";

const forward = defineKernel({
  name: "dropout.forward",
  wgsl: forwardWgsl,
  buffers: ["x", "y"],
  step: ["count", "rate", "scale", "seedLow", "seedHigh", "stream", "stepIndex"],
});

/** Which elements are dropped: a mask is a pure function of these four, and of the element's index. */
export interface DropoutOptions {
  /** The share of elements to drop; clipped to [0, 1]. 0 and 1 drop nothing, as in Keras 2. */
  readonly rate: number;
  /** A whole number from 0 to 2⁵³ − 1. */
  readonly seed: number;
  /** Tells the dropout layers of a model apart; an unsigned 32-bit integer. */
  readonly stream: number;
  /** The training step; an unsigned 32-bit integer. */
  readonly step: number;
}

/**
 * y = x / (1 − rate) where an element is kept, else 0, of x's shape. Element i is kept iff its uniform number u ≥ rate,
 * compared in float32. With a rate of 0 or less, or of 1 or more, the result is x itself: the same tensor, no copy
 * (Keras 2's contract).
 * @throws for a rate that is not a number, or a seed, stream or step outside its range
 */
export function dropoutForward(scope: Scope, x: Tensor, options: DropoutOptions): Tensor {
  const { rate, seed, stream, step } = options;
  if (Number.isNaN(rate)) throw new Error("[dropout] rate is NaN: give a number from 0 to 1.");
  const [seedLow, seedHigh] = keyFromSeed(seed);
  checkWord("stream", stream);
  checkWord("step", step);
  if (rate <= 0 || rate >= 1) return x;
  const y = scope.tensor(x.shape);
  const count = sizeOf(x.shape);
  const blocks = Math.ceil(count / 4);
  scope.device.run(
    forward,
    { x, y },
    {},
    {
      grid: gridFor(blocks),
      step: { count, rate, scale: 1 / (1 - rate), seedLow, seedHigh, stream, stepIndex: step },
    },
  );
  return y;
}

/** dx = dy / (1 − rate) where the forward with the same options kept the element, else 0. The mask is not stored. */
export function dropoutBackward(scope: Scope, dy: Tensor, options: DropoutOptions): Tensor {
  return dropoutForward(scope, dy, options);
}

function checkWord(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32) {
    throw new Error(`[dropout] ${name} must be an integer from 0 to 4294967295, got ${value}.`);
  }
}
