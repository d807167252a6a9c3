import { activationCode, type FusedActivation } from "../activation/activation.ts";
import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { formatShape, sizeOf, type Tensor } from "../device/tensor.ts";
import backwardInputNaiveWgsl from "./backward-input-1-naive.wgsl";
import backwardInputRegistersWgsl from "./backward-input-2-registers.wgsl";
import backwardWeightsNaiveWgsl from "./backward-weights-1-naive.wgsl";
import backwardWeightsRegistersWgsl from "./backward-weights-2-registers.wgsl";
import forwardNaiveWgsl from "./forward-1-naive.wgsl";
import forwardRegistersWgsl from "./forward-2-registers.wgsl";

const constants = ["IN", "OUT"] as const;
const forwardNaive = defineKernel({
  name: "dense.forward.naive",
  wgsl: forwardNaiveWgsl,
  buffers: ["x", "w", "b", "y"],
  constants: [...constants, "ACTIVATION", "HAS_BIAS"],
  step: ["count"],
});
const forwardRegisters = defineKernel({
  name: "dense.forward.registers",
  wgsl: forwardRegistersWgsl,
  buffers: ["x", "w", "b", "y"],
  constants: [...constants, "ACTIVATION", "HAS_BIAS"],
  step: ["rows", "inputs"],
});
const backwardInputNaive = defineKernel({
  name: "dense.backwardInput.naive",
  wgsl: backwardInputNaiveWgsl,
  buffers: ["dy", "w", "dx"],
  constants,
  step: ["count"],
});
const backwardInputRegisters = defineKernel({
  name: "dense.backwardInput.registers",
  wgsl: backwardInputRegistersWgsl,
  buffers: ["dy", "w", "dx"],
  constants,
  step: ["rows", "outputs"],
});
const backwardWeightsNaive = defineKernel({
  name: "dense.backwardWeights.naive",
  wgsl: backwardWeightsNaiveWgsl,
  buffers: ["x", "dy", "dw"],
  constants,
  step: ["rows"],
});
const backwardWeightsRegisters = defineKernel({
  name: "dense.backwardWeights.registers",
  wgsl: backwardWeightsRegistersWgsl,
  buffers: ["x", "dy", "dw"],
  constants,
  step: ["rows"],
});

/** The sizes of a dense layer's product; Keras's Dense acts on the last axis, all others are rows. */
export interface DenseGeometry {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
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
  return { rows: sizeOf(leading), inputs, outputs, inputShape, outputShape: [...leading, outputs] };
}

/** The grid of registers: workgroups of 8 threads, each of 4 rows by 4 columns; all of them in a row, folded. */
const blocksGrid = (columns: number, rows: number) =>
  gridFor(Math.ceil(columns / 32) * Math.ceil(rows / 4), 1);

/** y = activation(x·w + b). @param x […, inputs] @param w [inputs, outputs] @param b [outputs], or undefined for none */
export function denseForward(
  scope: Scope,
  x: Tensor,
  w: Tensor,
  b?: Tensor,
  activation: FusedActivation = "linear",
): Tensor {
  const { rows, inputs, outputs, outputShape } = denseGeometry(x.shape, w.shape);
  if (b && formatShape(b.shape) !== formatShape([outputs])) {
    throw new Error(`[dense] the bias is ${formatShape(b.shape)}, must be ${formatShape([outputs])}.`);
  }
  const { device } = scope;
  const y = scope.tensor(outputShape);
  const sizes = { IN: inputs, OUT: outputs, ACTIVATION: activationCode[activation], HAS_BIAS: b ? 1 : 0 };
  const buffers = { x, w, b: b ?? w, y };
  if (device.kernels === "naive") {
    const count = rows * outputs;
    device.run(forwardNaive, buffers, sizes, { grid: gridFor(count), step: { count } });
  } else {
    device.run(forwardRegisters, buffers, sizes, { grid: blocksGrid(outputs, rows), step: { rows, inputs } });
  }
  return y;
}

/** dx = dy·wᵀ, of x's shape; dy is the gradient before the activation. */
export function denseBackwardInput(scope: Scope, geometry: DenseGeometry, dy: Tensor, w: Tensor): Tensor {
  const { rows, inputs, outputs, inputShape } = geometry;
  const { device } = scope;
  const dx = scope.tensor(inputShape);
  const sizes = { IN: inputs, OUT: outputs };
  if (device.kernels === "naive") {
    const count = rows * inputs;
    device.run(backwardInputNaive, { dy, w, dx }, sizes, { grid: gridFor(count), step: { count } });
  } else {
    const grid = blocksGrid(inputs, rows);
    device.run(backwardInputRegisters, { dy, w, dx }, sizes, { grid, step: { rows, outputs } });
  }
  return dx;
}

/** dw = xᵀ·dy, [inputs, outputs]; dy is the gradient before the activation. */
export function denseBackwardWeights(scope: Scope, geometry: DenseGeometry, x: Tensor, dy: Tensor): Tensor {
  const { rows, inputs, outputs } = geometry;
  const { device } = scope;
  const dw = scope.tensor([inputs, outputs]);
  const sizes = { IN: inputs, OUT: outputs };
  if (device.kernels === "naive") {
    device.run(backwardWeightsNaive, { x, dy, dw }, sizes, {
      grid: gridFor(inputs * outputs),
      step: { rows },
    });
  } else {
    const [y, z] = gridFor(Math.ceil(inputs / 4), 1);
    const grid = [Math.ceil(outputs / 32), y, z] as const;
    device.run(backwardWeightsRegisters, { x, dy, dw }, sizes, { grid, step: { rows } });
  }
  return dw;
}
