import { formatShape } from "../device/tensor.ts";

/** What is done to one picture, in this order; what is absent changes nothing. */
export interface PictureAugmentation {
  /**
   * Where the result's pixels come from: of the pixel (row, column) from `matrix`·(row, column) + `offset` of the picture, the
   * matrix being row by row, [from row to row, from column to row, from row to column, from column to column].
   */
  readonly map?: {
    readonly matrix: readonly [number, number, number, number];
    readonly offset: readonly [number, number];
  };
  /** Added to all values, which are then clipped to the least and the greatest that the picture had. */
  readonly channelShift?: number;
  readonly flipHorizontal?: boolean;
  readonly flipVertical?: boolean;
  /** By what the values are multiplied, which become whole numbers from 0 to 255. */
  readonly brightness?: number;
}

/** Numbers a picture. */
export const PICTURE_SIZE = 16;

/** The bits of a float32's mantissa. */
const BITS = 24;
/** The quantum of a map at the most. */
const COARSEST = 2 ** -7;
/** What is smaller in a map is its own rounding: the cosine of a right angle in float64 is not 0. */
const NOISE = 2 ** -40;

/**
 * The pictures' numbers as the kernels read them: the map in two parts about the pictures' middle, the flips in it, and the
 * intensities.
 * @throws for what is not finite, or a map that leads out of all bounds
 */
export function packPictures(
  pictures: readonly PictureAugmentation[],
  height: number,
  width: number,
): Float32Array {
  const packed = new Float32Array(pictures.length * PICTURE_SIZE);
  pictures.forEach((picture, n) => {
    const { channelShift, brightness, flipHorizontal = false, flipVertical = false } = picture;
    const { matrix, offset } = picture.map ?? { matrix: [1, 0, 0, 1], offset: [0, 0] };
    const numbers = [...matrix, ...offset, channelShift ?? 0, brightness ?? 0];
    const bad = numbers.find((number) => !Number.isFinite(number));
    if (bad !== undefined)
      throw new Error(`[augment] picture ${n} has the number ${bad}: all must be finite.`);
    const [rr, rc, cr, cc] = matrix;
    const middle = [(height - 1) / 2, (width - 1) / 2];
    // A flip is one of the result, and the middle is where it is: the map of the row or column that lies opposite.
    const [down, right] = [flipVertical ? -1 : 1, flipHorizontal ? -1 : 1];
    const map = [rr * down, rc * right, cr * down, cc * right];
    const at = [rr * middle[0] + rc * middle[1] + offset[0], cr * middle[0] + cc * middle[1] + offset[1]];
    const quantum = quantumOf(map, at, middle, n, [height, width]);
    const high = [...map, ...at].map((value) => Math.round(value / quantum) * quantum);
    const low = [...map, ...at].map((value, i) => Math.round((value - high[i]) / NOISE) * NOISE);
    packed.set(
      [...high.slice(0, 4), ...low.slice(0, 4), ...high.slice(4), ...low.slice(4)],
      n * PICTURE_SIZE,
    );
    packed.set(
      [
        channelShift ?? 0,
        brightness ?? 0,
        channelShift === undefined ? 0 : 1,
        brightness === undefined ? 0 : 1,
      ],
      n * PICTURE_SIZE + 12,
    );
  });
  return packed;
}

/**
 * The finest power of two of whose multiples a map's coordinates are sums in float32 without rounding: pixels lie at whole or
 * half distances from the middle, so that products are multiples of half of it.
 */
function quantumOf(
  map: readonly number[],
  at: readonly number[],
  middle: readonly number[],
  picture: number,
  shape: readonly number[],
): number {
  const reach = (row: number) =>
    (Math.abs(map[2 * row]) + COARSEST) * middle[0] +
    (Math.abs(map[2 * row + 1]) + COARSEST) * middle[1] +
    Math.abs(at[row]) +
    1;
  const quantum = 2 ** (Math.ceil(Math.log2(Math.max(reach(0), reach(1)))) + 1 - BITS);
  if (quantum <= COARSEST) return quantum;
  throw new Error(
    `[augment] picture ${picture}'s map leads more than 65536 pixels away in a picture of ${formatShape(shape)}: give a smaller one.`,
  );
}
