import { tfjs } from "../testing/index.ts";
import { type Pool2dGeometry, pool2dGeometry } from "./geometry.ts";

/**
 * The geometries every pooling test runs: odd sizes, windows that overlap, leave gaps, have holes, or are
 * cut by the border.
 */
export const poolCases: readonly Pool2dGeometry[] = [
  pool2dGeometry({ inputShape: [3, 15, 17, 5], poolSize: 2, padding: "valid" }),
  pool2dGeometry({ inputShape: [1, 7, 7, 70], poolSize: 2, padding: "same" }),
  pool2dGeometry({ inputShape: [3, 11, 9, 3], poolSize: 3, strides: 2, padding: "valid" }),
  pool2dGeometry({ inputShape: [1, 10, 13, 70], poolSize: 3, strides: 2, padding: "same" }),
  pool2dGeometry({ inputShape: [3, 9, 8, 1], poolSize: 3, strides: 1, padding: "same" }),
  pool2dGeometry({ inputShape: [1, 13, 11, 5], poolSize: [1, 2], strides: [3, 4], padding: "valid" }),
  pool2dGeometry({ inputShape: [3, 5, 6, 3], poolSize: [5, 2], strides: [1, 3], padding: "same" }),
  pool2dGeometry({ inputShape: [1, 2, 3, 5], poolSize: 5, strides: 1, padding: "same" }),
  pool2dGeometry({
    inputShape: [3, 8, 7, 5],
    poolSize: 3,
    strides: 2,
    padding: { top: 2, bottom: 0, left: 1, right: 2 },
  }),
  pool2dGeometry({
    inputShape: [3, 8, 9, 5],
    poolSize: [3, 2],
    strides: 3,
    padding: { top: 2, bottom: 1, left: 1, right: 0 },
  }),
  pool2dGeometry({ inputShape: [3, 11, 9, 5], poolSize: 2, strides: 1, dilation: 2, padding: "valid" }),
  pool2dGeometry({
    inputShape: [1, 9, 13, 3],
    poolSize: [3, 2],
    strides: 2,
    dilation: [2, 3],
    padding: "same",
  }),
  // Whole quads of channels, which kernels of their own take.
  pool2dGeometry({ inputShape: [3, 15, 17, 4], poolSize: 2, padding: "valid" }),
  pool2dGeometry({ inputShape: [2, 9, 7, 36], poolSize: 2, padding: "same" }),
  pool2dGeometry({ inputShape: [1, 11, 9, 8], poolSize: 3, strides: 2, padding: "same" }),
  pool2dGeometry({ inputShape: [1, 13, 11, 12], poolSize: [1, 2], strides: [3, 4], padding: "valid" }),
  pool2dGeometry({
    inputShape: [3, 8, 9, 4],
    poolSize: [3, 2],
    strides: 3,
    padding: { top: 2, bottom: 1, left: 1, right: 0 },
  }),
  // The strides leave no overlap of the windows' sizes, but the holes interleave.
  pool2dGeometry({ inputShape: [1, 10, 11, 70], poolSize: 2, strides: 2, dilation: 3, padding: "valid" }),
  pool2dGeometry({
    inputShape: [3, 8, 9, 5],
    poolSize: 3,
    strides: [3, 2],
    dilation: [2, 3],
    padding: { top: 3, bottom: 1, left: 1, right: 4 },
  }),
];

/**
 * The geometry's pooling by tfjs. Its own padding, and strides beside dilation, are not taken: the picture is padded
 * with `padValue`, pooled at every pixel, and every stride-th window kept.
 */
export function tfjsPool(
  type: "max" | "avg",
  geometry: Pool2dGeometry,
  x: tfjs.Tensor,
  padValue: number,
): tfjs.Tensor {
  const { IN_H, IN_W, POOL_H, POOL_W, STRIDE_H, STRIDE_W, DILATION_H, DILATION_W } = geometry.constants;
  const { PAD_TOP, PAD_LEFT, OUT_H, OUT_W } = geometry.constants;
  const bottom = Math.max((OUT_H - 1) * STRIDE_H + (POOL_H - 1) * DILATION_H + 1 - PAD_TOP - IN_H, 0);
  const right = Math.max((OUT_W - 1) * STRIDE_W + (POOL_W - 1) * DILATION_W + 1 - PAD_LEFT - IN_W, 0);
  const padded = tfjs.pad(
    x as tfjs.Tensor4D,
    [
      [0, 0],
      [PAD_TOP, bottom],
      [PAD_LEFT, right],
      [0, 0],
    ],
    padValue,
  );
  const everywhere = tfjs.pool(padded, [POOL_H, POOL_W], type, "valid", [DILATION_H, DILATION_W], 1);
  const every = (stride: number, count: number) => Array.from({ length: count }, (_, i) => i * stride);
  return tfjs.gather(tfjs.gather(everywhere, every(STRIDE_H, OUT_H), 1), every(STRIDE_W, OUT_W), 2);
}
