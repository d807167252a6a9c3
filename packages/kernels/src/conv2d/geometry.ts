import { formatShape } from "../device/tensor.ts";
import { axisGeometry } from "../geometry/axis-geometry.ts";

/** `valid`, `same` (TensorFlow's rule: the odd pixel goes to the bottom and right), or pixels per side. */
export type Padding =
  | "valid"
  | "same"
  | { readonly top: number; readonly bottom: number; readonly left: number; readonly right: number };

export interface Conv2dOptions {
  /** NHWC. */
  readonly inputShape: readonly number[];
  /** HWIO: rows, columns, input channels, output channels. */
  readonly filterShape: readonly number[];
  /** Default 1. */
  readonly strides?: number | readonly [number, number];
  /** Default `valid`. */
  readonly padding?: Padding;
  /** Default 1. */
  readonly dilation?: number | readonly [number, number];
}

/** The sizes of a convolution, worked out and checked once, and handed whole to every pass. */
export interface Conv2dGeometry {
  readonly inputShape: readonly [number, number, number, number];
  readonly filterShape: readonly [number, number, number, number];
  readonly outputShape: readonly [number, number, number, number];
  /** The pipeline constants. The batch size is not among them: a shorter batch compiles nothing. */
  readonly constants: Readonly<Record<Conv2dConstant, number>>;
  /** Floating-point operations of one pass: two for each multiply-add. */
  readonly flop: number;
  /** The sizes as text, without the batch. */
  readonly key: string;
  toString(): string;
}

export const conv2dConstants = [
  "IN_H",
  "IN_W",
  "IN_C",
  "FILTER_H",
  "FILTER_W",
  "OUT_H",
  "OUT_W",
  "OUT_C",
  "STRIDE_H",
  "STRIDE_W",
  "DILATION_H",
  "DILATION_W",
  "PAD_TOP",
  "PAD_LEFT",
] as const;
export type Conv2dConstant = (typeof conv2dConstants)[number];

const pair = (value: number | readonly [number, number]): readonly [number, number] =>
  typeof value === "number" ? [value, value] : value;

function checkPositive(where: string, name: string, values: readonly number[]): void {
  if (values.some((value) => !Number.isInteger(value) || value < 1)) {
    throw new Error(`[${where}] ${name} must be whole numbers of at least 1, got ${formatShape(values)}.`);
  }
}

/**
 * Works out a convolution's sizes.
 * @param where the op, for messages
 * @throws where shapes do not fit each other, or the filter does not fit the input
 */
export function conv2dGeometry(options: Conv2dOptions, where = "conv2d"): Conv2dGeometry {
  const { inputShape, filterShape, padding = "valid" } = options;
  const shapes = `x ${formatShape(inputShape)} (NHWC), filter ${formatShape(filterShape)} (HWIO)`;
  if (inputShape.length !== 4)
    throw new Error(`[${where}] x must have 4 dimensions, has ${inputShape.length}: ${shapes}.`);
  if (filterShape.length !== 4) {
    throw new Error(`[${where}] the filter must have 4 dimensions, has ${filterShape.length}: ${shapes}.`);
  }
  const [batch, inH, inW, inC] = inputShape;
  const [filterH, filterW, filterC, outC] = filterShape;
  if (inC !== filterC)
    throw new Error(`[${where}] x has ${inC} channels but the filter expects ${filterC}: ${shapes}.`);
  checkPositive(where, "sizes of x", [inH, inW, inC]);
  checkPositive(where, "sizes of the filter", filterShape);
  const strides = pair(options.strides ?? 1);
  const dilation = pair(options.dilation ?? 1);
  checkPositive(where, "strides", strides);
  checkPositive(where, "dilation", dilation);
  const sides =
    typeof padding === "string"
      ? ([padding, padding] as const)
      : ([
          [padding.top, padding.bottom],
          [padding.left, padding.right],
        ] as const);
  const rows = axisGeometry({
    size: inH,
    kernel: filterH,
    stride: strides[0],
    dilation: dilation[0],
    padding: sides[0],
    where: `${where} height`,
  });
  const columns = axisGeometry({
    size: inW,
    kernel: filterW,
    stride: strides[1],
    dilation: dilation[1],
    padding: sides[1],
    where: `${where} width`,
  });
  const outputShape = [batch, rows.output, columns.output, outC] as const;
  const { padBefore: top, padAfter: bottom } = rows;
  const { padBefore: left, padAfter: right } = columns;
  const key =
    `${[inH, inW, inC].join("x")} * ${filterShape.join("x")}, strides ${strides.join("x")}, ` +
    `dilation ${dilation.join("x")}, padding ${[top, bottom, left, right].join(" ")}`;
  const flop = 2 * batch * rows.output * columns.output * outC * filterH * filterW * inC;
  return {
    inputShape: [batch, inH, inW, inC],
    filterShape: [filterH, filterW, filterC, outC],
    outputShape,
    constants: {
      IN_H: inH,
      IN_W: inW,
      IN_C: inC,
      FILTER_H: filterH,
      FILTER_W: filterW,
      OUT_H: rows.output,
      OUT_W: columns.output,
      OUT_C: outC,
      STRIDE_H: strides[0],
      STRIDE_W: strides[1],
      DILATION_H: dilation[0],
      DILATION_W: dilation[1],
      PAD_TOP: top,
      PAD_LEFT: left,
    },
    flop,
    key,
    toString: () =>
      `conv2d ${formatShape(inputShape)} * ${formatShape(filterShape)} -> ${formatShape(outputShape)}, ` +
      `strides ${strides.join("×")}, dilation ${dilation.join("×")}, ` +
      `padding top ${top} bottom ${bottom} left ${left} right ${right}`,
  };
}
