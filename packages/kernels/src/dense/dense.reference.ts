import { activateReference, type FusedActivation } from "../activation/activation.ts";
import type { DenseGeometry } from "./geometry.ts";

/** y = activation(x·w + b) in plain loops, summed in float64. */
export function denseForwardReference(
  { rows, inputs, outputs }: DenseGeometry,
  x: Float32Array,
  w: Float32Array,
  b?: Float32Array,
  activation: FusedActivation = "linear",
): Float32Array {
  const y = new Float32Array(rows * outputs);
  for (let n = 0; n < rows; n++)
    for (let o = 0; o < outputs; o++) {
      let sum = b ? b[o] : 0;
      for (let i = 0; i < inputs; i++) sum += x[n * inputs + i] * w[i * outputs + o];
      y[n * outputs + o] = activateReference(activation, sum);
    }
  return y;
}

/** dx = dy·wᵀ. */
export function denseBackwardInputReference(
  { rows, inputs, outputs }: DenseGeometry,
  dy: Float32Array,
  w: Float32Array,
): Float32Array {
  const dx = new Float32Array(rows * inputs);
  for (let n = 0; n < rows; n++)
    for (let i = 0; i < inputs; i++) {
      let sum = 0;
      for (let o = 0; o < outputs; o++) sum += dy[n * outputs + o] * w[i * outputs + o];
      dx[n * inputs + i] = sum;
    }
  return dx;
}

/** dw = xᵀ·dy. */
export function denseBackwardWeightsReference(
  { rows, inputs, outputs }: DenseGeometry,
  x: Float32Array,
  dy: Float32Array,
): Float32Array {
  const dw = new Float32Array(inputs * outputs);
  for (let i = 0; i < inputs; i++)
    for (let o = 0; o < outputs; o++) {
      let sum = 0;
      for (let n = 0; n < rows; n++) sum += x[n * inputs + i] * dy[n * outputs + o];
      dw[i * outputs + o] = sum;
    }
  return dw;
}
