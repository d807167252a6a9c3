import { describe, expect, it } from "vitest";
import { formatExponential, formatFixed, formatTuple } from "./python-format.ts";

// The expected texts are printed by Python 3.
describe("formatFixed", () => {
  it.each([
    [0.5, 0, "0"],
    [1.5, 0, "2"],
    [2.5, 0, "2"],
    [2.500001, 0, "3"],
    [-2.5, 0, "-2"],
    [373.4, 0, "373"],
    [0.69037, 4, "0.6904"],
    [0.03125, 4, "0.0312"],
    [0.09375, 4, "0.0938"],
    [1.03125, 4, "1.0312"],
    [0.00005, 4, "0.0001"],
    [16.118095, 4, "16.1181"],
    [-0.25, 4, "-0.2500"],
    [Number.NaN, 4, "nan"],
    [Number.POSITIVE_INFINITY, 4, "inf"],
    [Number.NEGATIVE_INFINITY, 4, "-inf"],
  ])("%s with %i decimals is %s", (value, digits, text) => {
    expect(formatFixed(value, digits)).toBe(text);
  });
});

describe("formatExponential", () => {
  it.each([
    [0.000012345, "1.2345e-05"],
    [0.001, "1.0000e-03"],
    [0, "0.0000e+00"],
    [-0.00056789, "-5.6789e-04"],
    [1e-120, "1.0000e-120"],
    [1.5e12, "1.5000e+12"],
    [Number.NaN, "nan"],
  ])("%s is %s", (value, text) => {
    expect(formatExponential(value, 4)).toBe(text);
  });
});

describe("formatTuple", () => {
  it.each([
    [[null, 150, 150, 3], "(None, 150, 150, 3)"],
    [[null], "(None,)"],
    [[1], "(1,)"],
    [[], "()"],
  ])("%j is %s", (shape, text) => {
    expect(formatTuple(shape)).toBe(text);
  });
});
