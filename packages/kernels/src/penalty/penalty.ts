import { sumPartials } from "../bias-gradient/bias-gradient.ts";
import { gridFor, quadsGrid } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { sizeOf, type Tensor } from "../device/tensor.ts";
import backwardWgsl from "./backward.wgsl";
import forwardWgsl from "./forward.wgsl";

const forward = defineKernel({
  name: "penalty.forward",
  wgsl: forwardWgsl,
  buffers: ["x", "partial"],
  step: ["count", "threads", "continues", "l1", "l2"],
});
const backward = defineKernel({
  name: "penalty.backward",
  wgsl: backwardWgsl,
  buffers: ["x", "dx"],
  step: ["quads", "l1", "l2"],
});

/** The factors of a penalty. */
export interface PenaltyOptions {
  readonly l1: number;
  readonly l2: number;
}

/** Threads that share the terms. Always as many: their sums are added up by one kernel. */
const THREADS = 1024;

/** l1·Σ|x| + l2·Σx², as a scalar of shape []. */
export function penaltyForward(scope: Scope, x: Tensor, { l1, l2 }: PenaltyOptions): Tensor {
  const partial = scope.tensor([THREADS]);
  const step = { count: sizeOf(x.shape), threads: THREADS, continues: 0, l1, l2 };
  scope.device.run(forward, { x, partial }, {}, { grid: gridFor(THREADS), step });
  return sumPartials(scope, partial, []);
}

/** The same where several tensors, of a whole network, have one sum: their threads' sums are added up in two rounds. */
const THREADS_OF_SEVERAL = 128 * 128;

/** Σx² over all values of all tensors, as a scalar of shape []. */
export function squaredNorm(scope: Scope, tensors: readonly Tensor[]): Tensor {
  const partial = scope.tensor([128, 128]);
  tensors.forEach((x, i) => {
    const count = sizeOf(x.shape);
    // The first one writes all sums.
    const threads = i === 0 ? THREADS_OF_SEVERAL : Math.min(THREADS_OF_SEVERAL, Math.ceil(count / 4));
    const step = { count, threads: THREADS_OF_SEVERAL, continues: i, l1: 0, l2: 1 };
    scope.device.run(forward, { x, partial }, {}, { grid: gridFor(threads), step });
  });
  return sumPartials(scope, sumPartials(scope, partial, [128]), []);
}

/** dx of a penalty, which is part of a loss: its own gradient is 1. */
export function penaltyBackward(scope: Scope, x: Tensor, { l1, l2 }: PenaltyOptions): Tensor {
  const dx = scope.tensor(x.shape);
  const quads = Math.ceil(sizeOf(x.shape) / 4);
  scope.device.run(backward, { x, dx }, {}, { grid: quadsGrid(quads), step: { quads, l1, l2 } });
  return dx;
}
