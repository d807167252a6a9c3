import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { sizeOf, type Tensor } from "../device/tensor.ts";
import biasGradientWgsl from "./bias-gradient.wgsl";
import biasGradientQuadsWgsl from "./bias-gradient-quads.wgsl";
import sumPartialsWgsl from "./sum-partials.wgsl";

const partialSums = defineKernel({
  name: "bias-gradient",
  wgsl: biasGradientWgsl,
  buffers: ["dy", "partial"],
  constants: ["CHANNELS", "PARTS"],
  step: ["rows"],
});
const partialSumsOfQuads = defineKernel({
  name: "bias-gradient-quads",
  wgsl: biasGradientQuadsWgsl,
  buffers: ["dy", "partial"],
  constants: ["CHANNELS", "PARTS"],
  step: ["rows"],
});
const sumOfPartials = defineKernel({
  name: "sum-partials",
  wgsl: sumPartialsWgsl,
  buffers: ["partial", "sum"],
  constants: ["PARTS"],
  step: ["count"],
});

/** Into how many parts the rows are cut, so that there are threads enough for a device's cores. */
const PARTS = 32;

/** Σ over the first axis of `partial`, in order: from [parts, …shape] to `shape`. */
export function sumPartials(scope: Scope, partial: Tensor, shape: readonly number[]): Tensor {
  const sum = scope.tensor(shape);
  const count = sizeOf(shape);
  const parts = partial.shape[0];
  scope.device.run(
    sumOfPartials,
    { partial, sum },
    { PARTS: parts },
    { grid: gridFor(count), step: { count } },
  );
  return sum;
}

/** The gradient of a bias: db[c] = Σ dy[…, c] over all axes but the last. From [..., channels] to [channels]. */
export function biasGradient(scope: Scope, dy: Tensor): Tensor {
  const channels = dy.shape[dy.shape.length - 1];
  const partial = scope.tensor([PARTS, channels]);
  const hasQuads = channels % 4 === 0 && scope.device.kernels !== "naive";
  const kernel = hasQuads ? partialSumsOfQuads : partialSums;
  const threads = hasQuads ? channels / 4 : channels;
  const launch = {
    grid: [Math.ceil(threads / 8), PARTS, 1],
    step: { rows: sizeOf(dy.shape) / channels },
  } as const;
  scope.device.run(kernel, { dy, partial }, { CHANNELS: channels, PARTS }, launch);
  return sumPartials(scope, partial, [channels]);
}
