import { defineKernel } from "../device/kernel.ts";
import type { Variant } from "../variants/pass.ts";
import { matrixThreads, wantsMatrices } from "../variants/tiles.ts";
import wgsl from "./forward-6-matrices.wgsl";
import type { DenseGeometry } from "./geometry.ts";
import type { ForwardOperands } from "./operands.ts";
import { forwardInParts } from "./parts.ts";

const kernel = defineKernel({
  name: "dense.forward.matrices",
  wgsl,
  buffers: ["x", "w", "b", "y"],
  constants: ["IN", "OUT", "ACTIVATION", "HAS_BIAS", "THREADS"],
  step: ["rows", "parts", "inputsOfPart"],
});
export const matricesForward: Variant<DenseGeometry, ForwardOperands> = {
  name: "matrices",
  refuses: (device, { inputs, outputs }) => wantsMatrices(device, { IN: inputs, OUT: outputs }),
  run: (scope, geometry, operands) =>
    forwardInParts(scope, geometry, operands, ({ buffers, constants, grid, step }) => {
      const THREADS = matrixThreads(scope.device);
      scope.device.run(kernel, buffers, { ...constants, THREADS }, { grid, step, flop: geometry.flop });
    }),
};
