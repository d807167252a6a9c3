import { expect } from "vitest";

/**
 * How far a result may be off: |got − wanted| ≤ absolute + relative·|wanted|.
 *
 * For a sum of n terms of size m in float32, one after the other: after k terms the sum is about m·√k, and adding the
 * next rounds it by up to 2⁻²⁴ of that. These errors add like a random walk, to a standard deviation of at most
 * 2⁻²⁴·m·√(1+2+…+n) ≈ 2⁻²⁴·m·n/√2. Four of them, and eight roundings for what comes before and after, are the bound;
 * `terms` and `magnitude` say n and m.
 *
 * Where both factors of a term were rounded to float16, each is off by up to 2⁻¹¹ of itself, evenly: a standard deviation
 * of 2⁻¹¹/√3. Over the terms these errors add to 2⁻¹¹·m·√(2n/3). Four of them come on top.
 */
export interface Tolerance {
  readonly absolute?: number;
  readonly relative?: number;
  /** Terms of the sum behind each value; default 1. */
  readonly terms?: number;
  /** Size of one term; default 1. */
  readonly magnitude?: number;
  /** Whether the factors of the terms were rounded to float16; default false. */
  readonly isHalf?: boolean;
}

const EPSILON = 2 ** -24;
const HALF_EPSILON = 2 ** -11;

/** Fails with the place and size of the worst error where a value is outside the tolerance, or is not a number. */
export function expectClose(
  got: ArrayLike<number>,
  wanted: ArrayLike<number>,
  tolerance: Tolerance = {},
): void {
  expect(got.length, "number of values").toBe(wanted.length);
  const { terms = 1, magnitude = 1, relative = 8 * EPSILON, isHalf = false } = tolerance;
  const ofHalves = isHalf ? 4 * Math.sqrt((2 * terms) / 3) * HALF_EPSILON : 0;
  const absolute = tolerance.absolute ?? ((8 + (4 / Math.SQRT2) * terms) * EPSILON + ofHalves) * magnitude;
  let worst = { index: -1, excess: 0 };
  for (let i = 0; i < wanted.length; i++) {
    if (Object.is(got[i], wanted[i]) || got[i] === wanted[i]) continue;
    const excess = Math.abs(got[i] - wanted[i]) / (absolute + relative * Math.abs(wanted[i]));
    if (!(excess <= 1) && !(excess <= worst.excess)) worst = { index: i, excess };
  }
  if (worst.index >= 0) {
    const { index, excess } = worst;
    expect.fail(
      `value ${index} is ${got[index]}, wanted ${wanted[index]}: ${excess.toFixed(1)} times the tolerance`,
    );
  }
}
