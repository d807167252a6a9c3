import { quadsGrid } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { formatShape, sizeOf, type Tensor } from "../device/tensor.ts";
import backwardWgsl from "./backward.wgsl";
import forwardWgsl from "./forward.wgsl";

const common = { constants: ["KIND"], step: ["quads", "alpha", "scale"] } as const;
const forward = defineKernel({ name: "curve.forward", wgsl: forwardWgsl, buffers: ["x", "y"], ...common });
const backward = defineKernel({
  name: "curve.backward",
  wgsl: backwardWgsl,
  buffers: ["x", "dy", "dx"],
  ...common,
});

/** The curves, in the order of the kernels' `KIND`. */
export const curveKinds = ["elu", "exponential", "softplus", "softsign", "hardSigmoid"] as const;

export interface CurveOptions {
  readonly kind: (typeof curveKinds)[number];
  /** elu's depth below 0; default 1. */
  readonly alpha?: number;
  /** What elu is multiplied by; default 1. */
  readonly scale?: number;
}

/** elu's options that make it selu, which keeps mean 0 and variance 1. */
export const selu: CurveOptions = { kind: "elu", alpha: 1.6732632423543772, scale: 1.0507009873554805 };

const launchOf = (x: Tensor, { kind, alpha = 1, scale = 1 }: CurveOptions) => {
  const quads = Math.ceil(sizeOf(x.shape) / 4);
  const constants = { KIND: curveKinds.indexOf(kind) };
  return [constants, { grid: quadsGrid(quads), step: { quads, alpha, scale } }] as const;
};

/** y, of x's shape, by a formula of the [README](README.md). */
export function curveForward(scope: Scope, x: Tensor, options: CurveOptions): Tensor {
  const y = scope.tensor(x.shape);
  scope.device.run(forward, { x, y }, ...launchOf(x, options));
  return y;
}

/** dx from the forward's x. @throws where x and dy differ in shape */
export function curveBackward(scope: Scope, x: Tensor, dy: Tensor, options: CurveOptions): Tensor {
  if (formatShape(x.shape) !== formatShape(dy.shape)) {
    throw new Error(
      `[${options.kind}] backward: x is ${formatShape(x.shape)} and dy is ${formatShape(dy.shape)}: both must have one shape.`,
    );
  }
  const dx = scope.tensor(x.shape);
  scope.device.run(backward, { x, dy, dx }, ...launchOf(x, options));
  return dx;
}
