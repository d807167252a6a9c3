import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { formatShape, sizeOf, type Tensor } from "../device/tensor.ts";
import meanWgsl from "./mean.wgsl";

const mean = defineKernel({ name: "mean", wgsl: meanWgsl, buffers: ["x", "y"], step: ["count"] });

/**
 * The mean of all values of x, as a scalar of shape []. Meant for the few numbers of a batch: one thread adds them.
 * @throws where there is nothing to average
 */
export function meanOf(scope: Scope, x: Tensor): Tensor {
  const count = sizeOf(x.shape);
  if (count === 0) throw new Error(`[mean] x is ${formatShape(x.shape)}: at least one value is needed.`);
  const y = scope.tensor([]);
  scope.device.run(mean, { x, y }, {}, { grid: [1, 1, 1], step: { count } });
  return y;
}
