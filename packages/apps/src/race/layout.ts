/** Moves values between our layouts (NHWC, HWIO) and those of libraries that keep channels first (NCHW, OIHW). */

/** The axes of an array in another order: axis k of the result is axis `order[k]` of `values`. */
export function transposed(
  values: Float32Array,
  shape: readonly number[],
  order: readonly number[],
): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const result = new Float32Array(values.length);
  let next = 0;
  const walk = (axis: number, offset: number) => {
    const [extent, stride] = [shape[order[axis]], strides[order[axis]]];
    if (axis === order.length - 1) {
      for (let i = 0; i < extent; i++) result[next++] = values[offset + i * stride];
    } else {
      for (let i = 0; i < extent; i++) walk(axis + 1, offset + i * stride);
    }
  };
  walk(0, 0);
  return result;
}

const toChannelsFirst = [0, 3, 1, 2] as const;
const toChannelsLast = [0, 2, 3, 1] as const;
const pick = (shape: readonly number[], order: readonly number[]) => order.map((axis) => shape[axis]);

/** NHWC to NCHW; other shapes as they are. */
export const pictureShapeFirst = (shape: readonly number[]) =>
  shape.length === 4 ? pick(shape, toChannelsFirst) : [...shape];
export const picturesFirst = (values: Float32Array, shape: readonly number[]) =>
  shape.length === 4 ? transposed(values, shape, toChannelsFirst) : values;

/** NCHW back to NHWC. @param shape NHWC */
export const picturesLast = (values: Float32Array, shape: readonly number[]) =>
  shape.length === 4 ? transposed(values, pictureShapeFirst(shape), toChannelsLast) : values;

/** HWIO to OIHW; other shapes as they are. */
const toOutputsFirst = [3, 2, 0, 1] as const;
const toOutputsLast = [2, 3, 1, 0] as const;
export const filterShapeFirst = (shape: readonly number[]) =>
  shape.length === 4 ? pick(shape, toOutputsFirst) : [...shape];
export const filterFirst = (values: Float32Array, shape: readonly number[]) =>
  shape.length === 4 ? transposed(values, shape, toOutputsFirst) : values;

/** OIHW back to HWIO. @param shape HWIO */
export const filterLast = (values: Float32Array, shape: readonly number[]) =>
  shape.length === 4 ? transposed(values, filterShapeFirst(shape), toOutputsLast) : values;

/**
 * The rows of the dense weights behind a Flatten, from the order of a picture's values with channels last to first.
 * @param shape rows, columns, channels, and outputs
 */
export const rowsFirst = (values: Float32Array, shape: readonly number[]) =>
  transposed(values, shape, [2, 0, 1, 3]);
export const rowsLast = (values: Float32Array, [rows, columns, channels, outputs]: readonly number[]) =>
  transposed(values, [channels, rows, columns, outputs], [1, 2, 0, 3]);
