/**
 * Do two competitors compute the same? How far they may differ follows from how float32 rounds.
 *
 * A sum of n products of size m, added one after the other: its result has a size of m·√n, and its rounding errors walk
 * randomly to a standard deviation of at most 2⁻²⁴·m·n/√2. That is σ = 2⁻²⁴·√(n/2) of the result's size. Winograd's F(4×4,
 * 3×3) adds numbers that are 31 times larger, but a ninth (filter gradient: a sixteenth) of them: 10 times that, which each
 * 3×3 convolution may take. Both sides err (√2), and none of millions of values may be outside: 6 standard deviations.
 */
import type { Findings } from "./competitor.ts";
import {
  type AugmentWorkload,
  type ModelSpec,
  outputShapeOf,
  type PassWorkload,
  shapesOf,
  type Workload,
} from "./workloads.ts";

/** The worst difference that was found: the one that is largest against what is allowed. */
export interface Comparison {
  readonly difference: number;
  readonly tolerance: number;
  /** What differs. */
  readonly what: string;
}

/** A value that is not a number is no agreement. */
export const agrees = ({ difference, tolerance }: Comparison): boolean => difference <= tolerance;

const EPSILON = 2 ** -24;
const WINOGRAD = 10;
const DEVIATIONS = 6 * Math.SQRT2;

/** Compares what a competitor found with what we did. */
export function compare(workload: Workload, ours: Findings, theirs: Findings): Comparison {
  if (ours.kind === "result" && theirs.kind === "result") {
    const tolerance = toleranceOf(workload, sizeOfValues(ours.values));
    return compareValues("result", ours.values, theirs.values, tolerance);
  }
  if (ours.kind === "training" && theirs.kind === "training" && workload.kind === "train") {
    return worst([
      ...compareLosses(workload.model, workload.learningRate, ours, theirs),
      ...compareGradients(workload.model, ours, theirs),
    ]);
  }
  throw new Error(`[race] ${workload.name}: findings of another kind, ${ours.kind} and ${theirs.kind}.`);
}

/**
 * How far two results may differ.
 * @param size of the values
 */
function toleranceOf(workload: Workload, size: number): number {
  if (workload.kind === "augment") return augmentTolerance(workload);
  const deviation = workload.kind === "pass" ? passDeviation(workload) : modelDeviation(workload.model);
  // A pool takes values as they are; else there is the rounding of the last operations, too.
  return deviation === 0 ? 0 : (DEVIATIONS * deviation + 8 * EPSILON) * size;
}

/**
 * A coordinate is a·y + b·x + c, each term below twice the picture's side, added in float32: three products and sums, each
 * rounded to 2⁻²⁴ of a number of up to six sides. From one pixel to the next a value moves by at most 1, along both axes.
 */
const augmentTolerance = ({ inputShape: [, height, width] }: AugmentWorkload): number =>
  2 * 3 * EPSILON * 6 * Math.max(height, width);

function passDeviation(workload: PassWorkload): number {
  const { op, pass, inputShape, filterShape } = workload;
  const output = outputShapeOf(workload);
  if (op === "maxPool2d") return 0;
  if (op === "dense") {
    const terms = { forward: inputShape[1], backwardInput: filterShape[1] }[pass as string] ?? inputShape[0];
    return sumDeviation(terms);
  }
  const [rows, columns, inputs, outputs] = filterShape;
  const terms =
    { forward: rows * columns * inputs, backwardInput: rows * columns * outputs }[pass as string] ??
    output[0] * output[1] * output[2];
  return WINOGRAD * sumDeviation(terms);
}

const sumDeviation = (terms: number) => EPSILON * Math.sqrt(terms / 2);

/** Each layer hands on the errors of those before, and adds its own. */
function modelDeviation(model: ModelSpec): number {
  const squares = shapesOf(model).map(({ layer, filterShape }) => {
    const terms = filterShape.slice(0, -1).reduce((a, b) => a * b, 1);
    if (layer.kind === "conv2d") return (WINOGRAD * sumDeviation(terms)) ** 2;
    return layer.kind === "dense" ? sumDeviation(terms) ** 2 : 0;
  });
  return Math.sqrt(squares.reduce((a, b) => a + b, 0));
}

/** The size of values: the root of their mean square, those left out that a rectifier cut off. */
function sizeOfValues(values: Float32Array): number {
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (value === 0) continue;
    sum += value * value;
    count++;
  }
  return Math.sqrt(sum / Math.max(1, count));
}

/** Value by value. */
function compareValues(
  what: string,
  ours: Float32Array,
  theirs: Float32Array,
  tolerance: number,
): Comparison {
  if (ours.length !== theirs.length) return ofOtherLength(what, ours, theirs);
  let [largest, at] = [0, 0];
  for (let i = 0; i < ours.length; i++) {
    const difference = Math.abs(ours[i] - theirs[i]);
    if (difference <= largest) continue;
    [largest, at] = [difference, i];
    if (Number.isNaN(difference)) break;
  }
  return { difference: largest, tolerance, what: `${what}[${at}]: ${theirs[at]}, ours ${ours[at]}` };
}

const ofOtherLength = (what: string, ours: ArrayLike<unknown>, theirs: ArrayLike<unknown>): Comparison => ({
  difference: Number.NaN,
  tolerance: 0,
  what: `${what}: ${theirs.length} values, ours ${ours.length}`,
});

type Training = Extract<Findings, { kind: "training" }>;

/**
 * A gradient as a whole, by the length of the difference. Where a value is within its error of 0, or of another one in its
 * pooling window, a rectifier or a pool takes the other side. The density of standard values there is 0.4 (of a window's
 * three differences each 0.28), so with errors of √2·σ that is about 6·σ of the gradient's energy for each layer with
 * its pool, and the length of the difference its root. Twice that is allowed.
 */
function compareGradients(model: ModelSpec, ours: Training, theirs: Training): Comparison[] {
  const trained = shapesOf(model)
    .slice(model.frozenLayers)
    .filter(({ filterShape }) => filterShape.length > 0).length;
  const tolerance = 2 * Math.sqrt(6 * trained * modelDeviation(model));
  const [first, other] = [ours.gradients[0], theirs.gradients[0]];
  if (first.length !== other.length) return [ofOtherLength("gradients", first, other)];
  return first.map((gradient, i) => {
    const what = `gradient of weight ${i}, length of the difference`;
    if (gradient.length !== other[i].length) return ofOtherLength(what, gradient, other[i]);
    let [difference, length] = [0, 0];
    for (let k = 0; k < gradient.length; k++) {
      difference += (gradient[k] - other[i][k]) ** 2;
      length += gradient[k] ** 2;
    }
    return { difference: difference === 0 ? 0 : Math.sqrt(difference / length), tolerance, what };
  });
}

/**
 * The loss before the first step; a sample's moves less than the sigmoid's input, whose size is about 1. And the loss
 * before the second: RMSprop's first update of a weight is nearly the sign of its gradient, so where a gradient is within
 * its error of 0 the updates differ, and the loss by the sum of |gradient|·|difference of the updates|.
 */
function compareLosses(
  model: ModelSpec,
  learningRate: number,
  ours: Training,
  theirs: Training,
): Comparison[] {
  const base = (i: number) => DEVIATIONS * modelDeviation(model) * Math.max(1, ours.losses[i]);
  let moved = 0;
  ours.gradients[0].forEach((gradient, i) => {
    const other = theirs.gradients[0][i];
    for (let k = 0; k < gradient.length; k++) {
      const [mine, yours] = [gradient[k], other?.[k] ?? 0].map((g) => rmspropUpdate(0, g, learningRate)[1]);
      moved += Math.abs(gradient[k] * (mine - yours));
    }
  });
  return [0, 1].map((i) => ({
    difference: Math.abs(ours.losses[i] - theirs.losses[i]),
    tolerance: base(i) + i * moved,
    what: `loss before step ${i + 1}: ${theirs.losses[i]}, ours ${ours.losses[i]}`,
  }));
}

const RHO = 0.9;
const KERAS_EPSILON = 1e-7;

/** Keras 2's RMSprop: the new mean square, and what is taken off the weight. */
function rmspropUpdate(meanSquare: number, gradient: number, learningRate: number): [number, number] {
  const next = RHO * meanSquare + (1 - RHO) * gradient * gradient;
  return [next, (learningRate * gradient) / (Math.sqrt(next) + KERAS_EPSILON)];
}

/**
 * Are a competitor's trained weights those that Keras's RMSprop makes of its own gradients? Each update errs by a few
 * roundings of itself, and of the weight.
 * @param weights the trained ones before the two steps
 */
export function checkUpdates(
  { learningRate }: { readonly learningRate: number },
  weights: readonly Float32Array[],
  { gradients, weights: trained }: Training,
): Comparison {
  if (weights.length !== trained.length) return ofOtherLength("trained weights", weights, trained);
  return worst(
    weights.map((before, i) => {
      let found: Comparison = { difference: 0, tolerance: 1, what: "" };
      if (before.length !== trained[i].length) return ofOtherLength(`weight ${i}`, before, trained[i]);
      for (let k = 0; k < before.length; k++) {
        const [meanSquare, first] = rmspropUpdate(0, gradients[0][i][k], learningRate);
        const [, second] = rmspropUpdate(meanSquare, gradients[1][i][k], learningRate);
        const wanted = before[k] - first - second;
        const difference = Math.abs(trained[i][k] - wanted);
        const tolerance =
          EPSILON * (8 * Math.abs(before[k]) + 64 * (Math.abs(first) + Math.abs(second))) + 1e-30;
        if (difference / tolerance <= found.difference / found.tolerance) continue;
        found = {
          difference,
          tolerance,
          what: `weight ${i}[${k}]: ${trained[i][k]}, by its gradients ${wanted}`,
        };
        if (Number.isNaN(difference)) break;
      }
      return found;
    }),
  );
}

const none: Comparison = { difference: 0, tolerance: 0, what: "nothing" };

/** The one that is largest against what is allowed; one that is not a number is the worst. */
export function worst(comparisons: readonly Comparison[]): Comparison {
  const share = ({ difference, tolerance }: Comparison) => (difference === 0 ? 0 : difference / tolerance);
  return comparisons.reduce((a, b) => (Number.isNaN(share(a)) || share(a) >= share(b) ? a : b), none);
}
