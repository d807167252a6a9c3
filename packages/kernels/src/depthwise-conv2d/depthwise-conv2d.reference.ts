import { activateReference, type FusedActivation } from "../activation/activation.ts";
import { sizeOf } from "../device/tensor.ts";
import type { DepthwiseConv2dGeometry } from "./geometry.ts";

/**
 * The convolution in plain loops, in float64. All three passes walk over the same products x·f → y; they differ in which of
 * the three is summed into.
 */
function eachProduct(
  { constants: c, inputShape: [batch] }: DepthwiseConv2dGeometry,
  visit: (xIndex: number, fIndex: number, yIndex: number) => void,
): void {
  for (let n = 0; n < batch; n++)
    for (let oy = 0; oy < c.OUT_H; oy++)
      for (let ox = 0; ox < c.OUT_W; ox++)
        for (let fy = 0; fy < c.FILTER_H; fy++)
          for (let fx = 0; fx < c.FILTER_W; fx++) {
            const iy = oy * c.STRIDE_H + fy * c.DILATION_H - c.PAD_TOP;
            const ix = ox * c.STRIDE_W + fx * c.DILATION_W - c.PAD_LEFT;
            if (iy < 0 || iy >= c.IN_H || ix < 0 || ix >= c.IN_W) continue;
            for (let oc = 0; oc < c.OUT_C; oc++)
              visit(
                ((n * c.IN_H + iy) * c.IN_W + ix) * c.IN_C + Math.floor(oc / c.MULTIPLIER),
                (fy * c.FILTER_W + fx) * c.OUT_C + oc,
                ((n * c.OUT_H + oy) * c.OUT_W + ox) * c.OUT_C + oc,
              );
          }
}

/** y = activation(x * f + b). */
export function depthwiseConv2dForwardReference(
  geometry: DepthwiseConv2dGeometry,
  x: Float32Array,
  f: Float32Array,
  b?: Float32Array,
  activation: FusedActivation = "linear",
): Float32Array {
  const y = new Float64Array(sizeOf(geometry.outputShape));
  eachProduct(geometry, (xIndex, fIndex, yIndex) => {
    y[yIndex] += x[xIndex] * f[fIndex];
  });
  const channels = geometry.constants.OUT_C;
  return Float32Array.from(y, (sum, i) => activateReference(activation, sum + (b ? b[i % channels] : 0)));
}

/** dx[…] = Σ dy·f over the products in which x takes part. */
export function depthwiseConv2dBackwardInputReference(
  geometry: DepthwiseConv2dGeometry,
  dy: Float32Array,
  f: Float32Array,
): Float32Array {
  const dx = new Float64Array(sizeOf(geometry.inputShape));
  eachProduct(geometry, (xIndex, fIndex, yIndex) => {
    dx[xIndex] += dy[yIndex] * f[fIndex];
  });
  return Float32Array.from(dx);
}

/** df[…] = Σ x·dy over the products in which f takes part. */
export function depthwiseConv2dBackwardFilterReference(
  geometry: DepthwiseConv2dGeometry,
  x: Float32Array,
  dy: Float32Array,
): Float32Array {
  const df = new Float64Array(sizeOf(geometry.filterShape));
  eachProduct(geometry, (xIndex, fIndex, yIndex) => {
    df[fIndex] += x[xIndex] * dy[yIndex];
  });
  return Float32Array.from(df);
}
