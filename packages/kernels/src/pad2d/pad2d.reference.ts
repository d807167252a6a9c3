import type { Sides } from "./pad2d.ts";

/** Calls `visit(index in x, index in y)` for every pixel that both have. */
function eachPixel(
  [batch, height, width, channels]: readonly number[],
  { top, bottom, left, right }: Sides,
  visit: (x: number, y: number) => void,
): void {
  const outW = width + left + right;
  const outH = height + top + bottom;
  for (let n = 0; n < batch; n++)
    for (let oy = 0; oy < outH; oy++)
      for (let ox = 0; ox < outW; ox++) {
        const [iy, ix] = [oy - top, ox - left];
        if (iy < 0 || iy >= height || ix < 0 || ix >= width) continue;
        for (let c = 0; c < channels; c++) {
          visit(
            ((n * height + iy) * width + ix) * channels + c,
            ((n * outH + oy) * outW + ox) * channels + c,
          );
        }
      }
}

/** Padded, or cropped, pixel by pixel. @param shape of x */
export function pad2dReference(x: Float32Array, shape: readonly number[], sides: Sides): Float32Array {
  const [batch, height, width, channels] = shape;
  const outH = height + sides.top + sides.bottom;
  const outW = width + sides.left + sides.right;
  const y = new Float32Array(batch * outH * outW * channels);
  eachPixel(shape, sides, (from, to) => {
    y[to] = x[from];
  });
  return y;
}

/** dx of that shape. */
export function pad2dBackwardReference(
  dy: Float32Array,
  shape: readonly number[],
  sides: Sides,
): Float32Array {
  const dx = new Float32Array(shape.reduce((product, size) => product * size, 1));
  eachPixel(shape, sides, (from, to) => {
    dx[from] = dy[to];
  });
  return dx;
}
