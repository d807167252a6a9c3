import type { FillMode, NdArray } from "../types.ts";
import { checkFillMode } from "./fill-mode.ts";
import { axesOf, layoutOf, type PictureAxes } from "./layout.ts";
import type { Center, InterpolationOrder } from "./recipe.ts";
import { type Layout, type Mapping, type WarpSettings, warpLinear } from "./warp.ts";
import { warpSpline } from "./warp-spline.ts";

/** 3 x 3, row-major: acts on (row, column, 1). */
export type Matrix3 = readonly [number, number, number, number, number, number, number, number, number];

/** The geometric part of a `Transform`. What is absent changes nothing. */
export interface AffineParameters {
  /** Rotation. In degrees; rows run downwards. */
  readonly theta?: number;
  /** Shift along the rows, in pixels: what lies so far below comes up. */
  readonly tx?: number;
  /** Shift along the columns, in pixels. */
  readonly ty?: number;
  readonly shear?: number;
  /** Zoom of the rows, then of the columns; above 1 the picture becomes smaller. */
  readonly zx?: number;
  readonly zy?: number;
}

export interface WarpOptions extends PictureAxes {
  /** What stands outside the picture; default `"nearest"`. */
  readonly fillMode?: FillMode;
  /** The value outside, for `fillMode: "constant"`; default 0. */
  readonly cval?: number;
  /** Degree of the spline between pixels: 0 … 5; default 1, bilinear. */
  readonly order?: InterpolationOrder;
}

export interface AffineOptions extends AffineParameters, WarpOptions {
  /** The point that stays where it is; default `"fixed"`, the picture's middle. */
  readonly center?: Center;
  /** Of `shear`; default degrees. */
  readonly shearUnit?: "degrees" | "radians";
}

/**
 * Turns, shifts, shears and zooms a picture in one warp: Keras's `apply_affine_transform`.
 * @param x one picture, of rank 3
 * @returns a new array, of the same shape
 */
export function applyAffineTransform(x: NdArray, options: AffineOptions = {}): NdArray {
  const { theta, tx, ty, zx, zy, center = "fixed", shearUnit = "degrees" } = options;
  const shear = shearUnit === "radians" ? radiansToDegrees(options.shear ?? 0) : options.shear;
  const matrix = affineMatrix({ theta, tx, ty, shear, zx, zy });
  if (matrix === undefined) return { shape: x.shape, data: x.data.slice() };
  const layout = layoutOf("applyAffineTransform", x.shape, axesOf(options));
  return warped("applyAffineTransform", x, layout, mappingAbout(matrix, layout, center), options);
}

/**
 * Samples each channel of a picture at `matrix · (row, column) + offset`: `scipy.ndimage.affine_transform`.
 * @param x one picture, of rank 3
 * @param matrix from a pixel of the result to a point of `x`
 */
export function affineTransform(
  x: NdArray,
  matrix: readonly [readonly [number, number], readonly [number, number]],
  offset: readonly [number, number],
  options: WarpOptions = {},
): NdArray {
  const [[m00, m01], [m10, m11]] = matrix;
  const layout = layoutOf("affineTransform", x.shape, axesOf(options));
  return warped("affineTransform", x, layout, { matrix: [m00, m01, m10, m11], offset }, options);
}

function warped(where: string, x: NdArray, layout: Layout, mapping: Mapping, options: WarpOptions): NdArray {
  const { fillMode = "nearest", cval = 0, order = 1 } = options;
  checkFillMode(where, fillMode);
  checkOrder(where, order);
  const data = new Float32Array(x.data.length);
  const settings = { fillMode, cval, flipHorizontal: false, flipVertical: false, factor: 1 };
  warp(x.data, data, layout, mapping, order, settings);
  return { shape: x.shape, data };
}

/** The warp of any order. */
export function warp(
  source: Float32Array,
  target: Float32Array,
  layout: Layout,
  mapping: Mapping,
  order: InterpolationOrder,
  settings: WarpSettings,
): void {
  if (order === 0 || order === 1) warpLinear(source, target, layout, mapping, order, settings);
  else warpSpline(source, target, layout, mapping, order, settings);
}

/** @throws for another than 0 … 5 */
export function checkOrder(where: string, order: number): void {
  if (Number.isInteger(order) && order >= 0 && order <= 5) return;
  throw new Error(`[${where}] the interpolation order is ${order}; 0, 1, 2, 3, 4 or 5 was needed.`);
}

export const radiansToDegrees = (radians: number): number => (radians * 180) / Math.PI;
const degreesToRadians = (degrees: number): number => degrees * (Math.PI / 180);

/**
 * Rotation · shift · shear · zoom, without those that change nothing.
 * @returns undefined where all of them change nothing
 */
export function affineMatrix({
  theta = 0,
  tx = 0,
  ty = 0,
  shear = 0,
  zx = 1,
  zy = 1,
}: AffineParameters): Matrix3 | undefined {
  const factors: Matrix3[] = [];
  if (theta !== 0) {
    const [sin, cos] = [Math.sin(degreesToRadians(theta)), Math.cos(degreesToRadians(theta))];
    factors.push([cos, -sin, 0, sin, cos, 0, 0, 0, 1]);
  }
  if (tx !== 0 || ty !== 0) factors.push([1, 0, tx, 0, 1, ty, 0, 0, 1]);
  if (shear !== 0) {
    const angle = degreesToRadians(shear);
    factors.push([1, -Math.sin(angle), 0, 0, Math.cos(angle), 0, 0, 0, 1]);
  }
  if (zx !== 1 || zy !== 1) factors.push([zx, 0, 0, 0, zy, 0, 0, 0, 1]);
  if (factors.length === 0) return undefined;
  return factors.reduce(multiply);
}

/**
 * The matrix about a picture's centre instead of its first pixel: Keras's `transform_matrix_offset_center`.
 * @param x size along the rows' axis
 * @param y size along the columns' axis
 */
export function transformMatrixOffsetCenter(
  matrix: Matrix3,
  x: number,
  y: number,
  center: Center = "fixed",
): Matrix3 {
  const beside = center === "keras2" ? 0.5 : -0.5;
  const [cx, cy] = [x / 2 + beside, y / 2 + beside];
  return multiply(multiply([1, 0, cx, 0, 1, cy, 0, 0, 1], matrix), [1, 0, -cx, 0, 1, -cy, 0, 0, 1]);
}

/** What the warp needs: the matrix about the centre of a picture. */
export function mappingAbout(matrix: Matrix3, { height, width }: Layout, center: Center): Mapping {
  const [m00, m01, row, m10, m11, column] = transformMatrixOffsetCenter(matrix, height, width, center);
  return { matrix: [m00, m01, m10, m11], offset: [row, column] };
}

function multiply(a: Matrix3, b: Matrix3): Matrix3 {
  const at = (i: number, j: number) => a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
  return [at(0, 0), at(0, 1), at(0, 2), at(1, 0), at(1, 1), at(1, 2), at(2, 0), at(2, 1), at(2, 2)];
}
