import { sumPartials } from "../bias-gradient/bias-gradient.ts";
import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { formatShape, reshaped, sizeOf, type Tensor } from "../device/tensor.ts";
import backwardBroadcastWgsl from "./backward-broadcast.wgsl";
import forwardWgsl from "./forward.wgsl";
import forwardBroadcastWgsl from "./forward-broadcast.wgsl";
import { broadcastConstants, broadcastShape, sumConstants } from "./geometry.ts";

const forward = defineKernel({
  name: "add.forward",
  wgsl: forwardWgsl,
  buffers: ["a", "b", "y"],
  step: ["count"],
});
const forwardBroadcast = defineKernel({
  name: "add.forward-broadcast",
  wgsl: forwardBroadcastWgsl,
  buffers: ["a", "b", "y"],
  constants: [
    ...(["SIZE_1", "SIZE_2", "SIZE_3", "SIZE_4", "SIZE_5"] as const),
    ...(["A_0", "A_1", "A_2", "A_3", "A_4", "A_5"] as const),
    ...(["B_0", "B_1", "B_2", "B_3", "B_4", "B_5"] as const),
  ],
  step: ["count"],
});
const backwardBroadcast = defineKernel({
  name: "add.backward-broadcast",
  wgsl: backwardBroadcastWgsl,
  buffers: ["dy", "partial"],
  constants: [
    "PARTS",
    ...(["KEPT_SIZE_1", "KEPT_SIZE_2", "KEPT_0", "KEPT_1", "KEPT_2"] as const),
    ...(["SUMMED_SIZE_1", "SUMMED_SIZE_2", "SUMMED_0", "SUMMED_1", "SUMMED_2"] as const),
  ],
  step: ["count", "terms"],
});

/** Into how many parts the terms of a small gradient are cut, so that there are threads enough for a device's cores. */
const PARTS = 32;
/** A gradient of so many elements has threads enough without. */
const MANY_ELEMENTS = 16_384;

/**
 * y = a + b, broadcast by NumPy's rules.
 * @throws where two sizes, counted from the last axis, differ and neither is 1, and where axes that are broadcast and
 *   axes that are not take turns more often than the kernel can follow (never in 6 dimensions)
 */
export function addForward(scope: Scope, a: Tensor, b: Tensor): Tensor {
  const shape = broadcastShape(a.shape, b.shape);
  const constants = broadcastConstants(a.shape, b.shape, shape);
  const y = scope.tensor(shape);
  const count = sizeOf(shape);
  const launch = { grid: gridFor(count), step: { count } };
  if (constants) scope.device.run(forwardBroadcast, { a, b, y }, constants, launch);
  else scope.device.run(forward, { a, b, y }, {}, launch);
  return y;
}

/**
 * The gradient of an operand: dy, summed over the axes along which the operand was broadcast. Where it was not, that is
 * dy itself, and nothing is computed.
 * @param shape the operand's
 * @throws where an operand of that shape has no such result
 */
export function addBackward(scope: Scope, dy: Tensor, shape: readonly number[]): Tensor {
  if (formatShape(broadcastShape(shape, dy.shape)) !== formatShape(dy.shape)) {
    throw new Error(
      `[add] backward: dy is ${formatShape(dy.shape)}, and ${formatShape(shape)} does not broadcast to it.`,
    );
  }
  const { constants, terms, isSum } = sumConstants(shape, dy.shape);
  if (!isSum) return reshaped(dy, shape);
  const count = sizeOf(shape);
  const parts = count < MANY_ELEMENTS ? PARTS : 1;
  const partial = scope.tensor([parts, ...shape]);
  scope.device.run(
    backwardBroadcast,
    { dy, partial },
    { ...constants, PARTS: parts },
    { grid: gridFor(parts * count), step: { count, terms } },
  );
  return sumPartials(scope, partial, shape);
}
