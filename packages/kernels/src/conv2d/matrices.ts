import { activationCode } from "../activation/activation.ts";
import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import { sizeOf } from "../device/tensor.ts";
import type { Variant } from "../variants/pass.ts";
import { matrixThreads, wantsMatrices } from "../variants/tiles.ts";
import wgsl from "./forward-7-matrices.wgsl";
import { type Conv2dGeometry, conv2dConstants } from "./geometry.ts";
import type { ForwardOperands } from "./operands.ts";

const kernel = defineKernel({
  name: "conv2d.forward.matrices",
  wgsl,
  buffers: ["x", "x4", "f", "b", "y"],
  constants: [...conv2dConstants, "ACTIVATION", "HAS_BIAS", "THREADS"],
  step: ["pixels", "terms"],
});
export const matricesForward: Variant<Conv2dGeometry, ForwardOperands> = {
  name: "matrices",
  refuses: (device, { constants }) => wantsMatrices(device, { OUT_C: constants.OUT_C }),
  run(scope, geometry, { x, f, b, activation }) {
    const y = scope.tensor(geometry.outputShape);
    const { FILTER_H, FILTER_W, IN_C, OUT_C } = geometry.constants;
    const pixels = sizeOf(y.shape) / OUT_C;
    const constants = {
      ...geometry.constants,
      ACTIVATION: activationCode[activation],
      HAS_BIAS: b ? 1 : 0,
      THREADS: matrixThreads(scope.device),
    };
    const [gridY, gridZ] = gridFor(Math.ceil(pixels / 64), 1);
    scope.device.run(kernel, { x, x4: x, f, b: b ?? f, y }, constants, {
      grid: [Math.ceil(OUT_C / 64), gridY, gridZ],
      step: { pixels, terms: FILTER_H * FILTER_W * IN_C },
      flop: geometry.flop,
    });
    return y;
  },
};
