import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { formatShape, sizeOf, type Tensor } from "../device/tensor.ts";
import meanWgsl from "./mean.wgsl";
import weighSamplesWgsl from "./weigh-samples.wgsl";
import weightedMeanWgsl from "./weighted-mean.wgsl";

const mean = defineKernel({ name: "mean", wgsl: meanWgsl, buffers: ["x", "y"], step: ["count"] });
const weightedMean = defineKernel({
  name: "mean.weighted",
  wgsl: weightedMeanWgsl,
  buffers: ["x", "w", "y"],
  step: ["count"],
});
const weigh = defineKernel({
  name: "mean.weighSamples",
  wgsl: weighSamplesWgsl,
  buffers: ["x", "w", "y"],
  constants: ["PER_SAMPLE"],
  step: ["count"],
});

/**
 * The mean of all values of x, each multiplied by its weight where there are weights, as a scalar of shape []. Meant
 * for the few numbers of a batch: one thread adds them.
 * @throws where there is nothing to average, or not one weight for each value
 */
export function meanOf(scope: Scope, x: Tensor, weights?: Tensor): Tensor {
  const count = sizeOf(x.shape);
  if (count === 0) throw new Error(`[mean] x is ${formatShape(x.shape)}: at least one value is needed.`);
  const y = scope.tensor([]);
  const launch = { grid: [1, 1, 1], step: { count } } as const;
  if (weights) {
    checkWeights(x, weights);
    scope.device.run(weightedMean, { x, w: weights, y }, {}, launch);
  } else {
    scope.device.run(mean, { x, y }, {}, launch);
  }
  return y;
}

/**
 * x [n,…] with all values of a sample multiplied by its weight [n]: from the gradient of a mean to that of the weighted
 * mean.
 * @throws where there is not one weight for each sample
 */
export function weighSamples(scope: Scope, x: Tensor, weights: Tensor): Tensor {
  const samples = { ...x, shape: x.shape.slice(0, 1) };
  checkWeights(samples, weights);
  const y = scope.tensor(x.shape);
  const count = sizeOf(x.shape);
  scope.device.run(
    weigh,
    { x, w: weights, y },
    { PER_SAMPLE: sizeOf(x.shape.slice(1)) },
    { grid: gridFor(count), step: { count } },
  );
  return y;
}

function checkWeights(x: Tensor, weights: Tensor): void {
  if (formatShape(weights.shape) === formatShape(x.shape)) return;
  throw new Error(
    `[mean] the weights are ${formatShape(weights.shape)}, must be ${formatShape(x.shape)}: one for each sample.`,
  );
}
