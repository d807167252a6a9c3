import { describe, expect, it } from "vitest";
import { array } from "../testing/index.ts";
import { weighClasses } from "./class-weight.ts";

const batch = (y: ReturnType<typeof array>, sampleWeight?: ReturnType<typeof array>) => ({
  x: [array([y.shape[0], 1], Array(y.shape[0]).fill(0))],
  y: [y],
  sampleWeight: [sampleWeight],
});

const weighed = (given: ReturnType<typeof batch>, classWeight: Parameters<typeof weighClasses>[2]) =>
  weighClasses(given, ["out"], classWeight);

describe("weighClasses", () => {
  it("takes weights for each of several outputs, in order or by name", () => {
    const y = array([2, 1], [0, 1]);
    const two = { ...batch(y), y: [y, y], sampleWeight: [] };
    const weighTwo = (weights: Parameters<typeof weighClasses>[2]) =>
      weighClasses(two, ["a", "b"], weights).sampleWeight.map((array) => array && [...array.data]);
    expect(
      weighTwo([
        { 0: 1, 1: 2 },
        { 0: 3, 1: 4 },
      ]),
    ).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(weighTwo({ b: { 0: 3, 1: 4 } })).toEqual([undefined, [3, 4]]);
    expect(() => weighTwo({ 0: 1, 1: 2 })).toThrow(
      'Unknown entry in class_weight dictionary: "0". Only expected the following keys: a, b.',
    );
  });

  it("weighs class numbers and one-hot rows", () => {
    const weights = { 0: 1, 1: 5, 2: 0.5 };
    expect(weighed(batch(array([3, 1], [2, 0, 1])), weights).sampleWeight[0]).toEqual(
      array([3], [0.5, 1, 5]),
    );
    expect(weighed(batch(array([2, 3], [0, 1, 0, 0, 0, 1])), weights).sampleWeight[0]).toEqual(
      array([2], [5, 0.5]),
    );
  });

  it("multiplies with the weights of the samples", () => {
    const {
      sampleWeight: [sampleWeight],
    } = weighed(batch(array([2, 1], [0, 1]), array([2], [3, 4])), { 0: 1, 1: 2 });
    expect(sampleWeight).toEqual(array([2], [3, 8]));
  });

  it("leaves a batch alone where there are none", () => {
    const given = batch(array([2, 1], [0, 1]));
    expect(weighed(given, undefined)).toBe(given);
  });

  it("wants a weight for each class", () => {
    expect(() => weighed(batch(array([3, 1], [0, 2, 2])), { 0: 1, 1: 1 })).toThrow(
      new Error(
        "`class_weight` must contain all classes in the data. The classes {2} exist in the data but not in `class_weight`.",
      ),
    );
    expect(() => weighed(batch(array([1, 1, 2], [0, 1])), { 0: 1 })).toThrow(
      "`class_weight` not supported for 3+ dimensional targets: y has the shape (1, 1, 2).",
    );
  });
});
