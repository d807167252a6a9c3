import {
  type Conv2dOptions,
  type CurveOptions,
  curveKinds,
  type FusedActivation,
  selu,
  type ValueLossKind,
  type ValueLossOptions,
} from "@convscope/kernels";
import { RandomStream } from "@convscope/kernels/philox";
import { type AnyOp, inputName } from "../op.ts";
import type { BatchNormOptions } from "../ops/batchnorm.ts";
import { type OpName, ops } from "../ops/index.ts";
import type { LossOptions } from "../ops/losses.ts";
import type { PoolOpOptions } from "../ops/pooling.ts";
import {
  awayFromZero,
  bits,
  classNumbers,
  distinctInRow,
  distinctPixels,
  evenNumbers,
  logits,
  oddNumbers,
  oneHot,
  probabilities,
  sampleWeights,
  signed,
  signs,
  type Values,
} from "./case-values.ts";
import type { GradientCase } from "./gradient-check.ts";

/** What an input of an op is in a case. */
type Filling = readonly [shape: readonly number[], values: Values, isConstant?: "constant"];

interface OpCase<Options> extends Pick<GradientCase, "step"> {
  readonly name: string;
  readonly inputs: readonly Filling[];
  readonly options: Options;
  /** Default: the op, applied once to the inputs. */
  readonly record?: GradientCase["record"];
}

/** The cases of an op. */
function casesOf<Options>(op: AnyOp<Options>, cases: readonly OpCase<Options>[]): readonly GradientCase[] {
  return cases.map(({ name, inputs, options, step, record }, row) => ({
    name: `${op.name}, ${name}`,
    inputs: inputs.map(([shape, values, isConstant], i) => ({
      ...values(new RandomStream(row, "test", i), shape),
      name: inputName(op, i),
      isConstant: isConstant === "constant",
    })),
    record: record ?? ((tape, variables) => tape.apply(op, variables, options)),
    step,
  }));
}

/** An op of one input, without options. */
function unaryCases(op: AnyOp<void>, values: Values, shapes: readonly (readonly number[])[]) {
  return casesOf(
    op,
    shapes.map((shape) => ({
      name: `[${shape}]`,
      inputs: [[shape, values]],
      options: undefined,
    })),
  );
}

type ConvCase = Conv2dOptions & {
  readonly activation?: FusedActivation;
  readonly bias?: false;
  readonly groups?: number;
};

/** relu's kink is at 0: whole numbers, of which every sum is odd, stay 1 away from it. */
const beforeRelu = { x: oddNumbers, weights: signs, bias: evenNumbers, step: 2 ** -7 };
const beforeOthers = { x: signed, weights: signed, bias: signed, step: undefined };

function convCase(name: string, { inputShape, filterShape, bias, ...options }: ConvCase) {
  const values = options.activation === "relu" ? beforeRelu : beforeOthers;
  const inputs: Filling[] = [
    [inputShape, values.x],
    [filterShape, values.weights],
  ];
  if (bias !== false) inputs.push([[filterShape[3]], values.bias]);
  return { name, inputs, options, step: values.step };
}

function denseCase(
  name: string,
  inputShape: readonly number[],
  units: number,
  { activation, bias }: { activation?: FusedActivation; bias?: false } = {},
) {
  const values = activation === "relu" ? beforeRelu : beforeOthers;
  const inputs: Filling[] = [
    [inputShape, values.x],
    [[inputShape[inputShape.length - 1], units], values.weights],
  ];
  if (bias !== false) inputs.push([[units], values.bias]);
  return { name, inputs, options: { activation }, step: values.step };
}

/** A depthwise convolution; its filter is [rows, columns, channels, multiplier]. */
function depthwiseCase(name: string, { inputShape, filterShape, bias, ...options }: ConvCase) {
  const values = options.activation === "relu" ? beforeRelu : beforeOthers;
  const inputs: Filling[] = [
    [inputShape, values.x],
    [filterShape, values.weights],
  ];
  if (bias !== false) inputs.push([[filterShape[2] * filterShape[3]], values.bias]);
  return { name, inputs, options, step: values.step };
}

/** Two operands, broadcast and not. */
function pairCases(op: AnyOp<void>, a: Values, b: Values) {
  const shapes = [
    [
      [3, 5, 7],
      [3, 5, 7],
    ],
    [[3, 5, 7], [7]],
    [
      [3, 1, 7],
      [5, 1],
    ],
  ];
  return casesOf(
    op,
    shapes.map(([shapeOfA, shapeOfB]) => ({
      name: `[${shapeOfA}] and [${shapeOfB}]`,
      inputs: [
        [shapeOfA, a],
        [shapeOfB, b],
      ] as const,
      options: undefined,
    })),
  );
}

/** Batch normalization of the batch itself, with the weights that the options name. */
function batchNormCase(shape: readonly number[], { center, scale }: Omit<BatchNormOptions, "epsilon">) {
  const channels = [shape[shape.length - 1]];
  const weights: Filling[] = [];
  if (center) weights.push([channels, signed]);
  if (scale) weights.push([channels, sampleWeights]);
  const names = [center && "center", scale && "scale"].filter(Boolean).join(", ") || "neither";
  const inputs: readonly Filling[] = [[shape, signed], ...weights];
  return { name: `[${shape}], ${names}`, inputs, options: { epsilon: 1e-3, center, scale } };
}

/** The same with constant moments. */
function frozenBatchNormCase(shape: readonly number[]) {
  const channels = [shape[shape.length - 1]];
  const options = { epsilon: 1e-3, center: true, scale: true };
  const inputs: readonly Filling[] = [
    [shape, signed],
    [channels, signed],
    [channels, signed],
    [channels, signed, "constant"],
    [channels, sampleWeights, "constant"],
  ];
  const record: GradientCase["record"] = (tape, [x, beta, gamma, mean, variance]) =>
    tape.apply(ops.batchNorm, [x, beta, gamma], {
      ...options,
      moments: { mean: mean.tensor, variance: variance.tensor },
    });
  return { name: `[${shape}], inference`, inputs, options, record };
}

/** Windows that overlap, leave gaps, or are cut by the border. */
const pools: readonly { name: string; shape: readonly number[]; options: PoolOpOptions }[] = [
  { name: "2×2, odd border dropped", shape: [3, 7, 9, 5], options: { poolSize: 2, padding: "valid" } },
  {
    name: "3×3, stride 2, same, 70 channels",
    shape: [1, 5, 4, 70],
    options: { poolSize: 3, strides: 2, padding: "same" },
  },
  {
    name: "3×3, stride 1, same, 1 channel",
    shape: [2, 5, 6, 1],
    options: { poolSize: 3, strides: 1, padding: "same" },
  },
  {
    name: "1×2, strides 3×1, gaps",
    shape: [1, 8, 5, 3],
    options: { poolSize: [1, 2], strides: [3, 1], padding: "valid" },
  },
  {
    name: "7×5, strides 2×3, same",
    shape: [1, 9, 8, 3],
    options: { poolSize: [7, 5], strides: [2, 3], padding: "same" },
  },
  {
    name: "3×2, dilation 2×3",
    shape: [2, 7, 6, 3],
    options: { poolSize: [3, 2], strides: 1, dilation: [2, 3], padding: "valid" },
  },
  {
    name: "pixels per side",
    shape: [2, 8, 7, 5],
    options: { poolSize: 3, strides: 2, padding: { top: 2, bottom: 0, left: 1, right: 2 } },
  },
];

function poolCases(op: AnyOp<PoolOpOptions>, values: Values) {
  return casesOf(
    op,
    pools.map(({ name, shape, options }) => ({ name, inputs: [[shape, values]], options })),
  );
}

/** A loss of predictions and targets of one shape; with weighted samples; and with the targets smoothed, where it can. */
function lossCases<Options = LossOptions>(
  op: AnyOp<Options>,
  prediction: Values,
  target: Values,
  {
    shapes = [
      [5, 1],
      [3, 7],
      [2, 3, 5],
    ],
    smooths = true,
    of = "",
    options: always = {},
  }: {
    shapes?: readonly (readonly number[])[];
    smooths?: boolean;
    /** What tells rows of one op apart. */
    of?: string;
    options?: object;
  } = {},
) {
  const row = (shape: readonly number[], what = "", weights: readonly Filling[] = [], options = {}) => ({
    name: `${of}[${shape}]${what}`,
    inputs: [[shape, prediction], [shape, target, "constant"], ...weights] as const,
    options: { ...always, ...options } as Options,
  });
  return casesOf(op, [
    ...shapes.map((shape) => row(shape)),
    row([5, 3], ", samples weighted", [[[5], sampleWeights, "constant"]]),
    ...(smooths ? [row([3, 5], ", labels smoothed", [], { labelSmoothing: 0.1 })] : []),
  ]);
}

/** Curves whose slope has a bend at 0, or jumps there. */
const hasBend = (kind: CurveOptions["kind"]): boolean => kind === "elu" || kind === "softsign";

/** One of the losses that go value by value. */
const valueLossCases = (kind: ValueLossKind, prediction: Values, target: Values, options = {}) =>
  lossCases<ValueLossOptions>(ops.valueLoss, prediction, target, {
    smooths: false,
    of: `${kind} `,
    options: { kind, ...options },
  });

/** A loss against class numbers, with and without a last axis of 1, and with weighted samples. */
function sparseLossCases(op: AnyOp<LossOptions>, prediction: Values) {
  const row = (
    shape: readonly number[],
    targetShape: readonly number[],
    what = "",
    weights: readonly Filling[] = [],
  ) => ({
    name: `[${shape}] against [${targetShape}]${what}`,
    inputs: [
      [shape, prediction],
      [targetShape, classNumbers(shape[shape.length - 1]), "constant"],
      ...weights,
    ] as const,
    options: {},
  });
  return casesOf(op, [
    row([5, 3], [5]),
    row([3, 70], [3, 1]),
    row([2, 3, 5], [2, 3]),
    row([5, 3], [5], ", samples weighted", [[[5], sampleWeights, "constant"]]),
  ]);
}

const classShapes = [
  [5, 3],
  [1, 70],
  [2, 3, 5],
];

/**
 * Where each op's gradient is checked. An op without a row here does not compile. The shapes are odd: channels 1, 3, 5,
 * 70; windows 1 to 7, not square; strides 1 to 3; odd sizes.
 */
export const gradientCases: Readonly<Record<OpName, readonly GradientCase[]>> = {
  add: casesOf(ops.add, [
    ...[
      [
        [3, 5, 7],
        [3, 5, 7],
      ],
      [[3, 5, 7], [7]],
      [
        [3, 1, 7],
        [5, 1],
      ],
      [[], [3, 5]],
    ].map(([a, b]) => ({
      name: `[${a}] + [${b}]`,
      inputs: [
        [a, signed],
        [b, signed],
      ] as const,
      options: undefined,
    })),
    {
      name: "x + x",
      inputs: [[[5, 3], signed]],
      options: undefined,
      record: (tape, [x]) => tape.apply(ops.add, [x, x], undefined),
    },
    {
      name: "(x + x) + x",
      inputs: [[[70], signed]],
      options: undefined,
      record: (tape, [x]) => tape.apply(ops.add, [tape.apply(ops.add, [x, x], undefined), x], undefined),
    },
    {
      name: "x + tanh(x)",
      inputs: [[[5, 3], signed]],
      options: undefined,
      record: (tape, [x]) => tape.apply(ops.add, [x, tape.apply(ops.tanh, [x], undefined)], undefined),
    },
  ]),
  avgPool2d: poolCases(ops.avgPool2d, signed),
  batchNorm: casesOf(ops.batchNorm, [
    // The first row's x is drawn as the check's dy is, and of dy = x the batch's own moments leave no gradient.
    frozenBatchNormCase([2, 3, 5, 3]),
    batchNormCase([11, 3], { center: true, scale: true }),
    batchNormCase([2, 3, 5, 4], { center: true, scale: true }),
    batchNormCase([3, 4, 3, 5], { center: true }),
    batchNormCase([7, 70], { scale: true }),
    batchNormCase([2, 5, 3, 1], {}),
  ]),
  bentRelu: casesOf(
    ops.bentRelu,
    // x is odd, the bends are even.
    [{ maxValue: 2 }, { negativeSlope: 0.25 }, { threshold: 2 }, { maxValue: 2, negativeSlope: 0.5 }].map(
      (options) => ({
        name: JSON.stringify(options),
        inputs: [[[3, 5, 7], oddNumbers]],
        options,
      }),
    ),
  ),
  binaryCrossentropy: lossCases(ops.binaryCrossentropy, probabilities, bits),
  binaryCrossentropyFromLogits: lossCases(ops.binaryCrossentropyFromLogits, logits, bits),
  binaryCrossentropyKeras224: lossCases(ops.binaryCrossentropyKeras224, probabilities, bits),
  categoricalCrossentropy: lossCases(ops.categoricalCrossentropy, probabilities, oneHot, {
    shapes: classShapes,
  }),
  categoricalCrossentropyFromLogits: lossCases(ops.categoricalCrossentropyFromLogits, logits, oneHot, {
    shapes: classShapes,
  }),
  categoricalHinge: lossCases(ops.categoricalHinge, distinctInRow, oneHot, { smooths: false }),
  concatenate: casesOf(ops.concatenate, [
    {
      name: "channels",
      inputs: [
        [[2, 3, 5, 3], signed],
        [[2, 3, 5, 7], signed],
        [[2, 3, 5, 1], signed],
      ],
      options: { axis: -1 },
    },
    {
      name: "rows, quads",
      inputs: [
        [[2, 3, 4], signed],
        [[2, 5, 4], signed],
      ],
      options: { axis: 1 },
    },
    {
      name: "x beside x",
      inputs: [[[3, 5], signed]],
      options: { axis: 0 },
      record: (tape, [x]) => tape.apply(ops.concatenate, [x, x], { axis: 0 }),
    },
  ]),
  conv2d: casesOf(ops.conv2d, [
    convCase("one pixel, no bias", { inputShape: [1, 1, 1, 1], filterShape: [1, 1, 1, 1], bias: false }),
    convCase("1×1, 70 to 5 channels", { inputShape: [1, 3, 3, 70], filterShape: [1, 1, 70, 5] }),
    convCase("2×3, same, 5 to 70 channels, sigmoid", {
      inputShape: [2, 4, 5, 5],
      filterShape: [2, 3, 5, 70],
      padding: "same",
      activation: "sigmoid",
    }),
    convCase("3×3, stride 2, same, odd", {
      inputShape: [2, 7, 5, 3],
      filterShape: [3, 3, 3, 5],
      strides: 2,
      padding: "same",
    }),
    convCase("5×2, strides 3×2, no bias, tanh", {
      inputShape: [1, 11, 7, 5],
      filterShape: [5, 2, 5, 3],
      strides: [3, 2],
      activation: "tanh",
      bias: false,
    }),
    convCase("7×7, stride 3, same", {
      inputShape: [2, 10, 11, 1],
      filterShape: [7, 7, 1, 5],
      strides: 3,
      padding: "same",
    }),
    convCase("4×6, even filter, same", {
      inputShape: [1, 7, 9, 1],
      filterShape: [4, 6, 1, 3],
      padding: "same",
    }),
    convCase("3×2, dilation 2×3, same", {
      inputShape: [1, 9, 8, 3],
      filterShape: [3, 2, 3, 5],
      dilation: [2, 3],
      padding: "same",
    }),
    convCase("3×3, stride and dilation 2, relu", {
      inputShape: [1, 11, 10, 3],
      filterShape: [3, 3, 3, 5],
      strides: 2,
      dilation: 2,
      activation: "relu",
    }),
    convCase("1×3, strides 2×1, no bias, relu", {
      inputShape: [2, 7, 5, 1],
      filterShape: [1, 3, 1, 3],
      strides: [2, 1],
      activation: "relu",
      bias: false,
    }),
    convCase("3×3, same, quads of channels", {
      inputShape: [2, 9, 6, 4],
      filterShape: [3, 3, 4, 12],
      padding: "same",
    }),
    convCase("3×3, quads of channels, tanh", {
      inputShape: [1, 11, 8, 8],
      filterShape: [3, 3, 8, 4],
      activation: "tanh",
    }),
    convCase("2×3, stride 2, quads of channels", {
      inputShape: [1, 9, 8, 12],
      filterShape: [2, 3, 12, 8],
      strides: 2,
    }),
    convCase("pixels per side", {
      inputShape: [2, 5, 4, 3],
      filterShape: [3, 3, 3, 5],
      padding: { top: 2, bottom: 0, left: 1, right: 3 },
    }),
  ]),
  cosineProximity: lossCases(ops.cosineProximity, awayFromZero, awayFromZero, {
    shapes: [
      [5, 2],
      [3, 7],
      [2, 3, 5],
    ],
    smooths: false,
  }),
  curve: casesOf(
    ops.curve,
    ([...curveKinds.map((kind) => ({ kind })), selu, { kind: "elu", alpha: 0.25 }] as const).map(
      (options) => ({
        name: JSON.stringify(options),
        inputs: [[[3, 5, 7], hasBend(options.kind) ? awayFromZero : signed]] as const,
        options,
      }),
    ),
  ),
  dense: casesOf(ops.dense, [
    denseCase("1 to 1, no bias", [1, 1], 1, { bias: false }),
    denseCase("70 to 3", [5, 70], 3),
    denseCase("7 to 70, three axes", [2, 3, 7], 70),
    denseCase("quads, 36 to 8", [5, 36], 8),
    denseCase("relu", [5, 7], 3, { activation: "relu" }),
    denseCase("relu, no bias", [3, 5], 33, { activation: "relu", bias: false }),
    denseCase("sigmoid", [5, 7], 3, { activation: "sigmoid" }),
    denseCase("tanh", [5, 3], 7, { activation: "tanh" }),
  ]),
  depthwiseConv2d: casesOf(ops.depthwiseConv2d, [
    depthwiseCase("one pixel, no bias", {
      inputShape: [1, 1, 1, 1],
      filterShape: [1, 1, 1, 1],
      bias: false,
    }),
    depthwiseCase("3×3, same, 5 channels, tanh", {
      inputShape: [2, 7, 5, 5],
      filterShape: [3, 3, 5, 1],
      padding: "same",
      activation: "tanh",
    }),
    depthwiseCase("3×3, stride 2, same, quads of channels, no bias", {
      inputShape: [2, 9, 6, 8],
      filterShape: [3, 3, 8, 1],
      strides: 2,
      padding: "same",
      bias: false,
    }),
    depthwiseCase("2×3, dilation 2×1, quads of channels, sigmoid", {
      inputShape: [1, 7, 11, 4],
      filterShape: [2, 3, 4, 1],
      dilation: [2, 1],
      activation: "sigmoid",
    }),
    depthwiseCase("3×2, 3 results a channel, strides 1×2", {
      inputShape: [1, 6, 7, 3],
      filterShape: [3, 2, 3, 3],
      strides: [1, 2],
    }),
    depthwiseCase("3×3, relu", { inputShape: [2, 6, 7, 4], filterShape: [3, 3, 4, 1], activation: "relu" }),
  ]),
  dropout: casesOf(
    ops.dropout,
    [0.5, 0.3, 0].map((rate) => ({
      name: `rate ${rate}`,
      inputs: [[[3, 5, 7], signed]],
      options: { rate, seed: 12, stream: 3, step: 45 },
    })),
  ),
  globalAveragePool2d: unaryCases(ops.globalAveragePool2d, signed, [
    [2, 5, 7, 3],
    [1, 3, 3, 70],
    [3, 1, 1, 5],
  ]),
  globalMaxPool2d: unaryCases(ops.globalMaxPool2d, distinctPixels, [
    [2, 5, 7, 3],
    [1, 3, 3, 70],
    [3, 1, 1, 5],
  ]),
  groupedConv2d: casesOf(
    ops.groupedConv2d,
    [
      convCase("3 groups", { inputShape: [2, 5, 6, 9], filterShape: [3, 3, 3, 6], groups: 3 }),
      convCase("2 groups, stride 2, same, relu, no bias", {
        inputShape: [1, 7, 6, 6],
        filterShape: [1, 1, 3, 8],
        groups: 2,
        strides: 2,
        padding: "same",
        activation: "relu",
        bias: false,
      }),
      convCase("one group", { inputShape: [1, 4, 5, 3], filterShape: [2, 2, 3, 5] }),
    ].map((row) => ({ ...row, options: { groups: 1, ...row.options } })),
  ),
  maximum: pairCases(ops.maximum, oddNumbers, evenNumbers),
  maxPool2d: poolCases(ops.maxPool2d, distinctPixels),
  meanSquaredError: lossCases(ops.meanSquaredError, signed, signed, { smooths: false }),
  minimum: pairCases(ops.minimum, oddNumbers, evenNumbers),
  multiply: [
    ...pairCases(ops.multiply, signed, signed),
    ...casesOf(ops.multiply, [
      {
        name: "x·x",
        inputs: [[[5, 3], signed]],
        options: undefined,
        record: (tape, [x]) => tape.apply(ops.multiply, [x, x], undefined),
      },
    ]),
  ],
  pad2d: casesOf(ops.pad2d, [
    {
      name: "added",
      inputs: [[[2, 5, 3, 3], signed]],
      options: { top: 1, bottom: 0, left: 2, right: 3 },
    },
    {
      name: "cut, quads",
      inputs: [[[1, 7, 5, 4], signed]],
      options: { top: -1, bottom: -2, left: 0, right: -3 },
    },
  ]),
  penalty: casesOf(
    ops.penalty,
    [
      { l1: 0.5, l2: 0 },
      { l1: 0, l2: 0.5 },
      { l1: 0.25, l2: 1 },
    ].map((options) => ({
      name: JSON.stringify(options),
      inputs: [[[3, 5, 7], awayFromZero]],
      options,
    })),
  ),
  relu: unaryCases(ops.relu, awayFromZero, [[1], [3, 5, 7]]),
  rescale: casesOf(ops.rescale, [
    { name: "both", inputs: [[[3, 5, 7], signed]], options: { scale: -2.5, offset: 3 } },
    { name: "offset", inputs: [[[5], signed]], options: { offset: 1 } },
  ]),
  reshape: casesOf(ops.reshape, [
    { name: "[2,3,5] to [2,15]", inputs: [[[2, 3, 5], signed]], options: { shape: [2, 15] } },
    { name: "[1] to a scalar", inputs: [[[1], signed]], options: { shape: [] } },
  ]),
  sigmoid: unaryCases(ops.sigmoid, logits, [[1], [3, 5, 7]]),
  softmax: unaryCases(ops.softmax, logits, [...classShapes, [3, 1]]),
  sparseCategoricalCrossentropy: sparseLossCases(ops.sparseCategoricalCrossentropy, probabilities),
  sparseCategoricalCrossentropyFromLogits: sparseLossCases(
    ops.sparseCategoricalCrossentropyFromLogits,
    logits,
  ),
  subtract: pairCases(ops.subtract, signed, signed),
  tanh: unaryCases(ops.tanh, logits, [[1], [3, 5, 7]]),
  upsample2d: casesOf(
    ops.upsample2d,
    (["nearest", "bilinear"] as const).flatMap((interpolation) =>
      [
        { shape: [2, 3, 5, 3], size: [2, 2] as const },
        { shape: [1, 4, 1, 4], size: [3, 2] as const },
      ].map(({ shape, size }) => ({
        name: `${interpolation}, [${shape}] by [${size}]`,
        inputs: [[shape, signed]] as const,
        options: { size, interpolation },
      })),
    ),
  ),
  valueLoss: [
    ...valueLossCases("meanAbsoluteError", awayFromZero, evenNumbers),
    ...valueLossCases("meanAbsolutePercentageError", probabilities, oddNumbers),
    ...valueLossCases("meanSquaredLogarithmicError", probabilities, sampleWeights),
    ...valueLossCases("hinge", probabilities, signs),
    ...valueLossCases("squaredHinge", signed, signs),
    ...valueLossCases("logcosh", signed, logits),
    ...valueLossCases("poisson", probabilities, sampleWeights),
    ...valueLossCases("kullbackLeiblerDivergence", probabilities, probabilities),
    ...valueLossCases("huberLoss", awayFromZero, evenNumbers, { delta: 1.125 }),
  ],
};
