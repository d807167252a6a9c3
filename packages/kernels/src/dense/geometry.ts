import { gridFor } from "../device/grid.ts";
import { formatShape, sizeOf } from "../device/tensor.ts";

/** The sizes of a dense layer's product; Keras's Dense acts on the last axis, all others are rows. */
export interface DenseGeometry {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  /** Floating-point operations of one pass: two for each multiply-add. */
  readonly flop: number;
  /** The sizes as text, without the rows. */
  readonly key: string;
}

/** @throws where x's last axis is not the weights' first */
export function denseGeometry(inputShape: readonly number[], weightsShape: readonly number[]): DenseGeometry {
  const shapes = `x ${formatShape(inputShape)}, weights ${formatShape(weightsShape)} (inputs, outputs)`;
  if (inputShape.length < 2)
    throw new Error(`[dense] x must have at least 2 dimensions, has ${inputShape.length}: ${shapes}.`);
  if (weightsShape.length !== 2) {
    throw new Error(`[dense] the weights must have 2 dimensions, have ${weightsShape.length}: ${shapes}.`);
  }
  const [inputs, outputs] = weightsShape;
  const leading = inputShape.slice(0, -1);
  const last = inputShape[inputShape.length - 1];
  if (last !== inputs)
    throw new Error(`[dense] x has ${last} values a row but the weights expect ${inputs}: ${shapes}.`);
  const rows = sizeOf(leading);
  return {
    rows,
    inputs,
    outputs,
    inputShape,
    outputShape: [...leading, outputs],
    flop: 2 * rows * inputs * outputs,
    key: `${inputs} x ${outputs}`,
  };
}

/** The grid of registers: workgroups of 8 threads, each of 4 rows by 4 columns; all of them in a row, folded. */
export const blocksGrid = (columns: number, rows: number) =>
  gridFor(Math.ceil(columns / 32) * Math.ceil(rows / 4), 1);
