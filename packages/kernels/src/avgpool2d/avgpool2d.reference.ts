import { sizeOf } from "../device/tensor.ts";
import type { Pool2dGeometry } from "../pool2d/geometry.ts";

/** Calls `visit(output index, indices of the window's pixels)` for every window and channel; padding has no index. */
function forEachWindow(geometry: Pool2dGeometry, visit: (o: number, pixels: number[]) => void): void {
  const {
    IN_H,
    IN_W,
    CHANNELS,
    POOL_H,
    POOL_W,
    STRIDE_H,
    STRIDE_W,
    DILATION_H,
    DILATION_W,
    PAD_TOP,
    PAD_LEFT,
  } = geometry.constants;
  const [batch, outH, outW] = geometry.outputShape;
  let o = 0;
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < outH; oy++) {
      for (let ox = 0; ox < outW; ox++) {
        for (let c = 0; c < CHANNELS; c++) {
          const pixels: number[] = [];
          for (let ky = 0; ky < POOL_H; ky++) {
            for (let kx = 0; kx < POOL_W; kx++) {
              const iy = oy * STRIDE_H + ky * DILATION_H - PAD_TOP;
              const ix = ox * STRIDE_W + kx * DILATION_W - PAD_LEFT;
              if (iy < 0 || iy >= IN_H || ix < 0 || ix >= IN_W) continue;
              pixels.push(((n * IN_H + iy) * IN_W + ix) * CHANNELS + c);
            }
          }
          visit(o++, pixels);
        }
      }
    }
  }
}

/** y = the mean of each window's pixels; padding is not counted. Summed in double precision. */
export function avgPool2dForwardReference(geometry: Pool2dGeometry, x: Float32Array): Float32Array {
  const y = new Float32Array(sizeOf(geometry.outputShape));
  forEachWindow(geometry, (o, pixels) => {
    y[o] = pixels.reduce((sum, i) => sum + x[i], 0) / pixels.length;
  });
  return y;
}

/** Each window's dy, shared equally among its pixels. Summed in double precision. */
export function avgPool2dBackwardReference(geometry: Pool2dGeometry, dy: Float32Array): Float32Array {
  const dx = new Float64Array(sizeOf(geometry.inputShape));
  forEachWindow(geometry, (o, pixels) => {
    for (const i of pixels) dx[i] += dy[o] / pixels.length;
  });
  return Float32Array.from(dx);
}
