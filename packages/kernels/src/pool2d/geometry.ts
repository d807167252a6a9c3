import { formatShape } from "../device/tensor.ts";
import { axisGeometry } from "../geometry/axis-geometry.ts";

/** Pixels of padding around a picture. */
export interface Padding2d {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export interface Pool2dOptions {
  /** NHWC: batch, height, width, channels. */
  readonly inputShape: readonly number[];
  /** Pixels of the window: one number for both, or [height, width]. */
  readonly poolSize: number | readonly [number, number];
  /** Pixels from one window to the next; default the pool size, so that windows do not overlap. */
  readonly strides?: number | readonly [number, number];
  /** Pixels from one pixel of a window to its next; default 1, they are neighbours. */
  readonly dilation?: number | readonly [number, number];
  /** `valid`: none, a border that fills no window is dropped. `same`: as TensorFlow pads. Or the pixels themselves. */
  readonly padding: "valid" | "same" | Padding2d;
}

/** The pipeline constants of the pooling kernels: all of a geometry but the batch size. */
export interface Pool2dConstants {
  readonly IN_H: number;
  readonly IN_W: number;
  readonly CHANNELS: number;
  readonly POOL_H: number;
  readonly POOL_W: number;
  readonly STRIDE_H: number;
  readonly STRIDE_W: number;
  readonly DILATION_H: number;
  readonly DILATION_W: number;
  readonly PAD_TOP: number;
  readonly PAD_LEFT: number;
  readonly OUT_H: number;
  readonly OUT_W: number;
}

/** Where the windows of a pooling lie. Two batch sizes share their `constants`, and so their pipelines. */
export interface Pool2dGeometry {
  readonly inputShape: readonly [number, number, number, number];
  readonly outputShape: readonly [number, number, number, number];
  readonly constants: Pool2dConstants;
  toString(): string;
}

/** The names of `Pool2dConstants`, for `defineKernel`. */
export const pool2dConstantNames = [
  "IN_H",
  "IN_W",
  "CHANNELS",
  "POOL_H",
  "POOL_W",
  "STRIDE_H",
  "STRIDE_W",
  "DILATION_H",
  "DILATION_W",
  "PAD_TOP",
  "PAD_LEFT",
  "OUT_H",
  "OUT_W",
] as const satisfies readonly (keyof Pool2dConstants)[];

function pair(value: number | readonly [number, number]): readonly [number, number] {
  return typeof value === "number" ? [value, value] : value;
}

/** One axis; a window that lies in the padding alone has no maximum and no mean, so that is refused. */
function poolAxis(
  axis: "height" | "width",
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  padding: "valid" | "same" | readonly [number, number],
) {
  const where = `pool2d ${axis}`;
  const geometry = axisGeometry({ size, kernel, stride, dilation, padding, where });
  const { output, padBefore, padAfter } = geometry;
  for (let window = 0; window < output; window++) {
    const start = window * stride - padBefore;
    const firstInside = start + Math.max(Math.ceil(-start / dilation), 0) * dilation;
    if (firstInside < size && firstInside <= start + (kernel - 1) * dilation) continue;
    throw new Error(
      `[${where}] padding of ${padBefore} before and ${padAfter} after ${size} pixels was given to a window of ` +
        `${kernel}, dilation ${dilation}, stride ${stride}: window ${window} would hold padding alone. Give less padding.`,
    );
  }
  return geometry;
}

/**
 * Computes where the windows of a pooling lie (the rules of one axis: `axisGeometry`). Every window of the result
 * holds at least one pixel of the picture.
 * @throws on a shape that is not NHWC, on counts that are not whole, on a window larger than its padded input, and on
 *   one that holds padding alone
 */
export function pool2dGeometry(options: Pool2dOptions): Pool2dGeometry {
  const { inputShape, padding } = options;
  const whole = inputShape.every((extent, i) => Number.isInteger(extent) && extent >= (i === 0 ? 0 : 1));
  if (inputShape.length !== 4 || !whole) {
    throw new Error(
      `[pool2d] the input is ${formatShape(inputShape)}: [batch,height,width,channels] is needed.`,
    );
  }
  const [batch, inH, inW, channels] = inputShape;
  const [poolH, poolW] = pair(options.poolSize);
  const [strideH, strideW] = pair(options.strides ?? options.poolSize);
  const [dilationH, dilationW] = pair(options.dilation ?? 1);
  const [vertical, horizontal] =
    typeof padding === "string"
      ? ([padding, padding] as const)
      : ([
          [padding.top, padding.bottom],
          [padding.left, padding.right],
        ] as const);
  const rows = poolAxis("height", inH, poolH, strideH, dilationH, vertical);
  const columns = poolAxis("width", inW, poolW, strideW, dilationW, horizontal);
  const outputShape = Object.freeze([batch, rows.output, columns.output, channels] as const);
  const text =
    `pool2d ${poolH}×${poolW}, strides ${strideH}×${strideW}, dilation ${dilationH}×${dilationW}, ` +
    `padding top ${rows.padBefore}, bottom ${rows.padAfter}, left ${columns.padBefore}, right ${columns.padAfter}: ` +
    `${formatShape(inputShape)} → ${formatShape(outputShape)}`;
  return Object.freeze({
    inputShape: Object.freeze([batch, inH, inW, channels] as const),
    outputShape,
    constants: Object.freeze({
      IN_H: inH,
      IN_W: inW,
      CHANNELS: channels,
      POOL_H: poolH,
      POOL_W: poolW,
      STRIDE_H: strideH,
      STRIDE_W: strideW,
      DILATION_H: dilationH,
      DILATION_W: dilationW,
      PAD_TOP: rows.padBefore,
      PAD_LEFT: columns.padBefore,
      OUT_H: rows.output,
      OUT_W: columns.output,
    }),
    toString: () => text,
  });
}
