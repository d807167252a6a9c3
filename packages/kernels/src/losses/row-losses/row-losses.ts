import { gridFor } from "../../device/grid.ts";
import { defineKernel } from "../../device/kernel.ts";
import type { Scope } from "../../device/memory.ts";
import type { Tensor } from "../../device/tensor.ts";
import { classGeometry, type LossGradientOptions } from "../sample-geometry.ts";
import hingeBackwardWgsl from "./categorical-hinge-backward.wgsl";
import hingeForwardWgsl from "./categorical-hinge-forward.wgsl";
import cosineBackwardWgsl from "./cosine-proximity-backward.wgsl";
import cosineForwardWgsl from "./cosine-proximity-forward.wgsl";

const forwardOf = (name: string, wgsl: string) =>
  defineKernel({
    name: `${name}.forward`,
    wgsl,
    buffers: ["y", "p", "loss"],
    constants: ["ROWS", "CLASSES"],
    step: ["samples"],
  });
const backwardOf = (name: string, wgsl: string) =>
  defineKernel({
    name: `${name}.backward`,
    wgsl,
    buffers: ["y", "p", "dp"],
    constants: ["CLASSES"],
    step: ["rows", "scale"],
  });

const hinge = {
  forward: forwardOf("categoricalHinge", hingeForwardWgsl),
  backward: backwardOf("categoricalHinge", hingeBackwardWgsl),
};
const cosine = {
  forward: forwardOf("cosineProximity", cosineForwardWgsl),
  backward: backwardOf("cosineProximity", cosineBackwardWgsl),
};

function forward(
  op: string,
  kernel: ReturnType<typeof forwardOf>,
  scope: Scope,
  y: Tensor,
  p: Tensor,
): Tensor {
  const { samples, rows, classes } = classGeometry(op, y, p);
  const loss = scope.tensor([samples]);
  scope.device.run(
    kernel,
    { y, p, loss },
    { ROWS: rows, CLASSES: classes },
    { grid: gridFor(samples), step: { samples } },
  );
  return loss;
}

function backward(
  op: string,
  kernel: ReturnType<typeof backwardOf>,
  scope: Scope,
  y: Tensor,
  p: Tensor,
  scale: number | undefined,
): Tensor {
  const { samples, rows, classes } = classGeometry(op, y, p);
  const dp = scope.tensor(p.shape);
  const count = samples * rows;
  scope.device.run(
    kernel,
    { y, p, dp },
    { CLASSES: classes },
    { grid: gridFor(count), step: { rows: count, scale: (scale ?? 1 / samples) / rows } },
  );
  return dp;
}

type GradientOptions = Pick<LossGradientOptions, "scale">;

/** The losses [n]: max(0, the greatest wrong p − the right one + 1). y is one-hot. @throws where the shapes differ */
export const categoricalHingeForward = (scope: Scope, y: Tensor, p: Tensor): Tensor =>
  forward("categoricalHinge", hinge.forward, scope, y, p);

/** dp, of p's shape, times `scale` (default 1/n). @throws where the shapes differ */
export const categoricalHingeBackward = (
  scope: Scope,
  y: Tensor,
  p: Tensor,
  { scale }: GradientOptions = {},
): Tensor => backward("categoricalHinge", hinge.backward, scope, y, p, scale);

/** The losses [n]: minus the cosine between target and prediction. @throws where the shapes differ */
export const cosineProximityForward = (scope: Scope, y: Tensor, p: Tensor): Tensor =>
  forward("cosineProximity", cosine.forward, scope, y, p);

/** dp, of p's shape, times `scale` (default 1/n). @throws where the shapes differ */
export const cosineProximityBackward = (
  scope: Scope,
  y: Tensor,
  p: Tensor,
  { scale }: GradientOptions = {},
): Tensor => backward("cosineProximity", cosine.backward, scope, y, p, scale);
