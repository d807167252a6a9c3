import { type Device, formatShape, type NdArray, type Scope, sizeOf, type Tensor } from "@convscope/kernels";
import { RandomStream } from "@convscope/kernels/philox";
import { Tape } from "../tape.ts";
import type { Variable } from "../variable.ts";

/** The values at which a gradient is checked. */
export interface GradientInput extends NdArray {
  readonly name: string;
  /** True for what gets no gradient, such as a target. */
  readonly isConstant?: boolean;
}

/** A computation, and where to check its gradient. */
export interface GradientCase {
  /** For messages: `conv2d, 3×3, stride 2`. */
  readonly name: string;
  readonly inputs: readonly GradientInput[];
  /** Records the computation: its result is a loss, or anything else of any shape. */
  readonly record: (tape: Tape, inputs: readonly Variable[]) => Variable;
  /**
   * h, a power of two; default 2⁻⁶. Inputs move by up to 2h: where the computation has a kink (relu, max), they must be
   * farther from it than that.
   */
  readonly step?: number;
}

/** The derivative along one direction, by the tape and by central differences. */
export interface Derivative {
  /** The input that moved. */
  readonly input: string;
  /** How it moved: one element, as `[0,2,1]`, or all of them at random, as ` along random signs 1`. */
  readonly along: string;
  readonly numeric: number;
  readonly analytic: number;
  /** How far the two may be apart. */
  readonly tolerance: number;
}

export interface GradientReport {
  readonly name: string;
  readonly derivatives: readonly Derivative[];
  /** What is wrong, a message each; empty for a right gradient. */
  readonly failures: readonly string[];
}

const DEFAULT_STEP = 2 ** -6;
/** Directions through all elements of an input at once. */
const RANDOM_DIRECTIONS = 2;
/** Half of float32's rounding step at 1. */
const EPSILON = 2 ** -24;
/** Of one result, beside its additions: WGSL lets exp be off by 3 + 2|x| units in the last place, and log by 2⁻²¹. */
const ROUNDINGS = 24;
/** A tolerance that is wider than this share of the gradient would let too much pass. */
const WIDEST = 0.05;

/**
 * Checks the tape's gradient g of f = Σ dy·y (dy at random; for a loss, f = y) by central differences. Along a
 * direction u of one input, with D(h) = (f(x + hu) − f(x − hu))/2h,
 *
 *     (4·D(h) − D(2h))/3  ≈  Σ g·u        within        T + R
 *
 * T = |D(h) − D(2h)|/3 is what the left side corrects in D(h): its truncation error h²/6·f‴. What is left is of the next
 *   order, h⁴, and smaller. For a computation that is linear in each input (conv2d, dense, pooling) it is nothing.
 * R is the rounding. A sum of K terms has an error of e = ε·(24 + 4·√(K/2))·rms(y) (see the kernels' expect-close), K
 *   being at most the elements of the largest input. y is summed up in float64, so the errors of its elements are all
 *   there is; they are independent, and in the left side, of weights 8/12h and 1/12h, add up to
 *   R = √(2·8² + 2·1²)/12h · e · √Σdy², over the elements of y that change at all (the others are equal to the bit);
 *   and then that of g, likewise, of at most as many terms as y has elements.
 *
 * T falls and R rises as h gets smaller: for h²/6 ≈ ε/h, near 2⁻⁷, they meet. T being corrected, h is 2⁻⁶. x is
 * rounded to multiples of h/1024 first, so that x ± 2hu is exact in float32 (for |x| < 2¹³·h).
 *
 * The directions: all elements at once by random signs, twice, which sees an error anywhere, and three single elements,
 * the corners first and last, where borders go wrong. Where T + R is more than 5 % of rms(g)·|u| the check would say
 * nothing, and fails too: most likely an input is near a kink.
 */
export async function gradientCheck(device: Device, check: GradientCase): Promise<GradientReport> {
  const step = check.step ?? DEFAULT_STEP;
  const inputs = check.inputs.map((input) =>
    input.isConstant ? input : { ...input, data: onGrid(input, step) },
  );
  const random = new RandomStream(0, "test");

  using tape = new Tape(device);
  const variables = inputs.map((input) => tape.variable(upload(tape, input), !input.isConstant));
  const root = check.record(tape, variables);
  const dy = tape.makerOf(root)?.op.isLoss ? undefined : randomLike(root.tensor.shape, random);
  const gradients = tape.backward(root, dy && upload(tape, dy));
  const weights = dy?.data ?? Float32Array.of(1);
  const terms = Math.max(...inputs.map(({ data }) => data.length));

  using memory = device.scope();
  /** y where input i has other values. The read is recorded before the next step writes over it. */
  const evaluate = (i: number, data: Float32Array): Promise<NdArray> => {
    using moved = new Tape(device, memory);
    const values = inputs.map((input, j) =>
      moved.variable(upload(moved, j === i ? { ...input, data } : input)),
    );
    return device.read(check.record(moved, values).tensor);
  };

  const derivatives: Derivative[] = [];
  const failures: string[] = [];
  for (const [i, input] of inputs.entries()) {
    if (input.isConstant) continue;
    const gradientTensor = gradients.get(variables[i]);
    if (!gradientTensor) {
      failures.push(`[gradient check] ${check.name}: the tape has no gradient for ${input.name}.`);
      continue;
    }
    const directions = directionsOf(input, random);
    const [gradient, ...results] = await Promise.all([
      device.read(gradientTensor),
      ...directions.map(({ signs }) =>
        Promise.all(
          STENCIL.map((k) =>
            evaluate(
              i,
              input.data.map((value, at) => value + k * step * signs[at]),
            ),
          ),
        ),
      ),
    ]);
    directions.forEach(({ along, signs }, at) => {
      const { numeric, truncation, rounding } = centralDifference(results[at], weights, step, terms);
      const analytic = dot(gradient.data, signs);
      // √n·rms(g) of a direction that moves n elements: the size of an analytic derivative of random signs.
      const scale = rms(gradient.data) * Math.sqrt(dot(signs, signs));
      const tolerance = truncation + rounding + roundingError(weights.length) * scale;
      const derivative = { input: input.name, along, numeric, analytic, tolerance };
      derivatives.push(derivative);
      const failure = failureOf(derivative, scale, step);
      if (failure) failures.push(`[gradient check] ${check.name}: ${failure}`);
    });
  }
  return { name: check.name, derivatives, failures };
}

/** Where y is looked at, in steps. */
const STENCIL = [-2, -1, 1, 2] as const;

/** (4·D(h) − D(2h))/3 of Σ dy·y, from y at the four places of the stencil. */
function centralDifference(
  [far, near, nearAfter, farAfter]: readonly NdArray[],
  dy: Float32Array,
  step: number,
  terms: number,
) {
  let narrow = 0;
  let wide = 0;
  let changing = 0;
  dy.forEach((weight, j) => {
    const [a, b, c, d] = [far.data[j], near.data[j], nearAfter.data[j], farAfter.data[j]];
    narrow += (weight * (c - b)) / (2 * step);
    wide += (weight * (d - a)) / (4 * step);
    if (a !== b || b !== c || c !== d) changing += weight ** 2;
  });
  const error = roundingError(terms) * rms(near.data);
  return {
    numeric: (4 * narrow - wide) / 3,
    truncation: Math.abs(narrow - wide) / 3,
    rounding: (Math.sqrt(2 * 8 ** 2 + 2) / (12 * step)) * error * Math.sqrt(changing),
  };
}

/** The error of a sum of so many terms, as a share of its size. */
function roundingError(terms: number): number {
  return EPSILON * (ROUNDINGS + 4 * Math.sqrt(terms / 2));
}

/** @param scale the size that the derivative would have for random values */
function failureOf(derivative: Derivative, scale: number, step: number): string | undefined {
  const { input, along, numeric, analytic, tolerance } = derivative;
  const says = (value: number) => String(Number(value.toPrecision(6)));
  const numbers =
    `d/d ${input}${along} is ${says(analytic)} on the tape, ` +
    `${says(numeric)} ± ${Number(tolerance.toPrecision(2))} by central differences`;
  if (!(Math.abs(numeric - analytic) <= tolerance)) {
    const reach = Number((2 * step).toPrecision(1));
    return `${numbers}: the backward is wrong for ${input}, or there is a kink within ${reach} of it.`;
  }
  if (tolerance > WIDEST * scale) {
    return (
      `${numbers}: too inexact to tell anything. ` +
      "Choose values farther from a kink, a smaller step for a steep computation, or a larger one for large values."
    );
  }
  return undefined;
}

interface Direction {
  readonly along: string;
  /** How each element moves: by 1, −1 or 0 steps. */
  readonly signs: Float32Array;
}

function directionsOf({ shape, data: { length } }: NdArray, random: RandomStream): Direction[] {
  const singles = new Set([0, length - 1, random.integer(length)]);
  const directions = [...singles].map((index) => {
    const signs = new Float32Array(length);
    signs[index] = 1;
    return { along: formatShape(placeOf(index, shape)), signs };
  });
  if (length === 1) return directions;
  for (let i = 1; i <= RANDOM_DIRECTIONS; i++) {
    const signs = Float32Array.from({ length }, () => (random.integer(2) === 0 ? -1 : 1));
    directions.push({ along: ` along random signs ${i}`, signs });
  }
  return directions;
}

/** The indices along each axis of the element at a place of the row-major array. */
function placeOf(index: number, shape: readonly number[]): number[] {
  let rest = index;
  return shape
    .toReversed()
    .map((extent) => {
      const at = rest % extent;
      rest = Math.floor(rest / extent);
      return at;
    })
    .reverse();
}

/** Values of which x ± 2h is exact. */
function onGrid({ data }: NdArray, step: number): Float32Array {
  const grid = step / 1024;
  return data.map((value) => Math.round(value / grid) * grid);
}

function randomLike(shape: readonly number[], random: RandomStream): NdArray {
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => random.uniform(-1, 1)) };
}

function upload(scope: Scope, { shape, data }: NdArray): Tensor {
  const tensor = scope.tensor(shape);
  scope.device.write(tensor, data);
  return tensor;
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

function rms(values: Float32Array): number {
  return Math.sqrt(dot(values, values) / values.length);
}
