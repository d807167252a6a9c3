import { describe, expect, it } from "vitest";
import { array } from "../testing/index.ts";
import {
  asColumn,
  checkArray,
  checkSamples,
  checkShape,
  concatenate,
  gather,
  inOrder,
  slice,
} from "./batch.ts";

describe("checkArray", () => {
  it("takes 32-bit floats with a shape", () => {
    const x = array([2, 3], [1, 2, 3, 4, 5, 6]);
    expect(checkArray("x", x)).toBe(x);
  });

  const want = "must be an array { shape, data: Float32Array }";
  it.each([
    [[[1, 2]], `[model] x ${want}, got Array: tensors and nested lists are not taken.`],
    [undefined, `[model] x ${want}, got undefined: tensors and nested lists are not taken.`],
    [
      { shape: [2], data: [1, 2] },
      "[model] x.data is of type Array, must be a Float32Array: Float32Array.from(data) makes one.",
    ],
    [
      { shape: [2], data: Uint8Array.of(1, 2) },
      "[model] x.data is of type Uint8Array, must be a Float32Array: Float32Array.from(data) makes one.",
    ],
    [
      { shape: [2], data: Float64Array.of(1, 2) },
      "[model] x.data is of type Float64Array, must be a Float32Array: Float32Array.from(data) makes one.",
    ],
    [
      { shape: [], data: Float32Array.of(1) },
      "[model] x.shape is [], must be a list of whole numbers, the samples first.",
    ],
    [
      { shape: 2, data: Float32Array.of(1, 2) },
      "[model] x.shape is 2, must be a list of whole numbers, the samples first.",
    ],
    [
      { shape: [2, 2], data: Float32Array.of(1, 2, 3) },
      "[model] x says shape (2, 2), which are 4 values, but holds 3.",
    ],
  ])("refuses %j", (value, message) => {
    expect(() => checkArray("x", value)).toThrow(new Error(message));
  });
});

describe("checkShape", () => {
  it("speaks as Keras", () => {
    const x = array([4, 3], Array(12).fill(0));
    expect(() => checkShape("input", "conv2d_1_input", [150, 150, 3], x)).toThrow(
      new Error(
        "Error when checking input: expected conv2d_1_input to have 4 dimensions, but got array with shape (4, 3)",
      ),
    );
    expect(() => checkShape("target", "dense_1", [1], x)).toThrow(
      new Error(
        "Error when checking target: expected dense_1 to have shape (1,) but got array with shape (3,)",
      ),
    );
    expect(() => checkShape("target", "dense_1", [3], x)).not.toThrow();
  });

  it("lets open sides be of any size", () => {
    expect(() =>
      checkShape("input", "x", [null, null, 1], array([1, 2, 3, 1], Array(6).fill(0))),
    ).not.toThrow();
    expect(() => checkShape("input", "x", [null, null, 3], array([1, 2, 3, 1], Array(6).fill(0)))).toThrow(
      "expected x to have shape (None, None, 3) but got array with shape (2, 3, 1)",
    );
  });
});

it("wants as many targets and weights as samples", () => {
  const x = array([3, 1], [1, 2, 3]);
  const two = array([2, 1], [1, 2]);
  expect(() => checkSamples({ x: [x], y: [two], sampleWeight: [] })).toThrow(
    new Error(
      "Input arrays should have the same number of samples as target arrays. Found 3 input samples and 2 target samples.",
    ),
  );
  expect(() => checkSamples({ x: [x], y: [], sampleWeight: [array([2], [1, 2])] })).toThrow(
    new Error(
      "Found a sample_weight array with shape (2,) for an input with shape (3, 1). sample_weight cannot be broadcast.",
    ),
  );
  expect(() => checkSamples({ x: [x, two], y: [], sampleWeight: [] })).toThrow(
    "All input arrays should have the same number of samples. Got array shapes: (3, 1), (2, 1)",
  );
  const nothing = { x: [array([0, 1], [])], y: [], sampleWeight: [] };
  expect(() => checkSamples(nothing)).toThrow("[model] there are no samples");
});

describe("inOrder", () => {
  const [a, b] = [array([1], [1]), array([1], [2])];
  const two = (given: unknown) => inOrder("input", ["left", "right"], given);

  it("takes one array, a list, or arrays by name", () => {
    expect(inOrder("input", ["left"], a)).toEqual([a]);
    expect(two([a, b])).toEqual([a, b]);
    expect(two({ right: b, left: a })).toEqual([a, b]);
    expect(inOrder("sample_weight", ["left", "right"], { right: b })).toEqual([undefined, b]);
  });

  it.each([
    [
      "one of two",
      a,
      "Error when checking model input: the list of arrays that you are passing to your model is not the size the " +
        "model expected. Expected to see 2 array(s), for left, right, but instead got 1.",
    ],
    ["a missing name", { left: a }, 'No data provided for "right". Need data for each key in: left, right.'],
    [
      "another name",
      { left: a, rigth: b },
      'Unknown entry in input dictionary: "rigth". Only expected the following keys: left, right.',
    ],
  ])("refuses %s", (_, given, message) => {
    expect(() => two(given)).toThrow(new Error(message));
  });
});

it("takes samples out of all arrays of a batch", () => {
  const batch = {
    x: [array([3, 2], [1, 2, 3, 4, 5, 6])],
    y: [array([3], [7, 8, 9])],
    sampleWeight: [undefined, array([3], [0.1, 0.2, 0.3])],
  };
  expect(slice(batch, 1, 3)).toEqual({
    x: [array([2, 2], [3, 4, 5, 6])],
    y: [array([2], [8, 9])],
    sampleWeight: [undefined, array([2], [0.2, 0.3])],
  });
  expect(gather(batch, Int32Array.of(2, 0))).toEqual({
    x: [array([2, 2], [5, 6, 1, 2])],
    y: [array([2], [9, 7])],
    sampleWeight: [undefined, array([2], [0.3, 0.1])],
  });
});

it("makes a column of a list, and joins results", () => {
  expect(asColumn(array([2], [1, 2])).shape).toEqual([2, 1]);
  expect(asColumn(array([2, 1, 1], [1, 2])).shape).toEqual([2, 1, 1]);
  const parts = [array([2, 1], [1, 2]), array([1, 1], [3])];
  expect(concatenate(parts)).toEqual(array([3, 1], [1, 2, 3]));
  expect(() => concatenate([parts[0], array([1, 2], [3, 4])])).toThrow(
    "[predict] the batches give results of different shapes, (1,) and (2,)",
  );
});
