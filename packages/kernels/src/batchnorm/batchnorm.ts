import { sumPartials } from "../bias-gradient/bias-gradient.ts";
import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { formatShape, sizeOf, type Tensor } from "../device/tensor.ts";
import { rescale } from "../rescale/rescale.ts";
import backwardGammaWgsl from "./backward-gamma.wgsl";
import backwardInputWgsl from "./backward-input.wgsl";
import forwardWgsl from "./forward.wgsl";
import movingAverageWgsl from "./moving-average.wgsl";
import sumsWgsl from "./sums.wgsl";

const sums = defineKernel({
  name: "batchnorm.sums",
  wgsl: sumsWgsl,
  buffers: ["a", "x", "mean", "partial"],
  constants: ["TERM"],
  step: ["count", "channels", "unit", "roundsOfPart"],
});
const forward = defineKernel({
  name: "batchnorm.forward",
  wgsl: forwardWgsl,
  buffers: ["x", "gamma", "beta", "mean", "variance", "y"],
  step: ["quads", "stride", "channels", "hasGamma", "hasBeta", "epsilon"],
});
const backwardInput = defineKernel({
  name: "batchnorm.backwardInput",
  wgsl: backwardInputWgsl,
  buffers: ["x", "dy", "gamma", "mean", "variance", "sumOfDy", "sumOfProducts", "dx"],
  constants: ["IS_TRAINING"],
  step: ["quads", "stride", "channels", "hasGamma", "epsilon", "values"],
});
const backwardGamma = defineKernel({
  name: "batchnorm.backwardGamma",
  wgsl: backwardGammaWgsl,
  buffers: ["sumOfProducts", "variance", "dgamma"],
  step: ["count", "epsilon"],
});
const average = defineKernel({
  name: "batchnorm.movingAverage",
  wgsl: movingAverageWgsl,
  buffers: ["average", "value", "moved"],
  step: ["count", "momentum", "share"],
});

/** Into how many parts the values of a channel are cut, so that there are threads enough for a device's cores. */
const PARTS = 32;
/** A round of the sums is at least so many quads, for the lanes of a SIMD register. */
const LEAST_UNIT = 8;
/** Quads that a thread works through, where there are enough of them. */
const PER_THREAD = 8;

/** Mean and variance of each channel, [channels]. */
export interface Moments {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** What a channel is multiplied with and moved by, [channels] each; where there is none, 1 and 0. */
export interface BatchNormWeights {
  readonly gamma?: Tensor;
  readonly beta?: Tensor;
}

/** The last axis, and how many values there are for each of its elements. @throws for a scalar, or without values */
function channelsOf({ shape }: Tensor): { channels: number; values: number } {
  const channels = shape.at(-1);
  const values = sizeOf(shape.slice(0, -1));
  if (!channels || values === 0) {
    throw new Error(
      `[batchnorm] x is ${formatShape(shape)}: at least one value of each channel is needed, the channels last.`,
    );
  }
  return { channels, values };
}

/** @throws where a tensor is not [channels] */
function checkChannels(channels: number, tensors: Readonly<Record<string, Tensor | undefined>>): void {
  for (const [name, tensor] of Object.entries(tensors)) {
    if (!tensor || formatShape(tensor.shape) === formatShape([channels])) continue;
    throw new Error(
      `[batchnorm] ${name} is ${formatShape(tensor.shape)}, must be [${channels}]: one for each channel of x.`,
    );
  }
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

/** The fewest quads that are whole pixels of so many channels. */
const quadsOfPixels = (channels: number): number => channels / greatestDivisor(channels, 4);

/** How many quads there are, and how many threads take part where each keeps its channels. */
function strideOf(x: Tensor, channels: number) {
  const quads = Math.ceil(sizeOf(x.shape) / 4);
  const whole = quadsOfPixels(channels);
  return { quads, stride: whole * Math.ceil(Math.ceil(quads / whole) / PER_THREAD) };
}

const terms = { value: 0, squaredDeviation: 1, product: 2 };

/** Σ of a term over the values of each channel, [channels]: see sums.wgsl. */
function sumOf(scope: Scope, term: keyof typeof terms, a: Tensor, x: Tensor, mean: Tensor): Tensor {
  const { channels } = channelsOf(a);
  const whole = quadsOfPixels(channels);
  const unit = whole * Math.ceil(LEAST_UNIT / whole);
  const partial = scope.tensor([(PARTS * 4 * unit) / channels, channels]);
  const count = sizeOf(a.shape);
  const roundsOfPart = Math.ceil(count / 4 / unit / PARTS);
  const launch = {
    grid: [Math.ceil(unit / 8), PARTS, 1],
    step: { count, channels, unit, roundsOfPart },
  } as const;
  scope.device.run(sums, { a, x, mean, partial }, { TERM: terms[term] }, launch);
  return sumPartials(scope, partial, [channels]);
}

/**
 * Mean and variance of each channel over all other axes: the mean first, then the mean of the squared deviations from it, each
 * summed in a fixed order. The variance is that of the values themselves (divided by their number).
 * @param x the channels last
 */
export function batchMoments(scope: Scope, x: Tensor): Moments {
  const { values } = channelsOf(x);
  const mean = rescale(scope, sumOf(scope, "value", x, x, x), 1 / values);
  const variance = rescale(scope, sumOf(scope, "squaredDeviation", x, x, mean), 1 / values);
  return { mean, variance };
}

/**
 * y = gamma·(x − mean)/√(variance + epsilon) + beta, as one multiply-add a value.
 * @param x the channels last
 * @throws where moments or weights are not one for each channel
 */
export function batchNormForward(
  scope: Scope,
  x: Tensor,
  { mean, variance }: Moments,
  { gamma, beta }: BatchNormWeights,
  epsilon: number,
): Tensor {
  const { channels } = channelsOf(x);
  checkChannels(channels, { mean, variance, gamma, beta });
  const y = scope.tensor(x.shape);
  const { quads, stride } = strideOf(x, channels);
  scope.device.run(
    forward,
    { x, gamma: gamma ?? mean, beta: beta ?? mean, mean, variance, y },
    {},
    {
      grid: gridFor(stride),
      step: { quads, stride, channels, hasGamma: gamma ? 1 : 0, hasBeta: beta ? 1 : 0, epsilon },
    },
  );
  return y;
}

/** What batchNormBackward is to give. */
export interface BatchNormNeeds {
  readonly x: boolean;
  readonly gamma: boolean;
  readonly beta: boolean;
}

/**
 * The gradients that are needed, from dy and the forward's x, moments and gamma.
 * @param isTraining true where the moments are the batch's, and so depend on x
 */
export function batchNormBackward(
  scope: Scope,
  dy: Tensor,
  x: Tensor,
  { mean, variance }: Moments,
  {
    gamma,
    epsilon,
    isTraining,
  }: { readonly gamma?: Tensor; readonly epsilon: number; readonly isTraining: boolean },
  needs: BatchNormNeeds,
): { dx?: Tensor; dgamma?: Tensor; dbeta?: Tensor } {
  const { channels, values } = channelsOf(x);
  checkChannels(channels, { mean, variance, gamma });
  if (formatShape(dy.shape) !== formatShape(x.shape)) {
    throw new Error(`[batchnorm] dy is ${formatShape(dy.shape)}, must be ${formatShape(x.shape)}, as x.`);
  }
  const wantsSums = needs.x && isTraining;
  const sumOfDy = wantsSums || needs.beta ? sumOf(scope, "value", dy, dy, mean) : undefined;
  const sumOfProducts = wantsSums || needs.gamma ? sumOf(scope, "product", dy, x, mean) : undefined;
  const gradients: { dx?: Tensor; dgamma?: Tensor; dbeta?: Tensor } = {};
  if (needs.beta) gradients.dbeta = sumOfDy;
  if (needs.gamma && sumOfProducts) {
    const dgamma = scope.tensor([channels]);
    const launch = { grid: gridFor(channels), step: { count: channels, epsilon } };
    scope.device.run(backwardGamma, { sumOfProducts, variance, dgamma }, {}, launch);
    gradients.dgamma = dgamma;
  }
  if (needs.x) {
    const dx = scope.tensor(x.shape);
    const { quads, stride } = strideOf(x, channels);
    scope.device.run(
      backwardInput,
      {
        x: isTraining ? x : dy,
        dy,
        gamma: gamma ?? mean,
        mean,
        variance,
        sumOfDy: sumOfDy ?? mean,
        sumOfProducts: sumOfProducts ?? mean,
        dx,
      },
      { IS_TRAINING: isTraining ? 1 : 0 },
      { grid: gridFor(stride), step: { quads, stride, channels, hasGamma: gamma ? 1 : 0, epsilon, values } },
    );
    gradients.dx = dx;
  }
  return gradients;
}

/**
 * momentum·average + (1 − momentum)·correction·value, of their shape.
 * @param correction a factor of the value; default 1
 * @throws where the two differ in shape
 */
export function movingAverage(
  scope: Scope,
  before: Tensor,
  value: Tensor,
  momentum: number,
  correction = 1,
): Tensor {
  if (formatShape(before.shape) !== formatShape(value.shape)) {
    throw new Error(
      `[movingAverage] the average is ${formatShape(before.shape)} and the value ${formatShape(value.shape)}: both must have ` +
        "one shape.",
    );
  }
  const moved = scope.tensor(before.shape);
  const count = sizeOf(before.shape);
  const step = { count, momentum, share: (1 - momentum) * correction };
  scope.device.run(average, { average: before, value, moved }, {}, { grid: gridFor(count), step });
  return moved;
}
