import type { Upsample2dOptions } from "./upsample2d.ts";

/** The inputs that an output lies between, and their weights. */
function between(
  o: number,
  size: number,
  inputs: number,
  interpolation: Upsample2dOptions["interpolation"],
): readonly (readonly [input: number, weight: number])[] {
  const before = Math.floor(o / size);
  if (interpolation === "nearest") return [[before, 1]];
  const share = o / size - before;
  return [
    [before, 1 - share],
    [Math.min(before + 1, inputs - 1), share],
  ];
}

/** Calls `visit(index in x, index in y, weight)` for all pairs that belong together. */
function eachPair(
  [batch, height, width, channels]: readonly number[],
  { size: [sizeH, sizeW], interpolation }: Upsample2dOptions,
  visit: (x: number, y: number, weight: number) => void,
): void {
  for (let n = 0; n < batch; n++)
    for (let oy = 0; oy < height * sizeH; oy++)
      for (let ox = 0; ox < width * sizeW; ox++)
        for (const [iy, wy] of between(oy, sizeH, height, interpolation))
          for (const [ix, wx] of between(ox, sizeW, width, interpolation))
            for (let c = 0; c < channels; c++) {
              const to = ((n * height * sizeH + oy) * width * sizeW + ox) * channels + c;
              visit(((n * height + iy) * width + ix) * channels + c, to, wy * wx);
            }
}

/** y, in double precision. @param shape of x */
export function upsample2dForwardReference(
  x: Float32Array,
  shape: readonly number[],
  options: Upsample2dOptions,
): Float32Array {
  const y = new Float64Array(x.length * options.size[0] * options.size[1]);
  eachPair(shape, options, (from, to, weight) => {
    y[to] += weight * x[from];
  });
  return Float32Array.from(y);
}

/** dx of that shape, in double precision. */
export function upsample2dBackwardReference(
  dy: Float32Array,
  shape: readonly number[],
  options: Upsample2dOptions,
): Float32Array {
  const dx = new Float64Array(dy.length / (options.size[0] * options.size[1]));
  eachPair(shape, options, (from, to, weight) => {
    dx[from] += weight * dy[to];
  });
  return Float32Array.from(dx);
}
