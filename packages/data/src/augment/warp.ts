import type { FillMode } from "../types.ts";
import { mapOutside, neighbour } from "./fill-mode.ts";

/** Where the pixels of a picture lie in its array: value (i, j, c) is at `i * row + j * column + c * channel`. */
export interface Layout {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly row: number;
  readonly column: number;
  readonly channel: number;
}

/** From a pixel of the result to a point of the source, both (row, column): `matrix · (i, j) + offset`. */
export interface Mapping {
  readonly matrix: readonly [m00: number, m01: number, m10: number, m11: number];
  readonly offset: readonly [row: number, column: number];
}

export interface WarpSettings {
  readonly fillMode: FillMode;
  readonly cval: number;
  readonly flipHorizontal: boolean;
  readonly flipVertical: boolean;
  /** The finished values are multiplied by it, in float32. */
  readonly factor: number;
}

/**
 * Warps with order 0 or 1, as `scipy.ndimage.affine_transform` does, then mirrors and multiplies. Coordinates and sums are
 * float64 in SciPy's order, so that each value is SciPy's.
 *
 * Two loops alike but for their innermost part: colour pictures, which are the rule, have theirs written out.
 */
export function warpLinear(
  source: Float32Array,
  target: Float32Array,
  layout: Layout,
  mapping: Mapping,
  order: 0 | 1,
  settings: WarpSettings,
): void {
  const { height, width, channels, row, column, channel } = layout;
  const [m00, m01, m10, m11] = mapping.matrix;
  const [offsetRow, offsetColumn] = mapping.offset;
  const { fillMode, cval, flipHorizontal, flipVertical } = settings;
  const factor = Math.fround(settings.factor);
  const isUnscaled = factor === 1;
  const isConstant = fillMode === "constant";
  const outside = Math.fround(Math.fround(cval) * factor);
  const lastRow = height - 1;
  const lastColumn = width - 1;
  const isColor = channels === 3;
  const c1 = channel;
  const c2 = 2 * channel;

  for (let i = 0; i < height; i++) {
    const startRow = offsetRow + i * m00;
    const startColumn = offsetColumn + i * m10;
    let o = (flipVertical ? lastRow - i : i) * row + (flipHorizontal ? lastColumn * column : 0);
    const step = flipHorizontal ? -column : column;
    for (let j = 0; j < width; j++, o += step) {
      let y = startRow + j * m01;
      let x = startColumn + j * m11;
      const isOutsideY = y < 0 || y > lastRow;
      const isOutsideX = x < 0 || x > lastColumn;
      if (isOutsideY || isOutsideX) {
        if (isConstant) {
          for (let c = 0; c < channels; c++) target[o + c * channel] = outside;
          continue;
        }
        if (isOutsideY) y = mapOutside(y, height, fillMode);
        if (isOutsideX) x = mapOutside(x, width, fillMode);
      }

      if (order === 0) {
        const p =
          neighbour(Math.floor(y + 0.5), height, fillMode) * row +
          neighbour(Math.floor(x + 0.5), width, fillMode) * column;
        for (let c = 0; c < channels; c++) target[o + c * channel] = source[p + c * channel] * factor;
        continue;
      }

      const y0 = Math.floor(y);
      const x0 = Math.floor(x);
      const top = 1 - (y - y0);
      const left = 1 - (x - x0);
      const bottom = 1 - top; // not y − y0: SciPy's last weight is what the others leave of 1
      const right = 1 - left;
      let p00: number;
      let p01: number;
      let p10: number;
      let p11: number;
      if (y0 >= 0 && x0 >= 0 && y0 < lastRow && x0 < lastColumn) {
        p00 = y0 * row + x0 * column;
        p01 = p00 + column;
        p10 = p00 + row;
        p11 = p10 + column;
      } else {
        const upper = neighbour(y0, height, fillMode) * row;
        const lower = neighbour(y0 + 1, height, fillMode) * row;
        const before = neighbour(x0, width, fillMode) * column;
        const after = neighbour(x0 + 1, width, fillMode) * column;
        p00 = upper + before;
        p01 = upper + after;
        p10 = lower + before;
        p11 = lower + after;
      }
      if (isColor) {
        const a =
          source[p00] * top * left +
          source[p01] * top * right +
          source[p10] * bottom * left +
          source[p11] * bottom * right;
        const b =
          source[p00 + c1] * top * left +
          source[p01 + c1] * top * right +
          source[p10 + c1] * bottom * left +
          source[p11 + c1] * bottom * right;
        const c =
          source[p00 + c2] * top * left +
          source[p01 + c2] * top * right +
          source[p10 + c2] * bottom * left +
          source[p11 + c2] * bottom * right;
        if (isUnscaled) {
          target[o] = a;
          target[o + c1] = b;
          target[o + c2] = c;
        } else {
          target[o] = Math.fround(a) * factor;
          target[o + c1] = Math.fround(b) * factor;
          target[o + c2] = Math.fround(c) * factor;
        }
      } else {
        for (let c = 0; c < channels; c++) {
          const k = c * channel;
          const value =
            source[p00 + k] * top * left +
            source[p01 + k] * top * right +
            source[p10 + k] * bottom * left +
            source[p11 + k] * bottom * right;
          target[o + k] = Math.fround(value) * factor;
        }
      }
    }
  }
}
