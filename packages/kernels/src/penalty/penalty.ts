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
  step: ["count", "threads", "l1", "l2"],
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
  const step = { count: sizeOf(x.shape), threads: THREADS, l1, l2 };
  scope.device.run(forward, { x, partial }, {}, { grid: gridFor(THREADS), step });
  return sumPartials(scope, partial, []);
}

/** dx of a penalty, which is part of a loss: its own gradient is 1. */
export function penaltyBackward(scope: Scope, x: Tensor, { l1, l2 }: PenaltyOptions): Tensor {
  const dx = scope.tensor(x.shape);
  const quads = Math.ceil(sizeOf(x.shape) / 4);
  scope.device.run(backward, { x, dx }, {}, { grid: quadsGrid(quads), step: { quads, l1, l2 } });
  return dx;
}
