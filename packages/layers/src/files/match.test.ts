import { describe, expect, it } from "vitest";
import {
  type MatchTarget,
  matchWeights,
  type SavedModel,
  type SavedWeight,
  transformWeight,
} from "./index.ts";

const array = (name: string, shape: number[]): SavedWeight => ({
  name,
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
});

const saved = (layers: SavedModel["layers"], more: Partial<SavedModel> = {}): SavedModel => ({
  format: "weights-h5",
  kerasVersion: "2.3.1",
  backend: "tensorflow",
  layers,
  ...more,
});

const dense = (layer: string, inputs: number, units: number): MatchTarget => ({
  layer,
  className: "Dense",
  weights: [
    { name: `${layer}/kernel:0`, shape: [inputs, units] },
    { name: `${layer}/bias:0`, shape: [units] },
  ],
});

const layerOf = ({ layer, weights }: MatchTarget) => ({
  name: layer,
  weights: weights.map(({ name, shape }) => array(name, [...shape])),
});

/** `weight <- array of the file`. */
const pairs = (...args: Parameters<typeof matchWeights>) =>
  matchWeights(...args).assignments.map(({ weight, saved }) => `${weight.name} <- ${saved.name}`);

describe("in order", () => {
  it("layers without weights count on neither side; names do not", () => {
    const file = saved([
      layerOf(dense("a", 2, 3)),
      { name: "flatten", weights: [] },
      layerOf(dense("b", 3, 1)),
    ]);
    const model = [dense("x", 2, 3), dense("y", 3, 1), { layer: "z", weights: [] }];
    expect(pairs(file, model)).toEqual([
      "x/kernel:0 <- a/kernel:0",
      "x/bias:0 <- a/bias:0",
      "y/kernel:0 <- b/kernel:0",
      "y/bias:0 <- b/bias:0",
    ]);
  });

  it("Keras's errors", () => {
    const file = saved([layerOf(dense("a", 2, 3)), layerOf(dense("b", 3, 1))]);
    expect(() => matchWeights(file, [dense("a", 2, 3)])).toThrow(
      "[loadWeights] You are trying to load a weight file containing 2 layers into a model with 1 layers. Only in the file: b.",
    );
    const bare = { ...dense("b", 3, 1), weights: dense("b", 3, 1).weights.slice(0, 1) };
    expect(() => matchWeights(file, [dense("a", 2, 3), bare])).toThrow(
      'Layer #1 (named "b" in the current model) was found to correspond to layer b in the save file. However the new ' +
        "layer b expects 1 weights, but the saved weights have 2 elements.",
    );
    expect(() => matchWeights(file, [dense("a", 2, 3), dense("b", 4, 1)])).toThrow(
      'Layer #1 (named "b"), weight b/kernel:0 has shape (4, 1), but the saved weight b/kernel:0 has shape (3, 1).',
    );
    expect(() => matchWeights(file, [], { skipMismatch: true })).toThrow("needs byName: true");
  });
});

describe("by name", () => {
  const file = saved([layerOf(dense("a", 2, 3)), layerOf(dense("b", 3, 1))]);

  it("layers that the file does not have are left alone, and the other way round", () => {
    expect(pairs(file, [dense("new", 9, 9), dense("b", 3, 1)], { byName: true })).toEqual([
      "b/kernel:0 <- b/kernel:0",
      "b/bias:0 <- b/bias:0",
    ]);
  });

  it("mismatches are errors, or warnings", () => {
    const model = [dense("a", 2, 3), dense("b", 4, 1)];
    expect(() => matchWeights(file, model, { byName: true })).toThrow(
      'Layer #1 (named "b"), weight b/kernel:0',
    );
    const { assignments, warnings } = matchWeights(file, model, { byName: true, skipMismatch: true });
    expect(assignments.map(({ weight }) => weight.name)).toEqual(["a/kernel:0", "a/bias:0", "b/bias:0"]);
    expect(warnings).toEqual([
      "Skipping loading of weights for layer b due to mismatch in shape ((4, 1) vs (3, 1)).",
    ]);
    const bare = { ...dense("b", 3, 1), weights: dense("b", 3, 1).weights.slice(0, 1) };
    expect(() => matchWeights(file, [bare], { byName: true })).toThrow(
      'Layer #1 (named "b") expects 1 weight(s), but the saved weights have 2 element(s).',
    );
    expect(matchWeights(file, [bare], { byName: true, skipMismatch: true }).warnings).toEqual([
      "Skipping loading of weights for layer b due to mismatch in number of weights (1 vs 2).",
    ]);
  });
});

describe("nested models", () => {
  const nested = (names: string[]): MatchTarget => ({
    layer: "vgg16",
    weights: names.map((name) => ({ name, shape: [2] })),
  });

  it("go by the names in weight_names, whatever was trainable when they were saved", () => {
    const inFile = ["block5/kernel:0", "block5/bias:0", "block1/kernel:0", "block1/bias:0"];
    const inModel = ["block1/kernel:0", "block1/bias:0", "block5/kernel:0", "block5/bias:0"];
    const file = saved([layerOf(nested(inFile))]);
    const result = matchWeights(file, [nested(inModel)]);
    expect(result.assignments.map(({ saved }) => saved.name)).toEqual(inModel);
    expect(result.warnings).toEqual([]);
  });

  it("whichever Keras named them", () => {
    const model = [nested(["block1/kernel:0", "block1/bias:0"])];
    for (const names of [
      ["block1/block1_b_1:0", "block1/block1_W_1:0"],
      ["vgg16/block1/bias", "vgg16/block1/kernel"],
    ]) {
      const file = saved([layerOf(nested(names))]);
      expect(pairs(file, model)).toEqual([`block1/kernel:0 <- ${names[1]}`, `block1/bias:0 <- ${names[0]}`]);
    }
  });

  it("by order where the names are others, and a warning says so", () => {
    const file = saved([layerOf(nested(["conv2d_1/kernel:0", "conv2d_2/kernel:0"]))]);
    const result = matchWeights(file, [nested(["conv2d_2/kernel:0", "conv2d_3/kernel:0"])]);
    expect(result.assignments.map(({ saved }) => saved.name)).toEqual([
      "conv2d_1/kernel:0",
      "conv2d_2/kernel:0",
    ]);
    expect(result.warnings[0]).toContain("loaded in order");
  });
});

describe("kernels of convolutions", () => {
  const conv = (shape: number[]): MatchTarget[] => [{ layer: "c", weights: [{ name: "c/kernel:0", shape }] }];
  const only = (file: SavedModel, shape: number[]) => matchWeights(file, conv(shape)).assignments[0];

  it("Theano's are turned by 180 degrees", () => {
    const file = saved([{ name: "c", weights: [array("c/kernel:0", [2, 2, 1, 2])] }], { backend: "theano" });
    const assignment = only(file, [2, 2, 1, 2]);
    expect(assignment.transforms).toEqual(["rotate180"]);
    expect([...transformWeight(assignment)]).toEqual([6, 7, 4, 5, 2, 3, 0, 1]);
  });

  it("OIHW becomes HWIO where the shapes say so, and where Keras 1 does", () => {
    // [o, i, h, w] = [3, 1, 1, 2]: the value at o, w is 2 o + w.
    const kernel = [{ name: "c", weights: [array("c_W", [3, 1, 1, 2])] }];
    const assignment = only(saved(kernel), [1, 2, 1, 3]);
    expect(assignment.transforms).toEqual(["oihwToHwio"]);
    expect([...transformWeight(assignment)]).toEqual([0, 2, 4, 1, 3, 5]);
    const square = [{ name: "c", weights: [array("c_W", [2, 2, 2, 2])] }];
    const ordering = (dim_ordering: string) =>
      saved(square, {
        kerasVersion: undefined,
        backend: undefined,
        modelConfig: {
          class_name: "Sequential",
          config: [{ class_name: "Convolution2D", config: { name: "c", dim_ordering } }],
        },
      });
    expect(only(ordering("th"), [2, 2, 2, 2]).transforms).toEqual(["oihwToHwio"]);
    expect(only(ordering("tf"), [2, 2, 2, 2]).transforms).toEqual([]);
    expect(
      only(saved(square, { kerasVersion: undefined, backend: undefined }), [2, 2, 2, 2]).transforms,
    ).toEqual([]);
  });

  it("depthwise kernels and matrices stay as they are", () => {
    const target = [{ layer: "d", weights: [{ name: "d/depthwise_kernel:0", shape: [3, 3, 2, 1] }] }];
    const file = saved([layerOf(target[0])], { backend: "theano" });
    expect(matchWeights(file, target).assignments[0].transforms).toEqual([]);
    const matrix = matchWeights(saved([layerOf(dense("a", 2, 2))], { backend: "theano" }), [
      dense("a", 2, 2),
    ]);
    expect(matrix.assignments[0].transforms).toEqual([]);
  });
});

describe("files that are not in the model's order", () => {
  it("tfjs and safetensors go by the arrays' names, also into nested models", () => {
    const file = saved(
      [
        { name: "b", weights: [array("b/kernel", [3, 1]), array("b/bias", [1])] },
        { name: "a", weights: [array("a/bias", [3]), array("a/kernel", [2, 3])] },
      ],
      { format: "tfjs" },
    );
    const base = { layer: "base", weights: dense("a", 2, 3).weights };
    expect(pairs(file, [base, dense("b", 3, 1)])).toEqual([
      "a/kernel:0 <- a/kernel",
      "a/bias:0 <- a/bias",
      "b/kernel:0 <- b/kernel",
      "b/bias:0 <- b/bias",
    ]);
    expect(() => matchWeights(file, [dense("c", 2, 3)])).toThrow(
      "containing 2 layers into a model with 1 layers",
    );
  });

  it(".weights.h5 of Keras 3 goes by class and counter", () => {
    const names = ["dense", "dense_1", "dense_10"];
    const file = saved(
      names.map((name, i) => ({
        name,
        weights: [array(`${name}/var0`, [i + 1, 1]), array(`${name}/var1`, [1])],
      })),
      { format: "keras3-weights" },
    );
    const model = Array.from({ length: 11 }, (_, k) => {
      const i = [0, 1, 10].indexOf(k);
      return i < 0 ? { layer: `l${k}`, className: "Dense", weights: [] } : dense(`l${k}`, i + 1, 1);
    });
    expect(pairs(file, model).filter((pair) => pair.includes("kernel"))).toEqual([
      "l0/kernel:0 <- dense/var0",
      "l1/kernel:0 <- dense_1/var0",
      "l10/kernel:0 <- dense_10/var0",
    ]);
    const nested = [{ layer: "m", className: "Model", weights: dense("x", 1, 1).weights }];
    expect(() => matchWeights(file, nested)).toThrow(
      "does not tell which layer is m: save the model as .keras",
    );
  });
});
