import type { Scope } from "../device/memory.ts";
import type { NdArray, Tensor } from "../device/tensor.ts";

/** Puts an array into a tensor of the scope. */
export function upload(scope: Scope, { shape, data }: NdArray): Tensor {
  const tensor = scope.tensor(shape);
  scope.device.write(tensor, data);
  return tensor;
}
