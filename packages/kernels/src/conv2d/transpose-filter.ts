import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { sizeOf, type Tensor } from "../device/tensor.ts";
import type { Conv2dGeometry } from "./geometry.ts";
import transposeFilterWgsl from "./transpose-filter.wgsl";

const transposeFilterKernel = defineKernel({
  name: "conv2d.transposeFilter",
  wgsl: transposeFilterWgsl,
  buffers: ["f", "t"],
  constants: ["TAPS", "IN_C", "OUT_C"],
});

/** The filter with its channels exchanged: HWIO to HWOI. */
export function transposeFilter(scope: Scope, { constants }: Conv2dGeometry, f: Tensor): Tensor {
  const { FILTER_H, FILTER_W, IN_C, OUT_C } = constants;
  const t = scope.tensor([FILTER_H, FILTER_W, OUT_C, IN_C]);
  const sizes = { TAPS: FILTER_H * FILTER_W, IN_C, OUT_C };
  scope.device.run(transposeFilterKernel, { f, t }, sizes, { grid: gridFor(sizeOf(t.shape)) });
  return t;
}
