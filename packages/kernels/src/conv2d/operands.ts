import type { FusedActivation } from "../activation/activation.ts";
import { formatShape, type Tensor } from "../device/tensor.ts";
import type { Conv2dGeometry } from "./geometry.ts";

/** What the forward pass works on. */
export interface ForwardOperands {
  /** NHWC. */
  readonly x: Tensor;
  /** HWIO. */
  readonly f: Tensor;
  /** [filters]; undefined for none. */
  readonly b: Tensor | undefined;
  readonly activation: FusedActivation;
}

/** What backwardInput works on. */
export interface BackwardInputOperands {
  /** The gradient before the activation, NHWC. */
  readonly dy: Tensor;
  /** HWIO. */
  readonly f: Tensor;
  /** The x of the forward pass where a rectifier made it: dx is then the gradient before that rectifier. */
  readonly rectified: Tensor | undefined;
}

/** What backwardFilter works on. */
export interface BackwardFilterOperands {
  /** NHWC. */
  readonly x: Tensor;
  /** The gradient before the activation, NHWC. */
  readonly dy: Tensor;
}

/** @throws where a tensor has not the shape that the geometry wants */
export function checkShape(
  what: string,
  tensor: Tensor,
  wanted: readonly number[],
  geometry: Conv2dGeometry,
): void {
  if (formatShape(tensor.shape) === formatShape(wanted)) return;
  throw new Error(
    `[conv2d] ${what} is ${formatShape(tensor.shape)}, must be ${formatShape(wanted)} for ${geometry}.`,
  );
}
