import { quadsGrid } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { sizeOf, type Tensor } from "../device/tensor.ts";
import forwardWgsl from "./forward.wgsl";

const forward = defineKernel({
  name: "rescale",
  wgsl: forwardWgsl,
  buffers: ["x", "y"],
  step: ["quads", "scale", "offset"],
});

/** y = scale·x + offset, of x's shape. The gradient of x is `rescale(scope, dy, scale)`. */
export function rescale(scope: Scope, x: Tensor, scale: number, offset = 0): Tensor {
  const y = scope.tensor(x.shape);
  const quads = Math.ceil(sizeOf(x.shape) / 4);
  scope.device.run(forward, { x, y }, {}, { grid: quadsGrid(quads), step: { quads, scale, offset } });
  return y;
}
