import { describe, expect, it } from "vitest";
import {
  formatExponential,
  formatFixed,
  formatNumber,
  formatTemplate,
  formatTuple,
} from "./python-format.ts";

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

describe("formatNumber", () => {
  it.each([
    [0.1, "0.1"],
    [1, "1.0"],
    [0.00001, "1e-05"],
    [0.0001, "0.0001"],
    [1e16, "1e+16"],
    [1e15, "1000000000000000.0"],
    [123456789.5, "123456789.5"],
    [-0, "-0.0"],
    [Number.NaN, "nan"],
    [Number.POSITIVE_INFINITY, "inf"],
    [1e22, "1e+22"],
    [5e-324, "5e-324"],
  ])("prints %s as %s", (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});

describe("formatTemplate", () => {
  const fill = (template: string) =>
    formatTemplate("test", template, { epoch: 7 }, { val_loss: 0.125, loss: 0.00001, neg: -1.5 });

  it("fills in what Python's str.format does", () => {
    const template =
      "w.{epoch:02d}-{val_loss:.2f}.h5|{epoch}|{loss}|{{x}}|{loss:.3e}|{val_loss:08.3f}|{val_loss:8.1f}|{epoch:f}|{neg:07.2f}|{loss:e}";
    expect(fill(template)).toBe(
      "w.07-0.12.h5|7|1e-05|{x}|1.000e-05|0000.125|     0.1|7.000000|-001.50|1.000000e-05",
    );
  });

  it.each(["{val_loss:d}", "{val_loss:.2}", "{epoch:x}", "{loss:>5}"])("refuses %s", (template) => {
    expect(() => fill(template)).toThrow(`${template} is no format for a number that is known here`);
  });

  it.each(["{val_acc}", "{}"])("refuses %s, which has no value", (template) => {
    expect(() => fill(template)).toThrow("there are epoch, val_loss, loss, neg.");
  });
});
