import type { AugmentOptions } from "./augment.ts";
import type { PictureAugmentation } from "./pictures.ts";

type Size = readonly [height: number, width: number, channels: number];

/** A picture, augmented step by step in plain words: SciPy's `affine_transform`, then what Keras does after it. */
export function augmentReference(
  picture: Uint8Array,
  size: Size,
  { map, channelShift, flipHorizontal, flipVertical, brightness }: PictureAugmentation,
  options: AugmentOptions = {},
): Float32Array {
  const [height, width, channels] = size;
  let x = map ? warpReference(picture, size, map, options) : Float32Array.from(picture);
  if (channelShift !== undefined) {
    const [low, high] = extremes(x);
    x = x.map((value) => Math.min(Math.max(value + channelShift, low), high));
  }
  const source = x;
  x = x.map((_, i) => {
    const channel = i % channels;
    const column = Math.floor(i / channels) % width;
    const row = Math.floor(i / (channels * width));
    const fromRow = flipVertical ? height - 1 - row : row;
    const fromColumn = flipHorizontal ? width - 1 - column : column;
    return source[(fromRow * width + fromColumn) * channels + channel];
  });
  if (brightness !== undefined) {
    const [low, high] = extremes(x);
    const isStretched = options.brightnessMode === "keras2" || low < 0 || high > 255;
    if (isStretched) x = stretched(x);
    x = x.map((value, i) => {
      const isAlpha = channels === 4 && i % 4 === 3;
      const factor = isAlpha ? 1 : Math.fround(brightness);
      return Math.floor(Math.min(Math.max(Math.fround(Math.floor(value) * factor), 0), 255));
    });
    if (isStretched && options.brightnessMode !== "keras2") {
      x = x.map((value) => (value / 255) * (high - low) + low);
    }
  }
  return x.map((value) => value * Math.fround(options.rescale ?? 1));
}

/** Pixel by pixel: from where, and what stands there. */
function warpReference(
  picture: Uint8Array,
  [height, width, channels]: Size,
  { matrix, offset }: NonNullable<PictureAugmentation["map"]>,
  { fillMode = "nearest", cval = 0, order = 1 }: AugmentOptions,
): Float32Array {
  const y = new Float32Array(height * width * channels);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let v = matrix[0] * row + matrix[1] * column + offset[0];
      let h = matrix[2] * row + matrix[3] * column + offset[1];
      const isOutside = v < 0 || v > height - 1 || h < 0 || h > width - 1;
      v = broughtInside(v, height, fillMode);
      h = broughtInside(h, width, fillMode);
      if (order === 0) [v, h] = [Math.floor(v + 0.5), Math.floor(h + 0.5)];
      const [top, left] = [Math.floor(v), Math.floor(h)];
      for (let c = 0; c < channels; c++) {
        const at = (r: number, k: number) =>
          picture[(pixelAt(r, height, fillMode) * width + pixelAt(k, width, fillMode)) * channels + c];
        const upper = at(top, left) * (left + 1 - h) + at(top, left + 1) * (h - left);
        const lower = at(top + 1, left) * (left + 1 - h) + at(top + 1, left + 1) * (h - left);
        const value = upper * (top + 1 - v) + lower * (v - top);
        y[(row * width + column) * channels + c] = fillMode === "constant" && isOutside ? cval : value;
      }
    }
  }
  return y;
}

/** A coordinate of an axis with n pixels: as it is inside, and outside as SciPy's `map_coordinate` moves it. */
function broughtInside(v: number, n: number, fillMode: AugmentOptions["fillMode"]): number {
  if (v >= 0 && v <= n - 1) return v;
  if (n === 1) return 0;
  const modulo = (period: number) => v - period * Math.floor(v / period);
  switch (fillMode) {
    case "reflect": {
      const u = modulo(2 * n);
      return u < n ? u : 2 * n - 1 - u;
    }
    case "mirror": {
      const u = modulo(2 * n - 2);
      return u < (v < 0 ? n - 1 : n) ? u : 2 * n - 2 - u;
    }
    case "wrap": // of period n − 1, and from the left its end is the last pixel, not the first
      return v < 0 ? v + (n - 1) * (Math.floor(-v / (n - 1)) + 1) : v - (n - 1) * Math.floor(v / (n - 1));
    case "grid-wrap":
      return modulo(n);
    default:
      return v < 0 ? 0 : n - 1;
  }
}

/** The pixel that stands at a whole coordinate, which may be one beside the picture. */
function pixelAt(index: number, n: number, fillMode: AugmentOptions["fillMode"]): number {
  if (index === n && fillMode === "grid-wrap") return 0;
  if (index === n && fillMode === "mirror") return Math.max(n - 2, 0);
  return Math.min(Math.max(index, 0), n - 1);
}

/** From 0 to 255, as Keras 2 does it: in float32. */
function stretched(x: Float32Array): Float32Array {
  const [low] = extremes(x);
  const lifted = x.map((value) => value - low);
  const [, high] = extremes(lifted);
  return high === 0 ? lifted : lifted.map((value) => value / high).map((value) => value * 255);
}

function extremes(x: Float32Array): [low: number, high: number] {
  return [x.reduce((a, b) => Math.min(a, b), Infinity), x.reduce((a, b) => Math.max(a, b), -Infinity)];
}
