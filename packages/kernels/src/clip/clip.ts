import { quadsGrid } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { sizeOf, type Tensor } from "../device/tensor.ts";
import { squaredNorm } from "../penalty/penalty.ts";
import normWgsl from "./norm.wgsl";
import valueWgsl from "./value.wgsl";

const byNorm = defineKernel({
  name: "clip.norm",
  wgsl: normWgsl,
  buffers: ["g", "squaredNorm"],
  step: ["quads", "clipnorm"],
});
const byValue = defineKernel({
  name: "clip.value",
  wgsl: valueWgsl,
  buffers: ["g"],
  step: ["quads", "clipvalue"],
});

/** Scales gradients, in place, to a norm of `clipnorm` where the norm of all of them together is at least that. */
export function clipByNorm(scope: Scope, gradients: readonly Tensor[], clipnorm: number): void {
  const squared = squaredNorm(scope, gradients);
  for (const g of distinct(gradients)) {
    const quads = quadsOf(g);
    scope.device.run(
      byNorm,
      { g, squaredNorm: squared },
      {},
      { grid: quadsGrid(quads), step: { quads, clipnorm } },
    );
  }
}

/** Keeps the elements of gradients between −clipvalue and clipvalue, in place. */
export function clipByValue(scope: Scope, gradients: readonly Tensor[], clipvalue: number): void {
  for (const g of gradients) {
    const quads = quadsOf(g);
    scope.device.run(byValue, { g }, {}, { grid: quadsGrid(quads), step: { quads, clipvalue } });
  }
}

const quadsOf = ({ shape }: Tensor): number => Math.ceil(sizeOf(shape) / 4);

/** Two gradients may be one array, as those of a sum are, which is not to be scaled twice. */
const distinct = (tensors: readonly Tensor[]): Iterable<Tensor> =>
  new Map(tensors.map((tensor) => [tensor.buffer, tensor])).values();
