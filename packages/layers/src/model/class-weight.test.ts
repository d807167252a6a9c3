import { describe, expect, it } from "vitest";
import { array } from "../testing/index.ts";
import { weighClasses } from "./class-weight.ts";

const batch = (y: ReturnType<typeof array>, sampleWeight?: ReturnType<typeof array>) => ({
  x: array([y.shape[0], 1], Array(y.shape[0]).fill(0)),
  y,
  sampleWeight,
});

describe("weighClasses", () => {
  it("weighs class numbers and one-hot rows", () => {
    const weights = { 0: 1, 1: 5, 2: 0.5 };
    expect(weighClasses(batch(array([3, 1], [2, 0, 1])), weights).sampleWeight).toEqual(
      array([3], [0.5, 1, 5]),
    );
    expect(weighClasses(batch(array([2, 3], [0, 1, 0, 0, 0, 1])), weights).sampleWeight).toEqual(
      array([2], [5, 0.5]),
    );
  });

  it("multiplies with the weights of the samples", () => {
    const { sampleWeight } = weighClasses(batch(array([2, 1], [0, 1]), array([2], [3, 4])), { 0: 1, 1: 2 });
    expect(sampleWeight).toEqual(array([2], [3, 8]));
  });

  it("leaves a batch alone where there are none", () => {
    const given = batch(array([2, 1], [0, 1]));
    expect(weighClasses(given, undefined)).toBe(given);
  });

  it("wants a weight for each class", () => {
    expect(() => weighClasses(batch(array([3, 1], [0, 2, 2])), { 0: 1, 1: 1 })).toThrow(
      new Error(
        "`class_weight` must contain all classes in the data. The classes {2} exist in the data but not in `class_weight`.",
      ),
    );
    expect(() => weighClasses(batch(array([1, 1, 2], [0, 1])), { 0: 1 })).toThrow(
      "`class_weight` not supported for 3+ dimensional targets: y has the shape (1, 1, 2).",
    );
  });
});
