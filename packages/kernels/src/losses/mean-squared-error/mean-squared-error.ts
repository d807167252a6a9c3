import { gridFor } from "../../device/grid.ts";
import { defineKernel } from "../../device/kernel.ts";
import type { Scope } from "../../device/memory.ts";
import { sizeOf, type Tensor } from "../../device/tensor.ts";
import { type LossGradientOptions, sampleGeometry } from "../sample-geometry.ts";
import backwardWgsl from "./backward.wgsl";
import forwardWgsl from "./forward.wgsl";

const forward = defineKernel({
  name: "meanSquaredError.forward",
  wgsl: forwardWgsl,
  buffers: ["y", "p", "loss"],
  constants: ["PER_SAMPLE"],
  step: ["samples"],
});
const backward = defineKernel({
  name: "meanSquaredError.backward",
  wgsl: backwardWgsl,
  buffers: ["y", "p", "dp"],
  step: ["count", "scale"],
});

/**
 * The losses [n] of n samples: the mean of (p − y)² over each one's values. p is [n,…], y of the same shape
 * ([n] for [n,1]).
 * @throws where the shapes differ
 */
export function meanSquaredErrorForward(scope: Scope, y: Tensor, p: Tensor): Tensor {
  const { samples, perSample } = sampleGeometry("meanSquaredError", y, p);
  const loss = scope.tensor([samples]);
  scope.device.run(
    forward,
    { y, p, loss },
    { PER_SAMPLE: perSample },
    { grid: gridFor(samples), step: { samples } },
  );
  return loss;
}

/** dp, of p's shape: 2·(p − y)/(values per sample), times `scale` (default 1/n). @throws where the shapes differ */
export function meanSquaredErrorBackward(
  scope: Scope,
  y: Tensor,
  p: Tensor,
  options: Pick<LossGradientOptions, "scale"> = {},
): Tensor {
  const { samples, perSample } = sampleGeometry("meanSquaredError", y, p);
  const scale = (options.scale ?? 1 / samples) / perSample;
  const count = sizeOf(p.shape);
  const dp = scope.tensor(p.shape);
  scope.device.run(backward, { y, p, dp }, {}, { grid: gridFor(count), step: { count, scale } });
  return dp;
}
