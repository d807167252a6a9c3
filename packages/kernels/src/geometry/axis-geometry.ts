/** What a sliding window does along one axis of a picture. */
export interface AxisOptions {
  /** Pixels of the input along this axis. */
  readonly size: number;
  /** Pixels of the window (filter or pool). */
  readonly kernel: number;
  /** Pixels from one window to the next. */
  readonly stride: number;
  /** Pixels from one window element to the next; default 1, the elements are neighbours. */
  readonly dilation?: number;
  /** `valid`: none. `same`: as TensorFlow pads. Or the pixels before and after. */
  readonly padding: "valid" | "same" | readonly [before: number, after: number];
  /** Who asks, for error messages: `conv2d height`. */
  readonly where: string;
}

/** How many windows there are along the axis, and the pixels of padding they need. */
export interface AxisGeometry {
  readonly output: number;
  readonly padBefore: number;
  readonly padAfter: number;
}

function checkCount(where: string, name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new Error(`[${where}] ${name} is ${value}: give a whole number of at least ${least}.`);
  }
}

/**
 * The windows along one axis, with k = (kernel − 1)·dilation + 1 the pixels a window spans:
 *
 *     same:  output = ⌈size/stride⌉,  total = max((output − 1)·stride + k − size, 0),  before = ⌊total/2⌋
 *     else:  output = ⌊(before + size + after − k)/stride⌋ + 1
 *
 * `same` is TensorFlow's rule: the padding depends on the size, and an odd pixel of it goes after.
 * @throws on counts that are not whole, and where the window is larger than the padded input
 */
export function axisGeometry(options: AxisOptions): AxisGeometry {
  const { size, kernel, stride, dilation = 1, padding, where } = options;
  checkCount(where, "size", size, 1);
  checkCount(where, "kernel", kernel, 1);
  checkCount(where, "stride", stride, 1);
  checkCount(where, "dilation", dilation, 1);
  const span = (kernel - 1) * dilation + 1;
  if (padding === "same") {
    const output = Math.ceil(size / stride);
    const total = Math.max((output - 1) * stride + span - size, 0);
    const padBefore = Math.floor(total / 2);
    return { output, padBefore, padAfter: total - padBefore };
  }
  const [padBefore, padAfter] = padding === "valid" ? [0, 0] : padding;
  checkCount(where, "padding before", padBefore, 0);
  checkCount(where, "padding after", padAfter, 0);
  const padded = padBefore + size + padAfter;
  if (span > padded) {
    throw new Error(
      `[${where}] the window spans ${span} pixels, the input with its padding has ${padded}: ` +
        'give a smaller window, a larger input, or padding "same".',
    );
  }
  return { output: Math.floor((padded - span) / stride) + 1, padBefore, padAfter };
}
