import { sumPartials } from "../bias-gradient/bias-gradient.ts";
import { gridFor, quadsGrid } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { formatShape, reshaped, sizeOf, type Tensor } from "../device/tensor.ts";
import { rescale } from "../rescale/rescale.ts";
import backwardBroadcastWgsl from "./backward-broadcast.wgsl";
import forwardWgsl from "./forward.wgsl";
import forwardBroadcastWgsl from "./forward-broadcast.wgsl";
import { broadcastConstants, broadcastShape, sumConstants } from "./geometry.ts";

const forward = defineKernel({
  name: "arithmetic.forward",
  wgsl: forwardWgsl,
  buffers: ["a", "b", "y"],
  constants: ["OPERATION"],
  step: ["quads"],
});
const forwardBroadcast = defineKernel({
  name: "arithmetic.forward-broadcast",
  wgsl: forwardBroadcastWgsl,
  buffers: ["a", "b", "y"],
  constants: [
    "OPERATION",
    ...(["SIZE_1", "SIZE_2", "SIZE_3", "SIZE_4", "SIZE_5"] as const),
    ...(["A_0", "A_1", "A_2", "A_3", "A_4", "A_5"] as const),
    ...(["B_0", "B_1", "B_2", "B_3", "B_4", "B_5"] as const),
  ],
  step: ["count"],
});
const backwardBroadcast = defineKernel({
  name: "arithmetic.backward-broadcast",
  wgsl: backwardBroadcastWgsl,
  buffers: ["dy", "partial"],
  constants: [
    "PARTS",
    ...(["KEPT_SIZE_1", "KEPT_SIZE_2", "KEPT_0", "KEPT_1", "KEPT_2"] as const),
    ...(["SUMMED_SIZE_1", "SUMMED_SIZE_2", "SUMMED_0", "SUMMED_1", "SUMMED_2"] as const),
  ],
  step: ["count", "terms"],
});

/** The numbers under which the kernels know the operations. */
const operations = { add: 0, subtract: 1, multiply: 2, maximum: 3, minimum: 4, isNotLess: 5, isLess: 6 };

/** Into how many parts the terms of a small gradient are cut, so that there are threads enough for a device's cores. */
const PARTS = 32;
/** A gradient of so many elements has threads enough without. */
const MANY_ELEMENTS = 16_384;

/**
 * y = a ∘ b, broadcast by NumPy's rules.
 * @param where for messages
 * @throws where two sizes, counted from the last axis, differ and neither is 1, and where axes that are broadcast and
 *   axes that are not take turns more often than the kernel can follow (never in 6 dimensions)
 */
function apply(
  scope: Scope,
  operation: keyof typeof operations,
  where: string,
  a: Tensor,
  b: Tensor,
): Tensor {
  const shape = broadcastShape(where, a.shape, b.shape);
  const constants = broadcastConstants(where, a.shape, b.shape, shape);
  const y = scope.tensor(shape);
  const count = sizeOf(shape);
  const OPERATION = operations[operation];
  if (constants) {
    const launch = { grid: gridFor(count), step: { count } };
    scope.device.run(forwardBroadcast, { a, b, y }, { OPERATION, ...constants }, launch);
  } else {
    const quads = Math.ceil(count / 4);
    scope.device.run(forward, { a, b, y }, { OPERATION }, { grid: quadsGrid(quads), step: { quads } });
  }
  return y;
}

/**
 * The gradient of an operand of that shape: what each element of the result gives it, summed over the axes along which the
 * operand was broadcast. Where it was not, that is `dy` itself, and nothing is computed.
 * @param where for messages
 * @throws where an operand of that shape has no such result
 */
function sumTo(scope: Scope, where: string, dy: Tensor, shape: readonly number[]): Tensor {
  if (formatShape(broadcastShape(where, shape, dy.shape)) !== formatShape(dy.shape)) {
    throw new Error(
      `[${where}] backward: dy is ${formatShape(dy.shape)}, and ${formatShape(shape)} does not broadcast to it.`,
    );
  }
  const { constants, terms, isSum } = sumConstants(where, shape, dy.shape);
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

/** y = a + b, broadcast by NumPy's rules. @throws where the shapes do not broadcast */
export function addForward(scope: Scope, a: Tensor, b: Tensor): Tensor {
  return apply(scope, "add", "add", a, b);
}

/**
 * The gradient of an operand: dy, summed over the axes along which the operand was broadcast. Where it was not, that is
 * dy itself, and nothing is computed.
 * @param shape the operand's
 * @throws where an operand of that shape has no such result
 */
export function addBackward(scope: Scope, dy: Tensor, shape: readonly number[]): Tensor {
  return sumTo(scope, "add", dy, shape);
}

/** y = a − b, broadcast by NumPy's rules. @throws where the shapes do not broadcast */
export function subtractForward(scope: Scope, a: Tensor, b: Tensor): Tensor {
  return apply(scope, "subtract", "subtract", a, b);
}

/** The gradient of b, of that shape: −dy, summed where b was broadcast. That of a is `addBackward`'s. */
export function subtractBackward(scope: Scope, dy: Tensor, shape: readonly number[]): Tensor {
  return rescale(scope, sumTo(scope, "subtract", dy, shape), -1);
}

/** y = a·b, broadcast by NumPy's rules. @throws where the shapes do not broadcast */
export function multiplyForward(scope: Scope, a: Tensor, b: Tensor): Tensor {
  return apply(scope, "multiply", "multiply", a, b);
}

/** The gradient of an operand of that shape: dy times the other, summed where the operand was broadcast. */
export function multiplyBackward(scope: Scope, dy: Tensor, other: Tensor, shape: readonly number[]): Tensor {
  return sumTo(scope, "multiply", apply(scope, "multiply", "multiply", dy, other), shape);
}

/** Which of two values an element of a result is. */
export type Extreme = "maximum" | "minimum";

/** y = max(a, b) or min(a, b), broadcast by NumPy's rules; NaN where either is. @throws where the shapes do not broadcast */
export function extremeForward(scope: Scope, extreme: Extreme, a: Tensor, b: Tensor): Tensor {
  return apply(scope, extreme, extreme, a, b);
}

/** The gradients of a and b: dy goes to the one that was taken, of equal ones to a; summed where that was broadcast. */
export function extremeBackward(
  scope: Scope,
  extreme: Extreme,
  dy: Tensor,
  [a, b]: readonly [Tensor, Tensor],
  [needsA, needsB]: readonly [boolean, boolean],
): readonly [Tensor | undefined, Tensor | undefined] {
  const [high, low] = extreme === "maximum" ? [a, b] : [b, a];
  const gradientOf = (operand: Tensor, taken: "isNotLess" | "isLess") => {
    const mask = apply(scope, taken, extreme, high, low);
    return sumTo(scope, extreme, apply(scope, "multiply", extreme, dy, mask), operand.shape);
  };
  return [needsA ? gradientOf(a, "isNotLess") : undefined, needsB ? gradientOf(b, "isLess") : undefined];
}
