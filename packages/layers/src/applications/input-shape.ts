import type { Shape } from "../layer.ts";
import { formatTuple } from "../python-format.ts";

/** What decides about the size of pictures that a network takes. */
export interface InputShapeRules {
  readonly defaultSize: number;
  readonly minSize: number;
  /** A classifier stands on top: the size must be known. */
  readonly includeTop: boolean;
  /** Keras's pretrained weights are loaded. */
  readonly isPretrained: boolean;
}

/**
 * The shape of a picture for a network: the given one, checked, or the network's own.
 * Source: keras-applications 1.0.8, imagenet_utils.py (`_obtain_input_shape`).
 * @throws in Keras's words for other than 3 channels with pretrained weights, and for pictures that are too small
 */
export function obtainInputShape(
  given: Shape | undefined,
  { defaultSize, minSize, includeTop, isPretrained }: InputShapeRules,
): Shape {
  if (!given) return includeTop ? [defaultSize, defaultSize, 3] : [null, null, 3];
  const shown = `\`input_shape=${formatTuple(given)}\``;
  if (given.length !== 3) {
    throw new Error(`\`input_shape\` must be a tuple of three integers. Got ${shown}`);
  }
  const [rows, columns, channels] = given;
  if (channels !== 3 && isPretrained) throw new Error(`The input must have 3 channels; got ${shown}`);
  if (includeTop && isPretrained && (rows !== defaultSize || columns !== defaultSize)) {
    const wanted = formatTuple([defaultSize, defaultSize, 3]);
    throw new Error(
      `When setting \`include_top=True\` and loading \`imagenet\` weights, \`input_shape\` should be ${wanted}.`,
    );
  }
  if ((rows !== null && rows < minSize) || (columns !== null && columns < minSize)) {
    throw new Error(`Input size must be at least ${minSize}x${minSize}; got ${shown}`);
  }
  if (includeTop && (rows === null || columns === null)) {
    throw new Error(`If \`include_top\` is True, you should specify a static \`input_shape\`. Got ${shown}`);
  }
  return given;
}
