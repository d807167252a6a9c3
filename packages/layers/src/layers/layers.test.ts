import { describe, expect, it } from "vitest";
import { constant } from "../initializers.ts";
import type { Layer, Shape } from "../layer.ts";
import { resetUids } from "../names.ts";
import { Conv2D, type Conv2DOptions } from "./conv2d.ts";
import { Activation, Dropout, Flatten, Reshape } from "./core.ts";
import { Dense } from "./dense.ts";
import { InputLayer } from "./input.ts";
import { AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D } from "./pooling.ts";

const shapeOf = (layer: Layer, inputShape: Shape) => layer.build(inputShape, 0, 0);

describe("the shape of a result", () => {
  it.each<[string, Layer, Shape, Shape]>([
    ["Conv2D valid", new Conv2D({ filters: 32, kernelSize: 3 }), [150, 150, 3], [148, 148, 32]],
    [
      "Conv2D same",
      new Conv2D({ filters: 4, kernelSize: [3, 5], strides: 2, padding: "same" }),
      [9, 8, 3],
      [5, 4, 4],
    ],
    ["Conv2D strided", new Conv2D({ filters: 2, kernelSize: [2, 3], strides: [2, 1] }), [7, 7, 1], [3, 5, 2]],
    ["Conv2D dilated", new Conv2D({ filters: 2, kernelSize: 3, dilationRate: 2 }), [9, 9, 1], [5, 5, 2]],
    ["Conv2D of any size", new Conv2D({ filters: 2, kernelSize: 3 }), [null, 9, 3], [null, 7, 2]],
    ["MaxPooling2D drops the odd border", new MaxPooling2D(), [15, 15, 128], [7, 7, 128]],
    ["MaxPooling2D same", new MaxPooling2D({ poolSize: 2, padding: "same" }), [15, 15, 8], [8, 8, 8]],
    ["MaxPooling2D strides", new MaxPooling2D({ poolSize: 3, strides: 1 }), [5, 6, 1], [3, 4, 1]],
    ["AveragePooling2D", new AveragePooling2D({ poolSize: [1, 2], strides: null }), [5, 6, 1], [5, 3, 1]],
    ["AveragePooling2D of any size", new AveragePooling2D(), [null, null, 4], [null, null, 4]],
    ["GlobalAveragePooling2D", new GlobalAveragePooling2D(), [null, null, 4], [4]],
    ["GlobalMaxPooling2D", new GlobalMaxPooling2D(), [5, 6, 4], [4]],
    ["Flatten", new Flatten(), [7, 7, 128], [6272]],
    ["Reshape", new Reshape({ targetShape: [2, -1] }), [3, 4], [2, 6]],
    ["Reshape of any size", new Reshape({ targetShape: [-1, 4] }), [null, null, 4], [null, 4]],
    ["Dense", new Dense({ units: 5 }), [7], [5]],
    ["Dense on the last axis", new Dense({ units: 5 }), [2, null, 7], [2, null, 5]],
    ["Dropout", new Dropout({ rate: 0.5 }), [7, 7, 2], [7, 7, 2]],
    ["Activation", new Activation({ activation: "relu" }), [3], [3]],
    ["InputLayer", new InputLayer({ inputShape: [3] }), [3], [3]],
  ])("%s", (_, layer, inputShape, outputShape) => {
    expect(shapeOf(layer, inputShape)).toEqual(outputShape);
    expect(layer.outputShape).toEqual(outputShape);
    expect(layer.inputShape).toEqual(inputShape);
  });
});

describe("a layer's weights", () => {
  it("are Keras's, with its names and shapes", () => {
    const conv = new Conv2D({ filters: 4, kernelSize: [3, 5], name: "c" });
    shapeOf(conv, [8, 8, 3]);
    expect(conv.weights.map(({ name, shape }) => [name, shape])).toEqual([
      ["c/kernel:0", [3, 5, 3, 4]],
      ["c/bias:0", [4]],
    ]);
    expect(conv.countParams()).toBe(184);
    const dense = new Dense({ units: 2, useBias: false, name: "d" });
    shapeOf(dense, [5, 3]);
    expect(dense.weights.map(({ name, shape }) => [name, shape])).toEqual([["d/kernel:0", [3, 2]]]);
  });

  it("begin as Keras's: Glorot-uniform kernel, bias of zeros", async () => {
    const dense = new Dense({ units: 64 });
    shapeOf(dense, [128]);
    const [kernel, bias] = await Promise.all(dense.weights.map((weight) => weight.read()));
    const limit = Math.sqrt(6 / (128 + 64));
    expect(Math.max(...kernel.data)).toBeGreaterThan(0.95 * limit);
    expect(Math.max(...kernel.data.map(Math.abs))).toBeLessThanOrEqual(limit);
    expect(bias.data).toEqual(new Float32Array(64));
  });

  it("take other initializers, by name or as functions", async () => {
    const dense = new Dense({ units: 1, kernelInitializer: "ones", biasInitializer: constant({ value: 3 }) });
    shapeOf(dense, [2]);
    const [kernel, bias] = await Promise.all(dense.weights.map((weight) => weight.read()));
    expect([...kernel.data, ...bias.data]).toEqual([1, 1, 3]);
    expect(() => new Dense({ units: 1, kernelInitializer: "glorot" as "ones" })).toThrow(
      '[initializer] unknown initializer "glorot"',
    );
  });

  it("come from the seed and the layer's place", async () => {
    const values = async (seed: number, index: number) => {
      const dense = new Dense({ units: 3 });
      dense.build([4], seed, index);
      return (await dense.weights[0].read()).data;
    };
    expect(await values(1, 0)).toEqual(await values(1, 0));
    expect(await values(1, 0)).not.toEqual(await values(2, 0));
    expect(await values(1, 0)).not.toEqual(await values(1, 1));
  });

  it("are trainable or not with the layer", () => {
    const dense = new Dense({ units: 2, trainable: false });
    shapeOf(dense, [3]);
    expect([dense.trainableWeights.length, dense.nonTrainableWeights.length]).toEqual([0, 2]);
    dense.trainable = true;
    expect([dense.trainableWeights.length, dense.nonTrainableWeights.length]).toEqual([2, 0]);
  });
});

it("gives layers Keras's names", () => {
  resetUids();
  const layers = [
    new Conv2D({ filters: 1, kernelSize: 1 }),
    new MaxPooling2D(),
    new GlobalAveragePooling2D(),
    new Conv2D({ filters: 1, kernelSize: 1 }),
    new Conv2D({ filters: 1, kernelSize: 1, name: "block1_conv1" }),
    new InputLayer({ inputShape: [1] }),
  ];
  expect(layers.map(({ name }) => name)).toEqual([
    "conv2d_1",
    "max_pooling2d_1",
    "global_average_pooling2d_1",
    "conv2d_2",
    "block1_conv1",
    "input_1",
  ]);
});

describe("the input shape of a first layer", () => {
  it("is given without or with the batch, or as a number", () => {
    expect(new Flatten({ inputShape: [2, 3] }).givenInputShape).toEqual([2, 3]);
    expect(new Flatten({ batchInputShape: [null, 2, 3] }).givenInputShape).toEqual([2, 3]);
    expect(new Dense({ units: 1, inputDim: 8192 }).givenInputShape).toEqual([8192]);
    expect(new Flatten().givenInputShape).toBeUndefined();
  });

  it.each([[{ inputShape: 5 }], [{ inputShape: [2, 0] }], [{ inputShape: [1.5] }]])(
    "is not %j",
    (options) => {
      expect(() => new Flatten(options as unknown as { inputShape: Shape })).toThrow(
        `[Flatten] inputShape must be a list of whole numbers above 0 (null where open), got ${JSON.stringify(options.inputShape)}.`,
      );
    },
  );

  it("has no fixed batch", () => {
    expect(() => new Flatten({ batchInputShape: [32, 2] })).toThrow(
      "[Flatten] batchInputShape begins with the batch dimension 32, but models take batches of any size: give null there.",
    );
    expect(() => new InputLayer({})).toThrow("[InputLayer] inputShape is needed");
    expect(() => new Dense({ units: 1, inputDim: 0 })).toThrow(
      "[Dense] inputDim must be a whole number of at least 1, got 0.",
    );
  });
});

describe("what a layer refuses", () => {
  // As a user of JavaScript may write it.
  const conv = (options: unknown) => () => new Conv2D(options as Conv2DOptions);
  const base = { filters: 1, kernelSize: 3 };
  it.each<[string, () => unknown, string]>([
    [
      "snake case",
      conv({ filters: 1, kernel_size: 3 }),
      "[Conv2D] Keyword argument not understood: kernel_size. Did you mean kernelSize?",
    ],
    [
      "a constraint",
      conv({ ...base, kernelConstraint: "maxNorm" }),
      "[Conv2D] the option kernelConstraint is not supported: leave it out.",
    ],
    [
      "channelsFirst",
      conv({ ...base, dataFormat: "channelsFirst" }),
      '[Conv2D] dataFormat "channelsFirst" is not supported: pictures are "channelsLast", (rows, columns, channels).',
    ],
    ["positions", conv(32), "[Conv2D] takes its options in one object, ({ filters: … }), got 32."],
    [
      "no filters",
      conv({ filters: 0, kernelSize: 3 }),
      "[Conv2D] filters must be a whole number of at least 1, got 0.",
    ],
    [
      "no kernel size",
      conv({ filters: 1 }),
      "[Conv2D] kernelSize must be a whole number of at least 1, or two of them, got undefined.",
    ],
    [
      "three strides",
      conv({ ...base, strides: [1, 1, 1] }),
      "[Conv2D] strides must be a whole number of at least 1, or two of them, got [1,1,1].",
    ],
    [
      "a padding",
      conv({ ...base, padding: "full" }),
      '[Conv2D] padding must be "valid" or "same", got "full".',
    ],
    [
      "an activation",
      conv({ ...base, activation: "gelu" }),
      "Unknown activation function: gelu. Known: linear, relu, relu6, sigmoid, tanh, softmax, elu, selu, exponential, softplus, softsign, hard_sigmoid.",
    ],
    [
      "a pool",
      () => new MaxPooling2D({ poolSize: 0 }),
      "[MaxPooling2D] poolSize must be a whole number of at least 1, or two of them, got 0.",
    ],
    [
      "an option of a pool",
      () => new GlobalMaxPooling2D({ poolSize: 2 } as object),
      "[GlobalMaxPooling2D] Keyword argument not understood: poolSize. Known: keepdims, dataFormat, name, trainable, inputShape, batchInputShape.",
    ],
    [
      "a rate",
      () => new Dropout({ rate: Number.NaN }),
      "[Dropout] rate must be a number from 0 to 1, got NaN.",
    ],
    [
      "noise in a shape",
      () => new Dropout({ rate: 0.5, noiseShape: [1] } as { rate: number }),
      "[Dropout] the option noiseShape is not supported: leave it out.",
    ],
    [
      "no shape",
      () => new Reshape({ targetShape: [0] }),
      "[Reshape] targetShape must be a list of whole numbers above 0 (one may be -1), got [0].",
    ],
    [
      "units",
      () => new Dense({} as { units: number }),
      "[Dense] units must be a whole number of at least 1, got undefined.",
    ],
    [
      "nothing",
      () => new Dense(undefined as unknown as { units: number }),
      "[Dense] takes its options in one object, ({ units: … }), got nothing.",
    ],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(new Error(message));
  });

  it.each<[string, Layer, Shape, string]>([
    [
      "a list for a convolution",
      new Conv2D({ ...base, name: "c" }),
      [5],
      "Input 0 is incompatible with layer c: expected ndim=4, found ndim=2",
    ],
    [
      "open channels",
      new Conv2D({ ...base, name: "c" }),
      [5, 5, null],
      "[c] The channel dimension of the inputs should be defined. Found `None`: (5, 5, None).",
    ],
    [
      "a list for a pool",
      new MaxPooling2D({ name: "p" }),
      [5, 5],
      "Input 0 is incompatible with layer p: expected ndim=4, found ndim=3",
    ],
    [
      "a list for a global pool",
      new GlobalMaxPooling2D({ name: "p" }),
      [5],
      "Input 0 is incompatible with layer p: expected ndim=4, found ndim=2",
    ],
    [
      "a single number for a dense layer",
      new Dense({ units: 1, name: "d" }),
      [],
      "Input 0 is incompatible with layer d: expected min_ndim=2, found ndim=1",
    ],
    [
      "open inputs of a dense layer",
      new Dense({ units: 1, name: "d" }),
      [null],
      "[d] The last dimension of the inputs to `Dense` should be defined. Found `None`: (None,).",
    ],
    [
      "an open shape to flatten",
      new Flatten(),
      [null, null, 3],
      'The shape of the input to "Flatten" is not fully defined (got (None, None, 3)). Make sure to pass a complete "inputShape" or "batchInputShape" argument to the first layer in your model.',
    ],
    [
      "another size",
      new Reshape({ targetShape: [2, 4], name: "r" }),
      [3, 2],
      "[r] total size of new array must be unchanged: (3, 2) does not fit (2, 4).",
    ],
    [
      "an odd rest",
      new Reshape({ targetShape: [-1, 4], name: "r" }),
      [3, 2],
      "[r] total size of new array must be unchanged: (3, 2) does not fit (-1, 4).",
    ],
  ])("%s", (_, layer, inputShape, message) => {
    expect(() => shapeOf(layer, inputShape)).toThrow(new Error(message));
    expect(layer.isBuilt).toBe(false);
  });

  it("a second shape", () => {
    const dense = new Dense({ units: 1, name: "d" });
    shapeOf(dense, [3]);
    expect(() => shapeOf(dense, [4])).toThrow("[d] was built for inputs of shape (3,), now gets (4,).");
  });

  it("nothing of Keras's defaults", () => {
    const options = { ...base, dataFormat: "channels_last", kernelRegularizer: null, biasConstraint: null };
    expect(conv(options)).not.toThrow();
    expect(new Dropout({ rate: 7 }).rate).toBe(1);
    expect(new Dropout({ rate: -1 }).rate).toBe(0);
  });
});
