import { Tape } from "@convscope/autograd";
import type { NdArray } from "@convscope/kernels";
import { expectClose, openTestDevice, randomArray, tfjs, upload } from "@convscope/kernels/testing";
import { describe, expect, it } from "vitest";
import type { Layer, Shape } from "../layer.ts";
import { Model } from "../model/model.ts";
import { Sequential } from "../model/sequential.ts";
import { SGD } from "../optimizers.ts";
import { l2 } from "../regularizers.ts";
import { ELU, LeakyReLU, ReLU, Rescaling, Softmax, ThresholdedReLU } from "./activation-layers.ts";
import { BatchNormalization } from "./batch-normalization.ts";
import { Conv2D } from "./conv2d.ts";
import { Activation, Flatten } from "./core.ts";
import { Dense } from "./dense.ts";
import { DepthwiseConv2D, SeparableConv2D } from "./depthwise.ts";
import { input } from "./input.ts";
import { Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract } from "./merge.ts";
import { Cropping2D, UpSampling2D, ZeroPadding2D } from "./pictures.ts";
import { GlobalAveragePooling2D, GlobalMaxPooling2D } from "./pooling.ts";

type Tensors = readonly tfjs.Tensor[];
const pictures = (x: tfjs.Tensor) => x as tfjs.Tensor4D;

/** A layer, the shapes of what it is called on without the batch, and the same by tfjs, of inputs and weights. */
const cases: {
  title: string;
  layer: Layer;
  shapes: number[][];
  theirs: (xs: Tensors, weights: Tensors) => tfjs.Tensor;
  /** Terms of a sum. */
  terms?: number;
}[] = [
  {
    title: "Add of three, of fewer dimensions too",
    layer: new Add(),
    shapes: [[5, 7, 3], [3], [5, 1, 3]],
    theirs: ([a, b, c]) => tfjs.add(tfjs.add(a, tfjs.reshape(b, [2, 1, 1, 3])), c),
  },
  { title: "Subtract", layer: new Subtract(), shapes: [[7], [7]], theirs: ([a, b]) => tfjs.sub(a, b) },
  {
    title: "Multiply by a value a channel, as squeeze and excite",
    layer: new Multiply(),
    shapes: [[5, 3, 4], [4]],
    theirs: ([a, b]) => tfjs.mul(a, tfjs.reshape(b, [2, 1, 1, 4])),
  },
  {
    title: "Average of three",
    layer: new Average(),
    shapes: [[7], [7], [7]],
    theirs: ([a, b, c]) => tfjs.div(tfjs.addN([a, b, c]), 3),
  },
  { title: "Maximum", layer: new Maximum(), shapes: [[7], [7]], theirs: ([a, b]) => tfjs.maximum(a, b) },
  { title: "Minimum", layer: new Minimum(), shapes: [[7], [7]], theirs: ([a, b]) => tfjs.minimum(a, b) },
  {
    title: "Concatenate of channels",
    layer: new Concatenate(),
    shapes: [
      [3, 5, 2],
      [3, 5, 7],
      [3, 5, 1],
    ],
    theirs: (xs) => tfjs.concat([...xs], 3),
  },
  {
    title: "Concatenate of rows",
    layer: new Concatenate({ axis: 1 }),
    shapes: [
      [3, 5, 2],
      [1, 5, 2],
    ],
    theirs: (xs) => tfjs.concat([...xs], 1),
  },
  {
    title: "BatchNormalization",
    layer: new BatchNormalization({ movingVarianceInitializer: "ones", gammaInitializer: "randomUniform" }),
    shapes: [[5, 3, 6]],
    theirs: ([x], [gamma, beta, mean, variance]) =>
      tfjs.batchNorm(
        pictures(x),
        mean as tfjs.Tensor1D,
        variance as tfjs.Tensor1D,
        beta as tfjs.Tensor1D,
        gamma as tfjs.Tensor1D,
        1e-3,
      ),
  },
  {
    title: "BatchNormalization of lists, without scale",
    layer: new BatchNormalization({ scale: false, betaInitializer: "randomNormal" }),
    shapes: [[7]],
    theirs: ([x], [beta, mean, variance]) =>
      tfjs.add(tfjs.div(tfjs.sub(x, mean), tfjs.sqrt(tfjs.add(variance, 1e-3))), beta),
  },
  {
    title: "DepthwiseConv2D",
    layer: new DepthwiseConv2D({
      kernelSize: [3, 2],
      strides: 2,
      padding: "same",
      depthMultiplier: 2,
      activation: "relu",
      biasInitializer: "randomNormal",
    }),
    shapes: [[7, 9, 3]],
    theirs: ([x], [f, b]) =>
      tfjs.relu(tfjs.add(tfjs.depthwiseConv2d(pictures(x), f as tfjs.Tensor4D, 2, "same"), b)),
    terms: 7,
  },
  {
    title: "SeparableConv2D",
    layer: new SeparableConv2D({
      filters: 5,
      kernelSize: 3,
      activation: "sigmoid",
      biasInitializer: "randomNormal",
    }),
    shapes: [[7, 6, 4]],
    theirs: ([x], [depthwise, pointwise, b]) =>
      tfjs.sigmoid(
        tfjs.add(
          tfjs.separableConv2d(
            pictures(x),
            depthwise as tfjs.Tensor4D,
            pointwise as tfjs.Tensor4D,
            1,
            "valid",
          ),
          b,
        ),
      ),
    terms: 37,
  },
  {
    title: "Conv2D in groups",
    layer: new Conv2D({
      filters: 6,
      kernelSize: 3,
      groups: 2,
      padding: "same",
      biasInitializer: "randomNormal",
    }),
    shapes: [[5, 7, 4]],
    theirs: ([x], [f, b]) => {
      const halves = tfjs.split(x, 2, 3);
      const filters = tfjs.split(f, 2, 3);
      const convolved = halves.map((half, i) =>
        tfjs.conv2d(pictures(half), filters[i] as tfjs.Tensor4D, 1, "same"),
      );
      return tfjs.add(tfjs.concat(convolved, 3), b);
    },
    terms: 19,
  },
  {
    title: "Conv2D with a group a channel",
    layer: new Conv2D({ filters: 8, kernelSize: 2, groups: 4, useBias: false, activation: "tanh" }),
    shapes: [[5, 7, 4]],
    theirs: ([x], [f]) =>
      tfjs.tanh(tfjs.depthwiseConv2d(pictures(x), tfjs.reshape(f, [2, 2, 4, 2]), 1, "valid")),
    terms: 4,
  },
  {
    title: "ZeroPadding2D",
    layer: new ZeroPadding2D({
      padding: [
        [0, 1],
        [2, 3],
      ],
    }),
    shapes: [[3, 5, 2]],
    theirs: ([x]) =>
      tfjs.pad(pictures(x), [
        [0, 0],
        [0, 1],
        [2, 3],
        [0, 0],
      ]),
  },
  {
    title: "Cropping2D",
    layer: new Cropping2D({ cropping: [1, 2] }),
    shapes: [[5, 7, 3]],
    theirs: ([x]) => tfjs.slice(x, [0, 1, 2, 0], [2, 3, 3, 3]),
  },
  {
    title: "UpSampling2D, nearest",
    layer: new UpSampling2D({ size: [3, 2] }),
    shapes: [[3, 5, 2]],
    theirs: ([x]) => tfjs.image.resizeNearestNeighbor(pictures(x), [9, 10]),
  },
  {
    title: "UpSampling2D, bilinear",
    layer: new UpSampling2D({ interpolation: "bilinear" }),
    shapes: [[3, 5, 2]],
    theirs: ([x]) => tfjs.image.resizeBilinear(pictures(x), [6, 10]),
    terms: 4,
  },
  { title: "ReLU", layer: new ReLU(), shapes: [[7]], theirs: ([x]) => tfjs.relu(x) },
  {
    title: "ReLU, bent",
    layer: new ReLU({ maxValue: 0.5, negativeSlope: 0.25, threshold: 0.125 }),
    shapes: [[3, 7]],
    theirs: ([x]) =>
      tfjs.where(tfjs.greater(x, 0.125), tfjs.minimum(x, 0.5), tfjs.mul(tfjs.sub(x, 0.125), 0.25)),
  },
  {
    title: "relu6 by name",
    layer: new Activation({ activation: "relu6" }),
    shapes: [[7]],
    theirs: ([x]) => tfjs.relu6(x),
  },
  { title: "ELU", layer: new ELU(), shapes: [[7]], theirs: ([x]) => tfjs.elu(x) },
  {
    title: "ThresholdedReLU",
    layer: new ThresholdedReLU({ theta: 0.5 }),
    shapes: [[7]],
    theirs: ([x]) => tfjs.mul(x, tfjs.cast(tfjs.greater(x, 0.5), "float32")),
  },
  ...(["elu", "selu", "softplus", "softsign", "exponential", "hard_sigmoid"] as const).map((activation) => ({
    title: activation,
    layer: new Activation({ activation }),
    shapes: [[7]],
    theirs: ([x]: readonly tfjs.Tensor[]) =>
      ({
        elu: () => tfjs.elu(x),
        selu: () => tfjs.selu(x),
        softplus: () => tfjs.softplus(x),
        softsign: () => tfjs.div(x, tfjs.add(1, tfjs.abs(x))),
        exponential: () => tfjs.exp(x),
        hard_sigmoid: () => tfjs.clipByValue(tfjs.add(0.5, tfjs.mul(0.2, x)), 0, 1),
      })[activation](),
  })),
  { title: "LeakyReLU", layer: new LeakyReLU(), shapes: [[7]], theirs: ([x]) => tfjs.leakyRelu(x, 0.3) },
  { title: "Softmax", layer: new Softmax(), shapes: [[3, 7]], theirs: ([x]) => tfjs.softmax(x), terms: 7 },
  {
    title: "Rescaling",
    layer: new Rescaling({ scale: 1 / 127.5, offset: -1 }),
    shapes: [[5, 3]],
    theirs: ([x]) => tfjs.sub(tfjs.div(x, 127.5), 1),
  },
  {
    title: "GlobalAveragePooling2D, keepdims",
    layer: new GlobalAveragePooling2D({ keepdims: true }),
    shapes: [[3, 5, 2]],
    theirs: ([x]) => tfjs.mean(x, [1, 2], true),
    terms: 15,
  },
  {
    title: "GlobalMaxPooling2D, keepdims",
    layer: new GlobalMaxPooling2D({ keepdims: true }),
    shapes: [[3, 5, 2]],
    theirs: ([x]) => tfjs.max(x, [1, 2], true),
  },
];

describe("a layer's result", () => {
  const device = openTestDevice();

  it.each(cases)("$title", async ({ layer, shapes, theirs, terms = 2 }) => {
    const xs = shapes.map((shape, i) => randomArray([2, ...shape], i));
    const symbols = shapes.map((shape) => input({ shape }));
    const y = layer.apply(symbols.length === 1 ? symbols[0] : symbols);
    layer.initialize(3, 0);
    const weights = await layer.getWeights();
    for (const weight of layer.weights) weight.place(device());
    using tape = new Tape(device());
    const context = { training: false, seed: 0, step: 0, update: () => {} };
    const variables = xs.map((x) => tape.variable(upload(tape, x)));
    const [result] = layer.callAll(tape, variables, context, 0);
    const tensors = (arrays: readonly NdArray[]) =>
      arrays.map(({ data, shape }) => tfjs.tensor(data, [...shape]));
    const wanted = theirs(tensors(xs), tensors(weights));
    const { shape, data } = await device().read(result.tensor);
    expect(shape).toEqual(wanted.shape);
    expect([2, ...y.shape]).toEqual(wanted.shape);
    expectClose(data, wanted.dataSync(), { terms });
  });

  it.each<[string, () => Layer, Shape[], Shape]>([
    ["Add", () => new Add(), [[null, 5, 3], [3]], [null, 5, 3]],
    [
      "Concatenate",
      () => new Concatenate(),
      [
        [null, 5, 3],
        [null, 5, 4],
      ],
      [null, 5, 7],
    ],
    [
      "Concatenate of rows",
      () => new Concatenate({ axis: 1 }),
      [
        [null, 5, 3],
        [2, 5, 3],
      ],
      [null, 5, 3],
    ],
    ["BatchNormalization", () => new BatchNormalization(), [[null, null, 3]], [null, null, 3]],
    [
      "DepthwiseConv2D",
      () => new DepthwiseConv2D({ kernelSize: 3, depthMultiplier: 2 }),
      [[null, 5, 3]],
      [null, 3, 6],
    ],
    [
      "SeparableConv2D",
      () => new SeparableConv2D({ filters: 4, kernelSize: 3 }),
      [[null, 5, 3]],
      [null, 3, 4],
    ],
    ["ZeroPadding2D", () => new ZeroPadding2D(), [[null, 5, 3]], [null, 7, 3]],
    ["Cropping2D", () => new Cropping2D({ cropping: 2 }), [[null, 5, 3]], [null, 1, 3]],
    ["UpSampling2D", () => new UpSampling2D(), [[null, 5, 3]], [null, 10, 3]],
    [
      "GlobalAveragePooling2D",
      () => new GlobalAveragePooling2D({ keepdims: true }),
      [[null, 5, 3]],
      [1, 1, 3],
    ],
  ])("may be of any size: %s", (_, make, shapes, wanted) => {
    const symbols = shapes.map((shape) => input({ shape }));
    expect(make().apply(symbols.length === 1 ? symbols[0] : symbols).shape).toEqual(wanted);
  });

  it.each<[string, () => Layer, Shape[], string]>([
    [
      "shapes that do not broadcast",
      () => new Add(),
      [
        [5, 3],
        [4, 3],
      ],
      "Operands could not be broadcast together with shapes (5, 3) (4, 3)",
    ],
    [
      "one input of a merge layer",
      () => new Add(),
      [[5]],
      "A merge layer should be called on a list of at least 2 inputs. Got 1 inputs.",
    ],
    [
      "three inputs of Subtract",
      () => new Subtract(),
      [[5], [5], [5]],
      "A `Subtract` layer should be called on exactly 2 inputs",
    ],
    [
      "rows that differ",
      () => new Concatenate(),
      [
        [5, 3],
        [4, 3],
      ],
      "A `Concatenate` layer requires inputs with matching shapes except for the concat axis. Got inputs shapes: [(None, 5, 3), (None, 4, 3)], axis -1",
    ],
    [
      "channels that are not last",
      () => new BatchNormalization({ axis: 1, name: "b" }),
      [[5, 3]],
      "[b] axis is 1, and the channels of inputs of shape (None, 5, 3) are axis 2, the last: no other is supported.",
    ],
    [
      "open channels",
      () => new BatchNormalization(),
      [[5, null]],
      "Axis -1 of input tensor should have a defined dimension but the layer received an input with shape (None, 5, None).",
    ],
    [
      "groups that channels are not",
      () => new Conv2D({ filters: 4, kernelSize: 1, groups: 2 }),
      [[5, 5, 3]],
      "[conv2d] 2 groups:",
    ],
    [
      "nothing left",
      () => new Cropping2D({ cropping: 3, name: "c" }),
      [[5, 7, 1]],
      "[c] nothing is left of inputs of shape (None, 5, 7, 1): cut off less.",
    ],
    [
      "a softmax of rows",
      () => new Softmax({ axis: 1, name: "s" }),
      [[5, 7]],
      "[s] axis is 1, and inputs are of shape (None, 5, 7): only the last axis is supported.",
    ],
  ])("refuses %s", (_, make, shapes, message) => {
    const symbols = shapes.map((shape) => input({ shape }));
    expect(() => make().apply(symbols.length === 1 ? symbols[0] : symbols)).toThrow(message);
  });

  it.each<[string, () => unknown, string]>([
    [
      "a negative bound",
      () => new ReLU({ maxValue: -1 }),
      "[ReLU] maxValue must be a number of at least 0, got -1.",
    ],
    [
      "the batch's axis",
      () => new Concatenate({ axis: 0 }),
      "[Concatenate] axis 0 is the batch's: samples cannot be joined.",
    ],
    [
      "sides",
      () => new ZeroPadding2D({ padding: -1 }),
      "[ZeroPadding2D] padding must be a whole number of at least 0, two of them, or [[top, bottom], [left, right]], got -1.",
    ],
    [
      "an interpolation",
      () => new UpSampling2D({ interpolation: "cubic" as "nearest" }),
      '[UpSampling2D] interpolation must be one of nearest, bilinear, got "cubic".',
    ],
    [
      "a regularizer",
      () => new Dense({ units: 1, kernelRegularizer: "l3" as "l2" }),
      '[regularizer] unknown regularizer "l3": use one of l1, l2, l1L2, or an object.',
    ],
  ])("refuses %s", (_, make, message) => {
    expect(make).toThrow(new Error(message));
  });
});

describe("batch normalization in training", () => {
  const x = randomArray([6, 5], 1, 1, 3);
  const y = randomArray([6, 1], 2);
  const build = (options = {}) => {
    const normalization = new BatchNormalization({ momentum: 0.75, name: "bn", ...options });
    const model = new Sequential(
      [new Dense({ units: 3, inputShape: [5], name: "d" }), normalization, new Dense({ units: 1 })],
      {
        seed: 1,
      },
    );
    return { model, normalization };
  };

  it("moves the averages towards the batch's, once a step", async () => {
    const { model, normalization } = build();
    using _ = model;
    model.compile({ optimizer: new SGD({ lr: 0 }), loss: "mse" });
    await model.trainOnBatch(x, y);
    const [gamma, beta, mean, variance] = await normalization.getWeights();
    expect([gamma.data, beta.data]).toEqual([Float32Array.of(1, 1, 1), new Float32Array(3)]);
    const [kernel, bias] = await model.layers[0].getWeights();
    const z = tfjs.add(
      tfjs.matMul(tfjs.tensor2d(x.data, [6, 5]), tfjs.tensor2d(kernel.data, [5, 3])),
      tfjs.tensor1d(bias.data),
    );
    const moments = tfjs.moments(z, 0);
    expectClose(mean.data, tfjs.mul(moments.mean, 0.25).dataSync(), { terms: 30, magnitude: 3 / 6 });
    // Keras 2.3.1's correction for the variance, 6/(6 − 1.001).
    const moved = tfjs.add(tfjs.mul(moments.variance, (0.25 * 6) / (6 - 1.001)), 0.75);
    expectClose(variance.data, moved.dataSync(), { terms: 30, magnitude: 9 / 6 });
  });

  it("normalizes by the averages in inference", async () => {
    const { model, normalization } = build();
    using _ = model;
    const constants = [
      [2, 1, 1],
      [0, 1, 2],
      [1, 2, 3],
      [4, 1, 0.25],
    ].map((values) => ({ shape: [3], data: Float32Array.from(values) }));
    normalization.setWeights(constants);
    const before = new Model({ inputs: model.layers[0].input, outputs: model.layers[0].output });
    const after = new Model({ inputs: model.layers[0].input, outputs: normalization.output });
    const z = await before.predict(x);
    const got = await after.predict(x);
    const wanted = z.data.map((value, i) => {
      const [gamma, beta, mean, variance] = constants.map(({ data }) => data[i % 3]);
      return (gamma * (value - mean)) / Math.sqrt(variance + 1e-3) + beta;
    });
    expectClose(got.data, wanted, { magnitude: 8 });
  });

  it("frozen, infers and keeps its averages", async () => {
    const { model, normalization } = build({ trainable: false });
    using _ = model;
    model.compile({ optimizer: new SGD({ lr: 0.1 }), loss: "mse" });
    const before = await normalization.getWeights();
    const loss = await model.testOnBatch(x, y);
    expect(await model.trainOnBatch(x, y)).toEqual(loss);
    expect(await normalization.getWeights()).toEqual(before);
    expect(normalization.trainableWeights).toEqual([]);
  });

  it("learns", async () => {
    const { model } = build();
    using _ = model;
    model.compile({ optimizer: new SGD({ lr: 0.1 }), loss: "mse" });
    const first = (await model.trainOnBatch(x, y)) as number;
    for (let step = 0; step < 30; step++) await model.trainOnBatch(x, y);
    expect(await model.trainOnBatch(x, y)).toBeLessThan(first / 4);
  });

  it("has Keras's weights, two of them trainable", () => {
    const { model, normalization } = build();
    using _ = model;
    expect(normalization.weights.map(({ name }) => name)).toEqual([
      "bn/gamma:0",
      "bn/beta:0",
      "bn/moving_mean:0",
      "bn/moving_variance:0",
    ]);
    expect(normalization.trainableWeights.length).toBe(2);
    expect(model.countParams()).toBe(18 + 12 + 4);
  });
});

describe("regularizers", () => {
  const x = randomArray([4, 5, 5, 2], 1);
  const y = randomArray([4, 1], 2);

  it("add their penalties to the loss, and to the gradients", async () => {
    const layers = (regularized: boolean) => [
      new Conv2D({
        filters: 3,
        kernelSize: 3,
        inputShape: [5, 5, 2],
        kernelRegularizer: regularized ? l2({ l2: 0.125 }) : undefined,
        biasInitializer: "ones",
        biasRegularizer: regularized ? "l1" : undefined,
        activityRegularizer: regularized ? l2({ l2: 0.25 }) : undefined,
      }),
      new Flatten(),
      new Dense({ units: 1, kernelRegularizer: regularized ? l2({ l2: 0.5 }) : undefined }),
    ];
    using plain = new Sequential(layers(false), { seed: 1 });
    using model = new Sequential(layers(true), { seed: 1 });
    for (const each of [plain, model]) each.compile({ optimizer: new SGD({ lr: 0.5 }), loss: "mse" });
    const [kernel, bias, dense] = await plain.getWeights();
    const squares = ({ data }: NdArray) => data.reduce((sum, value) => sum + value ** 2, 0);
    const activity = await new Model({
      inputs: plain.layers[0].input,
      outputs: plain.layers[0].output,
    }).predict(x);
    const penalty =
      0.125 * squares(kernel) + 0.01 * bias.data.length + 0.25 * squares(activity) + 0.5 * squares(dense);
    const [without, withPenalty] = [await plain.testOnBatch(x, y), await model.testOnBatch(x, y)] as number[];
    expectClose([withPenalty], [without + penalty], { terms: 1100, magnitude: 1 / 16 });

    await plain.trainOnBatch(x, y);
    await model.trainOnBatch(x, y);
    const [, , plainDense] = await plain.getWeights();
    const [, , modelDense] = await model.getWeights();
    // One step of 0.5 by the penalty's own gradient, 2·0.5·w, more.
    const wanted = plainDense.data.map((value, i) => value - 0.5 * dense.data[i]);
    expectClose(modelDense.data, wanted, { terms: 36 });
  });
});
