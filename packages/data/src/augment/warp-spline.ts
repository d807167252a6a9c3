import type { FillMode } from "../types.ts";
import { mapOutside } from "./fill-mode.ts";
import { filterLine, type SplineBoundary, splineWeights } from "./spline.ts";
import type { Layout, Mapping, WarpSettings } from "./warp.ts";

/** How many copies of the border SciPy puts around a picture for `nearest`, whose spline has no closed form. */
const BORDER = 12;

/** How the spline goes on outside, for each fill mode. SciPy mirrors `constant` and its odd `wrap`. */
const BOUNDARIES: Readonly<Record<FillMode, SplineBoundary>> = {
  nearest: "reflect",
  constant: "mirror",
  wrap: "mirror",
  mirror: "mirror",
  reflect: "reflect",
  "grid-wrap": "period",
};

/** Warps with order 2 to 5, as `scipy.ndimage.affine_transform` does; else as `warpLinear`. */
export function warpSpline(
  source: Float32Array,
  target: Float32Array,
  layout: Layout,
  mapping: Mapping,
  order: 2 | 3 | 4 | 5,
  settings: WarpSettings,
): void {
  const { fillMode } = settings;
  const border = fillMode === "nearest" ? BORDER : 0;
  for (let c = 0; c < layout.channels; c++) {
    const plane = coefficients(source, layout, c, order, border, BOUNDARIES[fillMode]);
    warpPlane(plane, target, layout, c, mapping, order, border, settings);
  }
}

/** One channel's spline coefficients, row-major, with the border around it. */
function coefficients(
  source: Float32Array,
  { height, width, row, column, channel }: Layout,
  c: number,
  order: number,
  border: number,
  boundary: SplineBoundary,
): Float64Array {
  const rows = height + 2 * border;
  const columns = width + 2 * border;
  const plane = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const y = Math.min(Math.max(i - border, 0), height - 1);
    for (let j = 0; j < columns; j++) {
      const x = Math.min(Math.max(j - border, 0), width - 1);
      plane[i * columns + j] = source[y * row + x * column + c * channel];
    }
  }
  const line = new Float64Array(rows);
  for (let j = 0; j < columns; j++) {
    for (let i = 0; i < rows; i++) line[i] = plane[i * columns + j];
    filterLine(line, order, boundary);
    for (let i = 0; i < rows; i++) plane[i * columns + j] = line[i];
  }
  for (let i = 0; i < rows; i++) filterLine(plane.subarray(i * columns, (i + 1) * columns), order, boundary);
  return plane;
}

function warpPlane(
  plane: Float64Array,
  target: Float32Array,
  { height, width, row, column, channel }: Layout,
  c: number,
  { matrix, offset }: Mapping,
  order: number,
  border: number,
  { fillMode, cval, flipHorizontal, flipVertical, factor }: WarpSettings,
): void {
  const rows = height + 2 * border;
  const columns = width + 2 * border;
  const scale = Math.fround(factor);
  const weightsY = new Float64Array(order + 1);
  const weightsX = new Float64Array(order + 1);
  for (let i = 0; i < height; i++) {
    const y1 = (flipVertical ? height - 1 - i : i) * row;
    for (let j = 0; j < width; j++) {
      const o = y1 + (flipHorizontal ? width - 1 - j : j) * column + c * channel;
      let y = offset[0] + i * matrix[0] + j * matrix[1] + border;
      let x = offset[1] + i * matrix[2] + j * matrix[3] + border;
      const isOutsideY = y < 0 || y > rows - 1;
      const isOutsideX = x < 0 || x > columns - 1;
      if (fillMode === "constant" && (isOutsideY || isOutsideX)) {
        target[o] = Math.fround(cval) * scale;
        continue;
      }
      if (isOutsideY) y = mapOutside(y, rows, fillMode);
      if (isOutsideX) x = mapOutside(x, columns, fillMode);
      const firstY = weigh(y, order, weightsY);
      const firstX = weigh(x, order, weightsX);
      let sum = 0;
      for (let k = 0; k <= order; k++) {
        const from = indexOf(firstY + k, rows, fillMode) * columns;
        for (let l = 0; l <= order; l++) {
          sum += plane[from + indexOf(firstX + l, columns, fillMode)] * weightsY[k] * weightsX[l];
        }
      }
      target[o] = Math.fround(sum) * scale;
    }
  }
}

/** The coefficient that stands for one outside: as the spline goes on there, but for `nearest`. */
function indexOf(index: number, n: number, mode: FillMode): number {
  if (index >= 0 && index < n) return index;
  if (mode === "nearest") return index < 0 ? 0 : n - 1;
  return mapOutside(index, n, mode === "constant" || mode === "wrap" ? "mirror" : mode);
}

/** @returns the first coefficient that counts */
function weigh(coordinate: number, order: number, weights: Float64Array): number {
  const middle = Math.floor(order & 1 ? coordinate : coordinate + 0.5);
  splineWeights(coordinate - middle, order, weights);
  return middle - Math.floor(order / 2);
}
