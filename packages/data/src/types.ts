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

/** How a picture is resized: Pillow's filters of these names. */
export type Interpolation = "nearest" | "bilinear" | "bicubic" | "box" | "hamming" | "lanczos";

/**
 * The random draws of one picture's augmentation, as plain data: Keras's dictionary of `get_random_transform`. What is
 * absent changes nothing. A picture's file, its transform and the generator's options make the picture again.
 */
export interface Transform {
  /** Rotation, in degrees; rows run downwards. */
  readonly theta?: number;
  /** Shift in pixels along the rows (height), then along the columns (width). */
  readonly tx?: number;
  readonly ty?: number;
  /** In degrees. */
  readonly shear?: number;
  /** Zoom of the rows, then of the columns; above 1 the picture becomes smaller. */
  readonly zx?: number;
  readonly zy?: number;
  readonly flipHorizontal?: boolean;
  readonly flipVertical?: boolean;
  /** Added to all channels. */
  readonly channelShiftIntensity?: number;
  /** All channels are multiplied by it. */
  readonly brightness?: number;
}

/**
 * What becomes of coordinates outside a picture `a b c d`: SciPy's names. Keras's four are `nearest` (a a | a b c d | d d),
 * `constant` (cval), `reflect` (b a | a b c d | d c) and `wrap` (d b c | a b c d | b c a: of period n − 1, as if a and d lay
 * on one another); ours besides are `mirror` (c b | a b c d | c b) and `grid-wrap` (c d | a b c d | a b, of period n).
 */
export type FillMode = "nearest" | "constant" | "reflect" | "wrap" | "mirror" | "grid-wrap";
