import { type AnyOp, ops, type Tape, type Variable } from "@convscope/autograd";
import type {
  BentReluOptions,
  Conv2dOptions,
  CurveOptions,
  FusedActivation,
  Moments,
  NdArray,
  Tensor,
} from "@convscope/kernels";
import { conv2dGeometry, movingAverage, pool2dGeometry, selu, sizeOf } from "@convscope/kernels";
import { upload } from "@convscope/kernels/testing";
import { Dropout, Flatten } from "@convscope/layers";
import { expect } from "vitest";
import { noSuch, type Reason, type Vector } from "./vectors.ts";

/** An input of a vector on the tape, and how its gradient gets back the input's form. */
export interface Source {
  readonly variable: Variable;
  readonly restore: (gradient: NdArray) => NdArray;
}

/** A vector's operation, recorded on a tape. */
export interface RecordedVector {
  readonly y: Variable;
  /** By the vector's names of its inputs. */
  readonly sources: Readonly<Record<string, Source>>;
  /** What else the vector gives, by its names. */
  readonly others?: Readonly<Record<string, Tensor>>;
}

/** How the vectors of one op are run by ours. */
export interface Operation {
  /** Why a vector cannot be run, or undefined. */
  readonly reason?: (vector: Vector) => Reason | undefined;
  readonly record: (tape: Tape, vector: Vector) => RecordedVector;
}

const same = (gradient: NdArray): NdArray => gradient;

function source(tape: Tape, array: NdArray, restore: Source["restore"] = same): Source {
  return { variable: tape.variable(upload(tape, array), true), restore };
}

/** An op of one input. */
const unary = (apply: (tape: Tape, x: Variable, vector: Vector) => Variable): Operation["record"] => {
  return (tape, vector) => {
    const x = source(tape, vector.inputs.x);
    return { y: apply(tape, x.variable, vector), sources: { x } };
  };
};

const activations = { relu: ops.relu, sigmoid: ops.sigmoid, tanh: ops.tanh } as const;
const isActivation = (name: string): name is keyof typeof activations => Object.hasOwn(activations, name);

/** Rectifiers that no kernel applies as it writes: ops of their own. tfjs's slope, where a vector gives none. */
const rectifiers: Readonly<Record<string, (vector: Vector) => BentReluOptions>> = {
  relu6: () => ({ maxValue: 6 }),
  leakyrelu: ({ attrs: { alpha } }) => ({ negativeSlope: alpha ?? 0.2 }),
};

/** The vector's activation, which some leave out and some give as null. */
const activationOf = ({ attrs }: Vector): string => attrs.activation ?? "linear";

function activationReason(vector: Vector): Reason | undefined {
  const name = activationOf(vector);
  const isKnown = ["linear", "elu"].includes(name) || isActivation(name) || Object.hasOwn(rectifiers, name);
  return isKnown ? undefined : noSuch("activation", name);
}

/** An op with a bias and an activation: both fused where the bias is a vector, else as ops of their own. */
function withBiasAndActivation(
  tape: Tape,
  vector: Vector,
  apply: (operands: readonly Variable[], activation: FusedActivation) => Variable,
): RecordedVector {
  const { inputs } = vector;
  const name = activationOf(vector);
  if (name === "elu" || Object.hasOwn(rectifiers, name)) {
    const linear = { ...vector, attrs: { ...vector.attrs, activation: "linear" } };
    const { y, sources } = withBiasAndActivation(tape, linear, apply);
    const result =
      name === "elu"
        ? tape.apply(ops.curve, [y], { kind: "elu" })
        : tape.apply(ops.bentRelu, [y], rectifiers[name](vector));
    return { y: result, sources };
  }
  const activation = isActivation(name) ? name : "linear";
  const x = source(tape, inputs.x);
  const w = source(tape, inputs.w);
  if (!inputs.b) return { y: apply([x.variable, w.variable], activation), sources: { x, w } };
  const b = source(tape, inputs.b);
  const sources = { x, w, b };
  if (inputs.b.shape.length === 1) {
    return { y: apply([x.variable, w.variable, b.variable], activation), sources };
  }
  const sum = tape.apply(ops.add, [apply([x.variable, w.variable], "linear"), b.variable], undefined);
  const y = activation === "linear" ? sum : tape.apply(activations[activation], [sum], undefined);
  return { y, sources };
}

/** `same`, `valid` or the pixels: [[top, bottom], [left, right]]. */
function paddingOf({ attrs: { padding } }: Vector): NonNullable<Conv2dOptions["padding"]> {
  if (typeof padding === "string") return padding as "same" | "valid";
  const [[top, bottom], [left, right]] = padding;
  return { top, bottom, left, right };
}

function convOptions(vector: Vector) {
  const { strides, dilations } = vector.attrs;
  return { strides, dilation: dilations, padding: paddingOf(vector) };
}

function poolOptions(vector: Vector) {
  const { poolSize, strides, dilations } = vector.attrs;
  return { poolSize, strides, dilation: dilations, padding: paddingOf(vector) };
}

const conv: Operation = {
  reason: activationReason,
  record(tape, vector) {
    const options = convOptions(vector);
    const { paddingEquivalent } = vector.attrs;
    const { groups = 1 } = vector.attrs;
    if (groups > 1) {
      // As the layer does it, by groups or by channels.
      const channels = vector.inputs.x.shape[3];
      const { shape } = vector.inputs.w;
      return withBiasAndActivation(tape, vector, ([x, w, ...b], activation) => {
        if (groups < channels)
          return tape.apply(ops.groupedConv2d, [x, w, ...b], { ...options, groups, activation });
        const filter = [shape[0], shape[1], channels, shape[3] / channels];
        const f = tape.apply(ops.reshape, [w], { shape: filter });
        return tape.apply(ops.depthwiseConv2d, [x, f, ...b], { ...options, activation });
      });
    }
    if (paddingEquivalent) {
      const shapes = { inputShape: vector.inputs.x.shape, filterShape: vector.inputs.w.shape };
      const named = conv2dGeometry({ ...options, ...shapes, padding: paddingEquivalent });
      expect(named.constants).toEqual(conv2dGeometry({ ...options, ...shapes }).constants);
    }
    return withBiasAndActivation(tape, vector, (operands, activation) =>
      tape.apply(ops.conv2d, operands, { ...options, activation }),
    );
  },
};

const depthwise: Operation = {
  reason: activationReason,
  record: (tape, vector) =>
    withBiasAndActivation(tape, vector, (operands, activation) =>
      tape.apply(ops.depthwiseConv2d, operands, { ...convOptions(vector), activation }),
    ),
};

const separable: Operation = {
  record(tape, vector) {
    const [x, depthwise, pointwise] = ["x", "depthwise", "pointwise"].map((name) =>
      source(tape, vector.inputs[name]),
    );
    const ofChannels = tape.apply(ops.depthwiseConv2d, [x.variable, depthwise.variable], convOptions(vector));
    const y = tape.apply(ops.conv2d, [ofChannels, pointwise.variable], {});
    return { y, sources: { x, depthwise, pointwise } };
  },
};

const batchNorm: Operation = {
  reason: ({ expected }) =>
    "dmean" in expected || "dvariance" in expected
      ? "batch_norm: ours has no gradient of the mean and the variance"
      : undefined,
  record(tape, { inputs, attrs: { epsilon, training, onnxMomentum } }) {
    const x = source(tape, inputs.x);
    const beta = inputs.bias && source(tape, inputs.bias);
    const gamma = inputs.scale && source(tape, inputs.scale);
    const variables = [x, beta, gamma].flatMap((from) => from?.variable ?? []);
    const sources = { x, ...(beta && { bias: beta }), ...(gamma && { scale: gamma }) };
    const before = { mean: upload(tape, inputs.mean), variance: upload(tape, inputs.variance) };
    const options = { epsilon, center: beta !== undefined, scale: gamma !== undefined };
    if (!training)
      return { y: tape.apply(ops.batchNorm, variables, { ...options, moments: before }), sources };
    const others: Record<string, Tensor> = {};
    const onMoments = ({ mean, variance }: Moments) => {
      others.runningMean = movingAverage(tape, before.mean, mean, onnxMomentum);
      others.runningVar = movingAverage(tape, before.variance, variance, onnxMomentum);
    };
    return { y: tape.apply(ops.batchNorm, variables, { ...options, onMoments }), sources, others };
  },
};

/** Any number of inputs, x0, x1, …. */
function numbered(tape: Tape, { inputs }: Vector): Record<string, Source> {
  const names = Object.keys(inputs).filter((name) => /^x\d+$/.test(name));
  return Object.fromEntries(names.map((name) => [name, source(tape, inputs[name])]));
}

const concat: Operation = {
  record(tape, vector) {
    const sources = numbered(tape, vector);
    const variables = Object.values(sources).map(({ variable }) => variable);
    return { y: tape.apply(ops.concatenate, variables, { axis: vector.attrs.axis }), sources };
  },
};

/** One after the other. */
const addN: Operation = {
  record(tape, vector) {
    const sources = numbered(tape, vector);
    const variables = Object.values(sources).map(({ variable }) => variable);
    return { y: variables.reduce((a, b) => tape.apply(ops.add, [a, b], undefined)), sources };
  },
};

const pad: Operation = {
  reason({ inputs: { x }, attrs: { paddings, mode, value } }) {
    const isOfPictures = x.shape.length === 4 && [...paddings[0], ...paddings[3]].every((side) => side === 0);
    return isOfPictures && mode === "constant" && value === 0
      ? undefined
      : "pad: of other axes than rows and columns, or not with zeros";
  },
  record: unary((tape, x, { attrs: { paddings } }) => {
    const [, [top, bottom], [left, right]] = paddings;
    return tape.apply(ops.pad2d, [x], { top, bottom, left, right });
  }),
};

const pool = (name: "maxPool2d" | "avgPool2d"): Operation => ({
  reason(vector) {
    const { ceilMode, countIncludePad, padding } = vector.attrs;
    if (countIncludePad && [padding].flat(2).some((side) => side !== 0)) return "pooling: padding is counted";
    if (!ceilMode) return undefined;
    const { outputShape } = pool2dGeometry({ ...poolOptions(vector), inputShape: vector.inputs.x.shape });
    return outputShape.join() === vector.expected.y.shape.join()
      ? undefined
      : "pooling: a last window cut short";
  },
  record(tape, vector) {
    const options = poolOptions(vector);
    const x = source(tape, vector.inputs.x);
    const { paddingEquivalent } = vector.attrs;
    if (paddingEquivalent) {
      const inputShape = vector.inputs.x.shape;
      const named = pool2dGeometry({ ...options, inputShape, padding: paddingEquivalent });
      expect(named.constants).toEqual(pool2dGeometry({ ...options, inputShape }).constants);
    }
    return { y: tape.apply(ops[name], [x.variable], options), sources: { x } };
  },
});

/** `keepDims` leaves axes of one pixel, ours are gone. */
const globalPool = (name: "globalMaxPool2d" | "globalAveragePool2d"): Operation => ({
  record: unary((tape, x, { attrs: { keepDims } }) => {
    const y = tape.apply(ops[name], [x], undefined);
    const [batch, channels] = y.tensor.shape;
    return keepDims ? tape.apply(ops.reshape, [y], { shape: [batch, 1, 1, channels] }) : y;
  }),
});

/** Exchanges the last two axes. */
function transposed({ shape, data }: NdArray): NdArray {
  const [rows, columns] = shape.slice(-2);
  const leading = shape.slice(0, -2);
  const result = new Float32Array(data.length);
  for (let m = 0; m < sizeOf(leading); m++) {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        result[(m * columns + c) * rows + r] = data[(m * rows + r) * columns + c];
      }
    }
  }
  return { shape: [...leading, columns, rows], data: result };
}

const shaped = ({ data }: NdArray, shape: readonly number[]): NdArray => ({ shape, data });
const scaled = ({ shape, data }: NdArray, factor: number): NdArray => ({
  shape,
  data: data.map((value) => value * factor),
});

/** A factor of a product as `dense` takes it: transposed by us, a vector as a matrix of one row or column. */
function factor(tape: Tape, array: NdArray, transpose: boolean, vectorShape: readonly number[]): Source {
  if (array.shape.length === 1) {
    return source(tape, shaped(array, vectorShape), (gradient) => shaped(gradient, array.shape));
  }
  return transpose ? source(tape, transposed(array), transposed) : source(tape, array);
}

/** a·b by `dense`. */
function product(tape: Tape, { inputs: { a, b }, attrs: { transA, transB } }: Vector) {
  const sources = {
    a: factor(tape, a, transA, [1, a.shape[0]]),
    b: factor(tape, b, transB, [b.shape[0], 1]),
  };
  const y = tape.apply(ops.dense, [sources.a.variable, sources.b.variable], {});
  return { y, sources };
}

const batched = "matmul: a batch of second factors (dense has one matrix)";

const matmul: Operation = {
  reason: ({ inputs: { b } }) => (b.shape.length > 2 ? batched : undefined),
  record(tape, vector) {
    const { y, sources } = product(tape, vector);
    const { a, b } = vector.inputs;
    if (a.shape.length > 1 && b.shape.length > 1) return { y, sources };
    const rows = a.shape.length > 1 ? y.tensor.shape.slice(0, -1) : [];
    const columns = b.shape.length > 1 ? y.tensor.shape.slice(-1) : [];
    const shape = [...rows, ...columns];
    return { y: tape.apply(ops.reshape, [y], { shape }), sources };
  },
};

/** alpha·a·b + beta·c: alpha goes into a, beta into c, which is added by broadcasting. */
const gemm: Operation = {
  record(tape, { attrs: { alpha, beta, transA, transB }, inputs: { a, b, c } }) {
    const x = factor(tape, scaled(a, alpha), transA, []).variable;
    const w = factor(tape, b, transB, []).variable;
    const y = tape.apply(ops.dense, [x, w], {});
    if (!c) return { y, sources: {} };
    return { y: tape.apply(ops.add, [y, source(tape, scaled(c, beta)).variable], undefined), sources: {} };
  },
};

const dense: Operation = {
  reason: (vector) => activationReason(vector) ?? (vector.inputs.w.shape.length > 2 ? batched : undefined),
  record: (tape, vector) =>
    withBiasAndActivation(tape, vector, (operands, activation) =>
      tape.apply(ops.dense, operands, { activation }),
    ),
};

const softmax: Operation = {
  reason: ({ attrs: { axis }, inputs: { x } }) =>
    axis === -1 || axis === x.shape.length - 1 ? undefined : "softmax: over another axis than the last",
  record: unary((tape, x) => tape.apply(ops.softmax, [x], undefined)),
};

/** An op of two inputs. */
const binary = (op: AnyOp<void>, [left, right]: readonly [string, string] = ["a", "b"]): Operation => ({
  record(tape, { inputs }) {
    const [a, b] = [source(tape, inputs[left]), source(tape, inputs[right])];
    const y = tape.apply(op, [a.variable, b.variable], undefined);
    return { y, sources: { [left]: a, [right]: b } };
  },
});

const flatten: Operation = {
  reason: ({ attrs: { axis } }) => (axis === 1 ? undefined : "flatten: from another axis than 1"),
  record: unary((tape, x) => {
    const layer = new Flatten();
    layer.build(x.tensor.shape.slice(1), 0, 0);
    return layer.call(tape, x);
  }),
};

/** A curve; where a vector gives elu a depth, with that. */
const curve = (options: CurveOptions): Operation => ({
  record: unary((tape, x, { attrs: { alpha, gamma } }) =>
    tape.apply(ops.curve, [x], {
      ...options,
      ...(typeof alpha === "number" && { alpha }),
      ...(typeof gamma === "number" && { scale: gamma }),
    }),
  ),
});

const inference = { training: false, seed: 0, step: 0, update: () => {} };

/** The ops of the vectors that we have, by the vectors' names. */
export const operations: Readonly<Record<string, Operation>> = {
  add: binary(ops.add),
  add_n: addN,
  avg_pool: pool("avgPool2d"),
  batch_norm: batchNorm,
  bias_add: binary(ops.add, ["x", "b"]),
  concat,
  conv2d: conv,
  conv2d_bias_act: conv,
  dense,
  depthwise_conv2d: depthwise,
  dropout_inference: {
    record: unary((tape, x, { attrs: { rate } }) => new Dropout({ rate }).call(tape, x, inference, 0)),
  },
  dropout_with_mask: {
    reason: ({ attrs: { rate } }) => (rate === 0 ? undefined : "dropout: ours draws its own mask"),
    record: unary((tape, x) => tape.apply(ops.dropout, [x], { rate: 0, seed: 0, stream: 0, step: 0 })),
  },
  elu: curve({ kind: "elu" }),
  exp: curve({ kind: "exponential" }),
  flatten,
  gemm,
  global_avg_pool: globalPool("globalAveragePool2d"),
  global_max_pool: globalPool("globalMaxPool2d"),
  hard_sigmoid: curve({ kind: "hardSigmoid" }),
  leaky_relu: {
    record: unary((tape, x, { attrs: { alpha } }) => tape.apply(ops.bentRelu, [x], { negativeSlope: alpha })),
  },
  matmul,
  max_pool: pool("maxPool2d"),
  maximum: binary(ops.maximum),
  minimum: binary(ops.minimum),
  mul: binary(ops.multiply),
  neg: { record: unary((tape, x) => tape.apply(ops.rescale, [x], { scale: -1 })) },
  pad,
  relu: { record: unary((tape, x) => tape.apply(ops.relu, [x], undefined)) },
  relu6: { record: unary((tape, x) => tape.apply(ops.bentRelu, [x], { maxValue: 6 })) },
  reshape: { record: unary((tape, x, { attrs: { shape } }) => tape.apply(ops.reshape, [x], { shape })) },
  selu: curve(selu),
  separable_conv2d: separable,
  sigmoid: { record: unary((tape, x) => tape.apply(ops.sigmoid, [x], undefined)) },
  softmax,
  softplus: curve({ kind: "softplus" }),
  softsign: curve({ kind: "softsign" }),
  sub: binary(ops.subtract),
  tanh: { record: unary((tape, x) => tape.apply(ops.tanh, [x], undefined)) },
};

/** Why a vector cannot be run by the operation of that name, or undefined. */
export function operationReason(name: string, vector: Vector): Reason | undefined {
  if (!Object.hasOwn(operations, name)) return noSuch("op", name);
  if (vector.layout === "NCHW" || vector.tags.includes("nchw")) return noSuch("layout", "NCHW");
  const other = Object.values(vector.inputs).find(({ dtype }) => dtype !== "float32");
  if (other) return noSuch("dtype", other.dtype);
  return operations[name].reason?.(vector);
}
