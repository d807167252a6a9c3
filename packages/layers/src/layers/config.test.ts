import { describe, expect, it } from "vitest";
import type { Layer, LayerConfig } from "../layer.ts";
import { l1L2 } from "../regularizers.ts";
import { ELU, LeakyReLU, ReLU, Rescaling, Softmax, ThresholdedReLU } from "./activation-layers.ts";
import { BatchNormalization } from "./batch-normalization.ts";
import { Conv2D } from "./conv2d.ts";
import { Activation, Dropout, Flatten, Reshape } from "./core.ts";
import { Dense } from "./dense.ts";
import { DepthwiseConv2D, SeparableConv2D } from "./depthwise.ts";
import { InputLayer } from "./input.ts";
import { Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract } from "./merge.ts";
import { Cropping2D, UpSampling2D, ZeroPadding2D } from "./pictures.ts";
import { AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D } from "./pooling.ts";
import { layerClasses } from "./registry.ts";

const zeros = { class_name: "Zeros", config: {} };
const ones = { class_name: "Ones", config: {} };
const glorotUniform = {
  class_name: "VarianceScaling",
  config: { scale: 1, mode: "fan_avg", distribution: "uniform", seed: null },
};
/** What all layers write. */
const common = (name: string) => ({ name, trainable: true, dtype: "float32" });
const convolution = {
  kernel_size: [3, 3],
  strides: [1, 1],
  padding: "valid",
  data_format: "channels_last",
  dilation_rate: [1, 1],
  activation: "linear",
  use_bias: true,
  bias_initializer: zeros,
  bias_regularizer: null,
  activity_regularizer: null,
  bias_constraint: null,
};
const pool = { pool_size: [2, 2], padding: "valid", strides: [2, 2], data_format: "channels_last" };
const sides = [
  [1, 1],
  [1, 1],
];
const noSides = [
  [0, 0],
  [0, 0],
];

/** The layer, and what Keras 2.3.1 writes for it; Rescaling, keepdims and groups as tf.keras. */
const written: readonly [layer: Layer, own: LayerConfig][] = [
  [new Activation({ name: "a", activation: "relu" }), { activation: "relu" }],
  [new Add({ name: "a" }), {}],
  [new Average({ name: "a" }), {}],
  [new AveragePooling2D({ name: "a" }), pool],
  [
    new BatchNormalization({ name: "a" }),
    {
      axis: -1,
      momentum: 0.99,
      epsilon: 0.001,
      center: true,
      scale: true,
      beta_initializer: zeros,
      gamma_initializer: ones,
      moving_mean_initializer: zeros,
      moving_variance_initializer: ones,
      beta_regularizer: null,
      gamma_regularizer: null,
      beta_constraint: null,
      gamma_constraint: null,
    },
  ],
  [new Concatenate({ name: "a" }), { axis: -1 }],
  [
    new Conv2D({ name: "a", filters: 4, kernelSize: 3 }),
    {
      ...convolution,
      filters: 4,
      kernel_initializer: glorotUniform,
      kernel_regularizer: null,
      kernel_constraint: null,
    },
  ],
  [
    new Conv2D({
      name: "a",
      filters: 4,
      kernelSize: [1, 2],
      strides: 2,
      padding: "same",
      dilationRate: 1,
      activation: "relu",
      useBias: false,
      groups: 2,
      kernelInitializer: "heNormal",
      kernelRegularizer: l1L2({ l1: 0.5, l2: 0.01 }),
      activityRegularizer: "l1",
    }),
    {
      ...convolution,
      filters: 4,
      groups: 2,
      kernel_size: [1, 2],
      strides: [2, 2],
      padding: "same",
      activation: "relu",
      use_bias: false,
      kernel_initializer: {
        class_name: "VarianceScaling",
        config: { scale: 2, mode: "fan_in", distribution: "normal", seed: null },
      },
      kernel_regularizer: { class_name: "L1L2", config: { l1: 0.5, l2: 0.009999999776482582 } },
      activity_regularizer: { class_name: "L1L2", config: { l1: 0.009999999776482582, l2: 0 } },
      kernel_constraint: null,
    },
  ],
  [new Cropping2D({ name: "a" }), { cropping: noSides, data_format: "channels_last" }],
  [
    new Dense({ name: "a", units: 3, activation: "softmax" }),
    {
      units: 3,
      activation: "softmax",
      use_bias: true,
      kernel_initializer: glorotUniform,
      bias_initializer: zeros,
      kernel_regularizer: null,
      bias_regularizer: null,
      activity_regularizer: null,
      kernel_constraint: null,
      bias_constraint: null,
    },
  ],
  [
    new DepthwiseConv2D({ name: "a", kernelSize: 3 }),
    {
      ...convolution,
      depth_multiplier: 1,
      depthwise_initializer: glorotUniform,
      depthwise_regularizer: null,
      depthwise_constraint: null,
    },
  ],
  [new Dropout({ name: "a", rate: 0.5 }), { rate: 0.5, noise_shape: null, seed: null }],
  [new Dropout({ name: "a", rate: 0.5, seed: 3 }), { rate: 0.5, noise_shape: null, seed: 3 }],
  [new Flatten({ name: "a" }), { data_format: "channels_last" }],
  [new GlobalAveragePooling2D({ name: "a" }), { data_format: "channels_last" }],
  [new GlobalMaxPooling2D({ name: "a", keepdims: true }), { data_format: "channels_last", keepdims: true }],
  [new LeakyReLU({ name: "a" }), { alpha: 0.30000001192092896 }],
  [new ELU({ name: "a", alpha: 0.3 }), { alpha: 0.30000001192092896 }],
  [new ThresholdedReLU({ name: "a" }), { theta: 1 }],
  [new Maximum({ name: "a" }), {}],
  [new MaxPooling2D({ name: "a" }), pool],
  [new Minimum({ name: "a" }), {}],
  [new Multiply({ name: "a" }), {}],
  [new ReLU({ name: "a" }), { max_value: null, negative_slope: 0, threshold: 0 }],
  [new ReLU({ name: "a", maxValue: 6 }), { max_value: 6, negative_slope: 0, threshold: 0 }],
  [new Rescaling({ name: "a", scale: 2, offset: -1 }), { scale: 2, offset: -1 }],
  [new Reshape({ name: "a", targetShape: [-1, 4] }), { target_shape: [-1, 4] }],
  [
    new SeparableConv2D({ name: "a", filters: 5, kernelSize: 3 }),
    {
      ...convolution,
      filters: 5,
      depth_multiplier: 1,
      depthwise_initializer: glorotUniform,
      depthwise_regularizer: null,
      depthwise_constraint: null,
      pointwise_initializer: glorotUniform,
      pointwise_regularizer: null,
      pointwise_constraint: null,
    },
  ],
  [new Softmax({ name: "a" }), { axis: -1 }],
  [new Subtract({ name: "a" }), {}],
  [new UpSampling2D({ name: "a" }), { size: [2, 2], data_format: "channels_last", interpolation: "nearest" }],
  [new ZeroPadding2D({ name: "a" }), { padding: sides, data_format: "channels_last" }],
];

const read = (className: string, config: LayerConfig) => layerClasses[className].fromConfig(config);

describe("a layer's config", () => {
  it.each(written.map(([layer, own]) => ({ name: layer.className, layer, own })))(
    "$name is Keras 2.3.1's, and gives the same layer",
    ({ layer, own }) => {
      const config = layer.getConfig();
      expect(config).toEqual({ ...common("a"), ...own });
      const again = read(layer.className, JSON.parse(JSON.stringify(config)));
      expect(again.className).toBe(layer.className);
      expect(again.getConfig()).toEqual(config);
    },
  );

  it("is written and read by every class of the registry", () => {
    const tested = new Set(written.map(([layer]) => layer.className));
    const classes = new Set(
      Object.values(layerClasses).map((layerClass) => (layerClass as { name?: string }).name ?? ""),
    );
    classes.delete("InputLayer");
    expect([...tested].toSorted()).toEqual([...classes].toSorted());
  });

  it("has the input shape of a first layer, and whether it is trained", () => {
    const layer = new Dense({ units: 1, inputShape: [5], trainable: false, name: "d" });
    expect(layer.getConfig()).toMatchObject({ batch_input_shape: [null, 5], trainable: false });
    const again = read("Dense", layer.getConfig());
    expect([again.givenInputShape, again.trainable]).toEqual([[5], false]);
    expect(read("InputLayer", new InputLayer({ inputShape: [4, null] }).getConfig()).givenInputShape).toEqual(
      [4, null],
    );
  });

  it("cannot hold a function of one's own", () => {
    const layer = new Dense({
      units: 1,
      name: "d",
      kernelInitializer: (shape) => new Float32Array(shape[0]),
    });
    expect(() => layer.getConfig()).toThrow(
      "[d] kernelInitializer is a function of your own, which no config can hold: give it a getConfig, or take one of Keras's.",
    );
  });
});

describe("configs of other versions", () => {
  it("Keras 1", () => {
    const conv = read("Convolution2D", {
      name: "block1_conv1",
      trainable: true,
      batch_input_shape: [null, 224, 224, 3],
      input_dtype: "float32",
      nb_filter: 64,
      nb_row: 3,
      nb_col: 5,
      border_mode: "same",
      subsample: [1, 2],
      dim_ordering: "tf",
      init: "glorot_uniform",
      activation: "relu",
      W_regularizer: { name: "WeightRegularizer", l1: 0, l2: 0.5 },
      b_regularizer: null,
      W_constraint: null,
      b_constraint: null,
      activity_regularizer: null,
      bias: false,
    });
    expect(conv.getConfig()).toMatchObject({
      filters: 64,
      kernel_size: [3, 5],
      strides: [1, 2],
      padding: "same",
      use_bias: false,
      kernel_initializer: glorotUniform,
      kernel_regularizer: { config: { l1: 0, l2: 0.5 } },
      batch_input_shape: [null, 224, 224, 3],
    });
    const dense = read("Dense", {
      name: "fc1",
      output_dim: 10,
      input_dim: 7,
      init: "he_normal",
      activation: "softmax",
      bias: true,
    });
    expect(dense.getConfig()).toMatchObject({ units: 10, batch_input_shape: [null, 7] });
    expect(read("Dropout", { name: "d", p: 0.25 }).getConfig()).toMatchObject({ rate: 0.25 });
    const normalization = {
      mode: 0,
      axis: -1,
      epsilon: 1e-5,
      momentum: 0.9,
      beta_init: "zero",
      gamma_init: "one",
    };
    expect(read("BatchNormalization", normalization).getConfig()).toMatchObject({
      epsilon: 1e-5,
      gamma_initializer: ones,
      beta_initializer: zeros,
    });
    const pooling = { pool_size: [3, 3], strides: [2, 2], border_mode: "same", dim_ordering: "tf" };
    expect(read("MaxPooling2D", pooling).getConfig()).toMatchObject({ padding: "same", strides: [2, 2] });
    expect(read("ZeroPadding2D", { padding: [1, 2] }).getConfig()).toMatchObject({
      padding: [
        [1, 1],
        [2, 2],
      ],
    });
  });

  it("tf.keras", () => {
    const conv = read("Conv2D", {
      name: "c",
      trainable: true,
      dtype: "float32",
      filters: 2,
      kernel_size: [3, 3],
      groups: 1,
      kernel_initializer: { class_name: "GlorotUniform", config: { seed: 7 } },
      kernel_regularizer: { class_name: "L2", config: { l2: 0.25 } },
    });
    expect(conv.getConfig()).toMatchObject({
      kernel_initializer: { config: { ...glorotUniform.config, seed: 7 } },
      kernel_regularizer: { config: { l1: 0, l2: 0.25 } },
    });
    expect(read("BatchNormalization", { axis: [3], renorm: false, fused: true }).getConfig()).toMatchObject({
      axis: 3,
    });
    const initializer = {
      class_name: "VarianceScaling",
      config: { scale: 1, mode: "fan_in", distribution: "truncated_normal", seed: null },
    };
    expect(read("Dense", { units: 1, kernel_initializer: initializer }).getConfig()).toMatchObject({
      kernel_initializer: { config: { distribution: "normal" } },
    });
    expect(read("DepthwiseConv2D", { kernel_size: 3, groups: 1, filters: null }).className).toBe(
      "DepthwiseConv2D",
    );
  });

  it("Keras 3", () => {
    const keras3 = (className: string, config: object, of: string) => ({
      module: `keras.${of}`,
      class_name: className,
      config,
      registered_name: null,
    });
    const dense = read("Dense", {
      name: "d",
      trainable: true,
      dtype: keras3("DTypePolicy", { name: "float32" }, ""),
      units: 2,
      activation: "relu",
      use_bias: true,
      kernel_initializer: keras3("HeNormal", { seed: null }, "initializers"),
      bias_initializer: keras3("Zeros", {}, "initializers"),
      kernel_regularizer: keras3("L1", { l1: 0.5 }, "regularizers"),
      bias_regularizer: null,
      kernel_constraint: null,
      bias_constraint: null,
      quantization_config: null,
    });
    expect(dense.getConfig()).toMatchObject({
      kernel_initializer: { config: { scale: 2, mode: "fan_in" } },
      kernel_regularizer: { config: { l1: 0.5, l2: 0 } },
    });
    const input = read("InputLayer", {
      batch_shape: [null, 28, 28, 1],
      dtype: "float32",
      sparse: false,
      name: "i",
    });
    expect(input.givenInputShape).toEqual([28, 28, 1]);
    expect(read("LeakyReLU", { negative_slope: 0.5 }).getConfig()).toMatchObject({ alpha: 0.5 });
    expect(
      read("GlobalAveragePooling2D", { keepdims: false, data_format: "channels_last" }).getConfig(),
    ).not.toHaveProperty("keepdims");
  });

  it.each<[string, string, LayerConfig, string]>([
    [
      "channels first",
      "Conv2D",
      { name: "c", filters: 1, kernel_size: 1, data_format: "channels_first" },
      '[Conv2D "c"] the config\'s key data_format: "channels_first" is not supported: pictures are "channels_last", (rows, columns, channels).',
    ],
    [
      "Theano's order",
      "MaxPooling2D",
      { name: "p", dim_ordering: "th" },
      '[MaxPooling2D "p"] the config\'s key dim_ordering: "th" is not supported: pictures are "channels_last", (rows, columns, channels).',
    ],
    [
      "a constraint",
      "Dense",
      { name: "d", units: 1, kernel_constraint: { class_name: "MaxNorm", config: { max_value: 2 } } },
      '[Dense "d"] the config\'s key kernel_constraint: constraints are not supported, null is.',
    ],
    [
      "another dtype",
      "Dense",
      { name: "d", units: 1, dtype: "float16" },
      '[Dense "d"] the config\'s key dtype: "float16" is not supported, "float32" is.',
    ],
    [
      "an unknown key",
      "Flatten",
      { name: "f", order: 3 },
      '[Flatten "f"] the config\'s key order: is not known to this class, its value is 3.',
    ],
    [
      "an unknown initializer",
      "Dense",
      { units: 1, kernel_initializer: { class_name: "Mine", config: {} } },
      "[Dense] the config's key kernel_initializer: [initializer] Mine is not supported:",
    ],
    [
      "an unknown regularizer",
      "Dense",
      { units: 1, kernel_regularizer: { class_name: "OrthogonalRegularizer", config: {} } },
      "[Dense] the config's key kernel_regularizer: [regularizer] OrthogonalRegularizer is not supported: L1, L2 and L1L2 are.",
    ],
    [
      "noise in a shape",
      "Dropout",
      { rate: 0.5, noise_shape: [null, 1] },
      "[Dropout] the config's key noise_shape: [null,1] is not supported, null is.",
    ],
    [
      "a Keras 1 mode",
      "BatchNormalization",
      { name: "b", mode: 1 },
      '[BatchNormalization "b"] the config\'s key mode: 1 is not supported, 0 or 2 is.',
    ],
    [
      "an activation by Python",
      "Conv2D",
      { filters: 1, kernel_size: 1, activation: { class_name: "Lambda", config: {} } },
      '[Conv2D] the config\'s key activation: {"class_name":"Lambda","config":{}} is not the name of an activation.',
    ],
    ["no object", "Conv2D", [] as never, "[Conv2D] a config is an object, got []."],
  ])("refuses %s", (_, className, config, message) => {
    expect(() => read(className, config)).toThrow(message);
  });
});
