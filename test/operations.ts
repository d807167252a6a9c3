import { ops, type Tape, type Variable } from "@convscope/autograd";
import type { Conv2dOptions, FusedActivation, NdArray } from "@convscope/kernels";
import { conv2dGeometry, pool2dGeometry, sizeOf } from "@convscope/kernels";
import { upload } from "@convscope/kernels/testing";
import { Dropout, Flatten } from "@convscope/layers";
import { expect } from "vitest";
import type { Vector } from "./vectors.ts";

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
}

/** How the vectors of one op are run by ours. */
export interface Operation {
  /** Why a vector cannot be run, or undefined. */
  readonly reason?: (vector: Vector) => string | undefined;
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

const fused: Readonly<Record<string, FusedActivation>> = { linear: "linear", relu: "relu", sigmoid: "sigmoid" };
const activationOf = ({ attrs }: Vector): FusedActivation => fused[attrs.activation ?? "linear"];
const activationReason = ({ attrs }: Vector) =>
  attrs.activation && !fused[attrs.activation] ? `no such activation: ${attrs.activation}` : undefined;
const biasReason = ({ inputs: { b } }: Vector) =>
  b && b.shape.length !== 1 ? `a bias of ${b.shape.length} dimensions` : undefined;

/** `same`, `valid` or [[top, bottom], [left, right]]. */
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
  const { poolSize, strides } = vector.attrs;
  return { poolSize, strides, padding: paddingOf(vector) };
}

const conv: Operation = {
  reason: (vector) =>
    (vector.attrs.groups ?? 1) !== 1 ? "groups" : (activationReason(vector) ?? biasReason(vector)),
  record(tape, vector) {
    const options = convOptions(vector);
    const x = source(tape, vector.inputs.x);
    const w = source(tape, vector.inputs.w);
    const b = vector.inputs.b && source(tape, vector.inputs.b);
    const inputs = [x, w, ...(b ? [b] : [])].map(({ variable }) => variable);
    const { paddingEquivalent } = vector.attrs;
    if (paddingEquivalent) {
      const shapes = { inputShape: x.variable.tensor.shape, filterShape: w.variable.tensor.shape };
      const named = conv2dGeometry({ ...options, ...shapes, padding: paddingEquivalent });
      expect(named.constants).toEqual(conv2dGeometry({ ...options, ...shapes }).constants);
    }
    const y = tape.apply(ops.conv2d, inputs, { ...options, activation: activationOf(vector) });
    return { y, sources: b ? { x, w, b } : { x, w } };
  },
};

const pool = (op: typeof ops.maxPool2d | typeof ops.avgPool2d): Operation => ({
  reason({ attrs: { dilations = [1, 1], ceilMode, countIncludePad, padding } }) {
    if (dilations.some((dilation: number) => dilation !== 1)) return "dilated pooling";
    if (ceilMode) return "ceilMode";
    if (countIncludePad && [padding].flat(2).some((side) => side !== 0)) return "countIncludePad";
    return undefined;
  },
  record(tape, vector) {
    const options = poolOptions(vector);
    const x = source(tape, vector.inputs.x);
    const { paddingEquivalent } = vector.attrs;
    if (paddingEquivalent) {
      const inputShape = x.variable.tensor.shape;
      const named = pool2dGeometry({ ...options, inputShape, padding: paddingEquivalent });
      expect(named.constants).toEqual(pool2dGeometry({ ...options, inputShape }).constants);
    }
    // Two ops with different things to save are one type too many for `apply`.
    const y = op.name === "maxPool2d" ? tape.apply(ops.maxPool2d, [x.variable], options) : tape.apply(ops.avgPool2d, [x.variable], options);
    return { y, sources: { x } };
  },
});

/** `keepDims` leaves axes of one pixel, ours are gone. */
const globalPool = (op: typeof ops.globalAveragePool2d | typeof ops.globalMaxPool2d): Operation => ({
  record: unary((tape, x, { attrs: { keepDims } }) => {
    const y = op.name === "globalMaxPool2d" ? tape.apply(ops.globalMaxPool2d, [x], undefined) : tape.apply(ops.globalAveragePool2d, [x], undefined);
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
  const sources = { a: factor(tape, a, transA, [1, a.shape[0]]), b: factor(tape, b, transB, [b.shape[0], 1]) };
  const y = tape.apply(ops.dense, [sources.a.variable, sources.b.variable], {});
  return { y, sources };
}

const matmul: Operation = {
  reason: ({ inputs: { b } }) => (b.shape.length > 2 ? "batched matmul" : undefined),
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

/** alpha·a·b + beta·c: alpha goes into a, and beta·c is the bias, or is added where it is a matrix. */
const gemm: Operation = {
  record(tape, vector) {
    const { alpha, beta, transA, transB } = vector.attrs;
    const { a, b, c } = vector.inputs;
    const x = factor(tape, scaled(a, alpha), transA, []).variable;
    const w = factor(tape, b, transB, []).variable;
    if (!c) return { y: tape.apply(ops.dense, [x, w], {}), sources: {} };
    const outputs = w.tensor.shape[1];
    if (c.shape.length === 2 && c.shape[0] > 1) {
      const y = tape.apply(ops.dense, [x, w], {});
      return { y: tape.apply(ops.add, [y, source(tape, scaled(c, beta)).variable], undefined), sources: {} };
    }
    const one = c.data.length === 1;
    const bias = Float32Array.from({ length: outputs }, (_, i) => beta * c.data[one ? 0 : i]);
    const { variable } = source(tape, { shape: [outputs], data: bias });
    return { y: tape.apply(ops.dense, [x, w, variable], {}), sources: {} };
  },
};

const dense: Operation = {
  reason: (vector) =>
    activationReason(vector) ??
    (vector.inputs.w.shape.length > 2 ? "batched matmul" : biasReason(vector)),
  record(tape, vector) {
    const x = source(tape, vector.inputs.x);
    const w = source(tape, vector.inputs.w);
    const b = vector.inputs.b && source(tape, vector.inputs.b);
    const inputs = [x, w, ...(b ? [b] : [])].map(({ variable }) => variable);
    const y = tape.apply(ops.dense, inputs, { activation: activationOf(vector) });
    return { y, sources: b ? { x, w, b } : { x, w } };
  },
};

const softmax: Operation = {
  reason: ({ attrs: { axis }, inputs: { x } }) =>
    axis === -1 || axis === x.shape.length - 1 ? undefined : "softmax over another axis than the last",
  record: unary((tape, x) => tape.apply(ops.softmax, [x], undefined)),
};

const add: Operation = {
  reason: ({ inputs: { a, b } }) => (a.shape.join() === b.shape.join() ? undefined : "add broadcasts"),
  record(tape, { inputs }) {
    const [a, b] = [source(tape, inputs.a), source(tape, inputs.b)];
    return { y: tape.apply(ops.add, [a.variable, b.variable], undefined), sources: { a, b } };
  },
};

const flatten: Operation = {
  reason: ({ attrs: { axis } }) => (axis === 1 ? undefined : "flatten at another axis than 1"),
  record: unary((tape, x) => {
    const layer = new Flatten();
    layer.build(x.tensor.shape.slice(1), 0, 0);
    return layer.call(tape, x);
  }),
};

const inference = { training: false, seed: 0, step: 0 };

/** The ops of the vectors that we have, by the vectors' names. */
export const operations: Readonly<Record<string, Operation>> = {
  add,
  avg_pool: pool(ops.avgPool2d),
  conv2d: conv,
  conv2d_bias_act: conv,
  dense,
  dropout_inference: {
    record: unary((tape, x, { attrs: { rate } }) => new Dropout({ rate }).call(tape, x, inference, 0)),
  },
  dropout_with_mask: {
    reason: ({ attrs: { rate } }) => (rate === 0 ? undefined : "dropout with a mask from outside"),
    record: unary((tape, x) => tape.apply(ops.dropout, [x], { rate: 0, seed: 0, stream: 0, step: 0 })),
  },
  flatten,
  gemm,
  global_avg_pool: globalPool(ops.globalAveragePool2d),
  global_max_pool: globalPool(ops.globalMaxPool2d),
  matmul,
  max_pool: pool(ops.maxPool2d),
  relu: { record: unary((tape, x) => tape.apply(ops.relu, [x], undefined)) },
  reshape: { record: unary((tape, x, { attrs: { shape } }) => tape.apply(ops.reshape, [x], { shape })) },
  sigmoid: { record: unary((tape, x) => tape.apply(ops.sigmoid, [x], undefined)) },
  softmax,
  tanh: { record: unary((tape, x) => tape.apply(ops.tanh, [x], undefined)) },
};

/** Why a vector cannot be run by the operation of that name, or undefined. */
export function operationReason(name: string, vector: Vector): string | undefined {
  if (!Object.hasOwn(operations, name)) return `no such op: ${name}`;
  if (vector.tags.includes("nchw") || vector.layout === "NCHW") return "layout NCHW";
  const other = Object.values(vector.inputs).find(({ dtype }) => dtype !== "float32");
  if (other) return `dtype ${other.dtype}`;
  if (vector.tags.includes("nan")) return "NaN: WGSL does not promise to pass it on";
  return operations[name].reason?.(vector);
}
