import { quadsGrid } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { formatShape, sizeOf, type Tensor } from "../device/tensor.ts";
import backwardWgsl from "./backward.wgsl";
import forwardWgsl from "./forward.wgsl";

const stepNames = ["quads", "hasMaxValue", "maxValue", "negativeSlope", "threshold"] as const;
const forward = defineKernel({
  name: "bent-relu.forward",
  wgsl: forwardWgsl,
  buffers: ["x", "y"],
  step: stepNames,
});
const backward = defineKernel({
  name: "bent-relu.backward",
  wgsl: backwardWgsl,
  buffers: ["x", "dy", "dx"],
  step: stepNames,
});

/** A rectifier's bends. */
export interface BentReluOptions {
  /** Nothing above it; default: no bound. */
  readonly maxValue?: number;
  /** The slope up to the threshold; default 0. */
  readonly negativeSlope?: number;
  /** Where the rectifier opens; default 0. */
  readonly threshold?: number;
}

function stepOf(x: Tensor, { maxValue, negativeSlope = 0, threshold = 0 }: BentReluOptions) {
  return {
    quads: Math.ceil(sizeOf(x.shape) / 4),
    hasMaxValue: maxValue === undefined ? 0 : 1,
    maxValue: maxValue ?? 0,
    negativeSlope,
    threshold,
  };
}

/** y = min(x, maxValue) above the threshold, negativeSlope·(x − threshold) up to it. */
export function bentReluForward(scope: Scope, x: Tensor, options: BentReluOptions): Tensor {
  const y = scope.tensor(x.shape);
  const step = stepOf(x, options);
  scope.device.run(forward, { x, y }, {}, { grid: quadsGrid(step.quads), step });
  return y;
}

/** dx from the forward's x; 0 from maxValue on. @throws where x and dy differ in shape */
export function bentReluBackward(scope: Scope, x: Tensor, dy: Tensor, options: BentReluOptions): Tensor {
  if (formatShape(x.shape) !== formatShape(dy.shape)) {
    throw new Error(
      `[bentRelu] backward: x is ${formatShape(x.shape)} and dy is ${formatShape(dy.shape)}: both must have one shape.`,
    );
  }
  const dx = scope.tensor(x.shape);
  const step = stepOf(x, options);
  scope.device.run(backward, { x, dy, dx }, {}, { grid: quadsGrid(step.quads), step });
  return dx;
}
