import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { formatShape, sizeOf, type Tensor } from "../device/tensor.ts";
import accumulateWgsl from "./accumulate.wgsl";
import forwardWgsl from "./forward.wgsl";

const forward = defineKernel({
  name: "add.forward",
  wgsl: forwardWgsl,
  buffers: ["a", "b", "y"],
  step: ["count"],
});
const inPlace = defineKernel({
  name: "add.accumulate",
  wgsl: accumulateWgsl,
  buffers: ["value", "sum"],
  step: ["count"],
});

/**
 * y = a + b. Its gradient with respect to either is dy itself, so there is no backward kernel.
 * @throws where a and b differ in shape: nothing is broadcast
 */
export function addForward(scope: Scope, a: Tensor, b: Tensor): Tensor {
  if (formatShape(a.shape) !== formatShape(b.shape)) {
    throw new Error(
      `[add] a is ${formatShape(a.shape)} and b is ${formatShape(b.shape)}: both must have one shape.`,
    );
  }
  const y = scope.tensor(a.shape);
  const count = sizeOf(a.shape);
  scope.device.run(forward, { a, b, y }, {}, { grid: gridFor(count), step: { count } });
  return y;
}

/**
 * target += value, in place: how gradients of a value that was used more than once come together.
 * @throws where the two differ in shape, or share one buffer
 */
export function accumulate(scope: Scope, target: Tensor, value: Tensor): void {
  if (formatShape(target.shape) !== formatShape(value.shape)) {
    throw new Error(
      `[add] accumulate: the target is ${formatShape(target.shape)} and the value is ${formatShape(value.shape)}: ` +
        "both must have one shape.",
    );
  }
  if (target.buffer === value.buffer) {
    throw new Error(
      "[add] accumulate: the target and the value share one buffer, and a kernel must not read what it writes: use addForward.",
    );
  }
  const count = sizeOf(target.shape);
  scope.device.run(inPlace, { value, sum: target }, {}, { grid: gridFor(count), step: { count } });
}
