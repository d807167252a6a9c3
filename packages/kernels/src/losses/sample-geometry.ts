import { formatShape, sizeOf, type Tensor } from "../device/tensor.ts";

/** How a loss or metric reads its tensors: `samples` along the first axis, `perSample` values each. */
export interface SampleGeometry {
  readonly samples: number;
  readonly perSample: number;
}

/** How a loss over classes reads its tensors: each sample has `rows` rows of `classes` numbers (the last axis). */
export interface ClassGeometry {
  readonly samples: number;
  readonly rows: number;
  readonly classes: number;
}

/** What every loss takes besides its tensors. */
export interface LossOptions {
  /** s: targets are drawn towards the even distribution. Default 0. */
  readonly labelSmoothing?: number;
}

export interface LossGradientOptions extends LossOptions {
  /** What the gradient of a sample's loss is multiplied by; default 1/n, the gradient of the mean over n samples. */
  readonly scale?: number;
}

function withoutTrailingOnes(shape: readonly number[]): readonly number[] {
  let rank = shape.length;
  while (rank > 1 && shape[rank - 1] === 1) rank--;
  return shape.slice(0, rank);
}

const isSame = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((extent, i) => extent === b[i]);

function checkSameShape(op: string, y: Tensor, prediction: Tensor): void {
  if (isSame(withoutTrailingOnes(y.shape), withoutTrailingOnes(prediction.shape))) return;
  throw new Error(
    `[${op}] y is ${formatShape(y.shape)} and the prediction ${formatShape(prediction.shape)}: both need the same ` +
      "shape (a trailing 1 may be left out).",
  );
}

/**
 * For losses that go value by value. Targets [n] are taken for predictions [n,1], as Keras expands them.
 * @throws where the shapes differ, or the prediction is a scalar
 */
export function sampleGeometry(op: string, y: Tensor, prediction: Tensor): SampleGeometry {
  const [samples] = prediction.shape;
  if (samples === undefined) {
    throw new Error(`[${op}] the prediction is a scalar []: it needs a first axis of samples, [n,…].`);
  }
  checkSameShape(op, y, prediction);
  return { samples, perSample: sizeOf(prediction.shape.slice(1)) };
}

function classAxis(op: string, prediction: Tensor): ClassGeometry {
  const { shape } = prediction;
  if (shape.length < 2) {
    throw new Error(`[${op}] the prediction is ${formatShape(shape)}: it needs a class axis, [n,…,classes].`);
  }
  return { samples: shape[0], rows: sizeOf(shape.slice(1, -1)), classes: shape[shape.length - 1] };
}

/**
 * For targets with one number per class, such as one-hot rows.
 * @throws where the shapes differ, or the prediction has no class axis
 */
export function classGeometry(op: string, y: Tensor, prediction: Tensor): ClassGeometry {
  const geometry = classAxis(op, prediction);
  checkSameShape(op, y, prediction);
  return geometry;
}

/**
 * For targets that are class indices: one per row of the prediction, with or without a last axis of 1. They are whole
 * numbers stored as float32.
 * @throws where the shapes do not fit, or the indices are not stored as float32
 */
export function sparseClassGeometry(op: string, y: Tensor, prediction: Tensor): ClassGeometry {
  const geometry = classAxis(op, prediction);
  const rowShape = prediction.shape.slice(0, -1);
  if (!isSame(y.shape, rowShape) && !isSame(y.shape, [...rowShape, 1])) {
    throw new Error(
      `[${op}] y is ${formatShape(y.shape)} and the prediction ${formatShape(prediction.shape)}: y needs one class ` +
        `index per row, ${formatShape(rowShape)} or ${formatShape([...rowShape, 1])}.`,
    );
  }
  if (y.dtype !== "float32") {
    throw new Error(`[${op}] y is of dtype ${y.dtype}: class indices are stored as float32.`);
  }
  return geometry;
}

/** @throws where label smoothing is not in [0, 1] */
export function smoothingOf(op: string, options: LossOptions): number {
  const { labelSmoothing = 0 } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new Error(`[${op}] labelSmoothing is ${labelSmoothing}: it needs to be between 0 and 1.`);
  }
  return labelSmoothing;
}
