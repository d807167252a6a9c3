import { sizeOf } from "../device/tensor.ts";
import type { Pool2dGeometry } from "../pool2d/geometry.ts";

/**
 * y = the maximum of each window, argmax = the first pixel that has it; padding counts as −∞, and NaN
 * is larger than any number.
 */
export function maxPool2dForwardReference(
  geometry: Pool2dGeometry,
  x: Float32Array,
): { y: Float32Array; argmax: Uint32Array } {
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
  const y = new Float32Array(sizeOf(geometry.outputShape));
  const argmax = new Uint32Array(y.length);
  let o = 0;
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < outH; oy++) {
      for (let ox = 0; ox < outW; ox++) {
        for (let c = 0; c < CHANNELS; c++) {
          let best = Number.NEGATIVE_INFINITY;
          let chosen = -1;
          for (let ky = 0; ky < POOL_H; ky++) {
            for (let kx = 0; kx < POOL_W; kx++) {
              const iy = oy * STRIDE_H + ky * DILATION_H - PAD_TOP;
              const ix = ox * STRIDE_W + kx * DILATION_W - PAD_LEFT;
              if (iy < 0 || iy >= IN_H || ix < 0 || ix >= IN_W) continue;
              const candidate = (iy * IN_W + ix) * CHANNELS + c;
              const value = x[n * IN_H * IN_W * CHANNELS + candidate];
              if (chosen < 0 || value > best || (Number.isNaN(value) && !Number.isNaN(best))) {
                best = value;
                chosen = candidate;
              }
            }
          }
          y[o] = best;
          argmax[o] = chosen;
          o++;
        }
      }
    }
  }
  return { y, argmax };
}

/** Scatters each window's dy to the pixel it chose. */
export function maxPool2dBackwardReference(
  geometry: Pool2dGeometry,
  argmax: Uint32Array,
  dy: Float32Array,
): Float32Array {
  const [batch, ...outPicture] = geometry.outputShape;
  const [, ...inPicture] = geometry.inputShape;
  const dx = new Float32Array(sizeOf(geometry.inputShape));
  for (let n = 0; n < batch; n++) {
    for (let i = 0; i < sizeOf(outPicture); i++) {
      const o = n * sizeOf(outPicture) + i;
      dx[n * sizeOf(inPicture) + argmax[o]] += dy[o];
    }
  }
  return dx;
}
