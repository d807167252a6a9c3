import {
  type Conv2dConstant,
  type Conv2dOptions,
  conv2dConstants,
  conv2dGeometry,
} from "../conv2d/geometry.ts";
import { formatShape } from "../device/tensor.ts";

export interface DepthwiseConv2dOptions extends Omit<Conv2dOptions, "filterShape"> {
  /** Rows, columns, channels, and how many results each channel gives. */
  readonly filterShape: readonly number[];
}

/** The pipeline constants: conv2d's, whose OUT_C is IN_C·MULTIPLIER here. */
export const depthwiseConv2dConstants = [...conv2dConstants, "MULTIPLIER"] as const;

/** The sizes of a depthwise convolution. Two batch sizes share their `constants`, and so their pipelines. */
export interface DepthwiseConv2dGeometry {
  readonly inputShape: readonly [number, number, number, number];
  readonly filterShape: readonly [number, number, number, number];
  readonly outputShape: readonly [number, number, number, number];
  readonly constants: Readonly<Record<Conv2dConstant | "MULTIPLIER", number>>;
  /** Floating-point operations of one pass: two for each multiply-add. */
  readonly flop: number;
  toString(): string;
}

/**
 * Works out a depthwise convolution's sizes: windows lie as `conv2d`'s.
 * @throws where shapes do not fit each other, or the filter does not fit the input
 */
export function depthwiseConv2dGeometry(options: DepthwiseConv2dOptions): DepthwiseConv2dGeometry {
  const { inputShape, filterShape } = options;
  if (filterShape.length !== 4) {
    throw new Error(
      `[depthwiseConv2d] the filter is ${formatShape(filterShape)}: [rows,columns,channels,multiplier] is needed.`,
    );
  }
  const [rows, columns, channels, multiplier] = filterShape;
  const whole = conv2dGeometry(
    { ...options, filterShape: [rows, columns, channels, channels * multiplier] },
    "depthwiseConv2d",
  );
  const [batch, outH, outW, outC] = whole.outputShape;
  const text = String(whole);
  const from = text.indexOf(" -> ");
  return {
    inputShape: whole.inputShape,
    filterShape: [rows, columns, channels, multiplier],
    outputShape: whole.outputShape,
    constants: { ...whole.constants, MULTIPLIER: multiplier },
    flop: 2 * batch * outH * outW * outC * rows * columns,
    toString: () =>
      `depthwiseConv2d ${formatShape(inputShape)} * ${formatShape(filterShape)}${text.slice(from)}`,
  };
}
