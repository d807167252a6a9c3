import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { formatShape, sizeOf, type Tensor } from "../device/tensor.ts";
import backwardWgsl from "./backward.wgsl";
import forwardWgsl from "./forward.wgsl";

const forward = defineKernel({
  name: "softmax.forward",
  wgsl: forwardWgsl,
  buffers: ["x", "y"],
  constants: ["COLUMNS"],
  step: ["rows"],
});
const backward = defineKernel({
  name: "softmax.backward",
  wgsl: backwardWgsl,
  buffers: ["y", "dy", "dx"],
  constants: ["COLUMNS"],
  step: ["rows"],
});

/** How many rows a shape has, and how long its last axis is. @throws for a scalar or an empty last axis */
function rowsOf(shape: readonly number[]): { rows: number; columns: number } {
  const columns = shape.at(-1);
  if (!columns) {
    throw new Error(
      `[softmax] x is ${formatShape(shape)}: a last axis of at least one value is needed, such as [batch,classes].`,
    );
  }
  return { rows: sizeOf(shape) / columns, columns };
}

/**
 * y = exp(x) / Σ exp(x) over the last axis, of x's shape: every row sums to 1.
 * @param x any shape of rank 1 or more
 * @throws for a scalar or an empty last axis
 */
export function softmaxForward(scope: Scope, x: Tensor): Tensor {
  const { rows, columns } = rowsOf(x.shape);
  const y = scope.tensor(x.shape);
  scope.device.run(forward, { x, y }, { COLUMNS: columns }, { grid: gridFor(rows), step: { rows } });
  return y;
}

/**
 * dx = y·(dy − Σ dy·y), the sum over the last axis, from the forward's own result y.
 * @throws where y and dy differ in shape
 */
export function softmaxBackward(scope: Scope, y: Tensor, dy: Tensor): Tensor {
  if (formatShape(y.shape) !== formatShape(dy.shape)) {
    throw new Error(
      `[softmax] backward: y is ${formatShape(y.shape)} and dy is ${formatShape(dy.shape)}: both must have one shape.`,
    );
  }
  const { rows, columns } = rowsOf(y.shape);
  const dx = scope.tensor(y.shape);
  scope.device.run(backward, { y, dy, dx }, { COLUMNS: columns }, { grid: gridFor(rows), step: { rows } });
  return dx;
}
