import { quadsGrid } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import { formatShape, sizeOf, type Tensor } from "../device/tensor.ts";
import forwardWgsl from "./forward.wgsl";
import forwardQuadsWgsl from "./forward-quads.wgsl";

const constants = ["IN_H", "IN_W", "OUT_H", "OUT_W", "CHANNELS", "TOP", "LEFT"] as const;
const forward = defineKernel({
  name: "pad2d.forward",
  wgsl: forwardWgsl,
  buffers: ["x", "y"],
  constants,
  step: ["count"],
});
const forwardQuads = defineKernel({
  name: "pad2d.forward-quads",
  wgsl: forwardQuadsWgsl,
  buffers: ["x", "y"],
  constants,
  step: ["count"],
});

/** Pixels that are added on each side; taken away where they are negative. */
export interface Sides {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** The shape of padded or cropped pictures, NHWC. @throws where x is not NHWC, sides are not whole, or nothing is left */
export function pad2dShape(x: readonly number[], sides: Sides): readonly [number, number, number, number] {
  const { top, bottom, left, right } = sides;
  const [batch, height, width, channels] = x;
  const shape = [batch, height + top + bottom, width + left + right, channels] as const;
  const isWhole = [top, bottom, left, right].every(Number.isInteger);
  if (x.length !== 4 || !isWhole || shape[1] < 1 || shape[2] < 1) {
    throw new Error(
      `[pad2d] x is ${formatShape(x)}, top ${top}, bottom ${bottom}, left ${left}, right ${right}: pictures ` +
        "[batch,height,width,channels] and whole numbers are needed, and at least one pixel must be left.",
    );
  }
  return shape;
}

/** Pictures with borders of zeros, or without their borders. The gradient is the same with all sides negated. */
export function pad2d(scope: Scope, x: Tensor, sides: Sides): Tensor {
  const shape = pad2dShape(x.shape, sides);
  const [, inH, inW, channels] = x.shape;
  const [, outH, outW] = shape;
  const y = scope.tensor(shape);
  const isQuads = channels % 4 === 0;
  const count = sizeOf(shape) / (isQuads ? 4 : 1);
  const sizes = { IN_H: inH, IN_W: inW, OUT_H: outH, OUT_W: outW, CHANNELS: channels };
  const launch = { grid: quadsGrid(count), step: { count } };
  const { top: TOP, left: LEFT } = sides;
  scope.device.run(isQuads ? forwardQuads : forward, { x, y }, { ...sizes, TOP, LEFT }, launch);
  return y;
}

/** dx from dy: what was added is cut off, and 0 stands for what was cut off. */
export function pad2dBackward(scope: Scope, dy: Tensor, { top, bottom, left, right }: Sides): Tensor {
  return pad2d(scope, dy, { top: -top, bottom: -bottom, left: -left, right: -right });
}
