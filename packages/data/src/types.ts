/** Numbers in a shape: row-major, the last axis runs fastest. Pictures are `[height, width, channels]`. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * What a training step is given: pictures `x` `[n, height, width, channels]`, and, unless the class mode is `null`,
 * targets `y`. This structural type is where the packages data and layers meet; neither imports the other.
 */
export interface Batch {
  readonly x: NdArray;
  readonly y?: NdArray;
}

/** A decoded picture: bytes 0 … 255, row-major, `[height, width, channels]`. */
export interface ImageArray {
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly data: Uint8Array;
}

/** The channels of a loaded picture: `rgb` 3, `grayscale` 1, `rgba` 4. */
export type ColorMode = "rgb" | "grayscale" | "rgba";

/** How a picture is resized. */
export type Interpolation = "nearest";
