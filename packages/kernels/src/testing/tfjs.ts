import * as tfjs from "@tensorflow/tfjs";
import type { NdArray } from "../device/tensor.ts";

// Else it recommends its Node build on standard error, in every test file.
tfjs.enableProdMode();

export { tfjs };

/** Gradients by tfjs: of Σ dy·f(inputs) with respect to each input. */
export function grad(
  f: (...inputs: tfjs.Tensor[]) => tfjs.Tensor,
  inputs: readonly NdArray[],
  dy: NdArray,
): Float32Array[] {
  return tfjs.tidy(() => {
    const tensors = inputs.map(({ data, shape }) => tfjs.tensor(data, [...shape]));
    const gradients = tfjs.grads(f)(tensors, tfjs.tensor(dy.data, [...dy.shape]));
    return gradients.map((gradient) => gradient.dataSync() as Float32Array);
  });
}
