import type { FusedActivation } from "../activation/activation.ts";
import { concatenate, slice } from "../concatenate/concatenate.ts";
import type { Scope } from "../device/memory.ts";
import { formatShape, type Tensor } from "../device/tensor.ts";
import { conv2dBackwardFilter } from "./backward-filter.ts";
import { conv2dBackwardInput } from "./backward-input.ts";
import { conv2dForward } from "./forward.ts";
import { type Conv2dGeometry, type Conv2dOptions, conv2dGeometry } from "./geometry.ts";

/** A convolution whose channels are cut into groups, each of which is convolved for itself. */
export interface GroupedConv2dGeometry {
  readonly groups: number;
  /** Of one group. */
  readonly group: Conv2dGeometry;
  readonly outputShape: readonly [number, number, number, number];
}

/**
 * Works out the sizes: x NHWC, and a filter HWIO of which I is the channels of a group and O the filters of all.
 * @throws where the channels or filters are not whole groups, or as `conv2dGeometry`
 */
export function groupedConv2dGeometry(options: Conv2dOptions, groups: number): GroupedConv2dGeometry {
  const { inputShape, filterShape } = options;
  const [channels, filters] = [inputShape[3], filterShape[3]];
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0 || filters % groups !== 0) {
    throw new Error(
      `[conv2d] ${groups} groups: the channels of x ${formatShape(inputShape)} and of the filter ${formatShape(filterShape)}, ` +
        "the last of each, must be whole groups.",
    );
  }
  const group = conv2dGeometry({
    ...options,
    inputShape: inputShape.with(3, channels / groups),
    filterShape: filterShape.with(3, filters / groups),
  });
  const [batch, height, width] = group.outputShape;
  return { groups, group, outputShape: [batch, height, width, filters] };
}

/** Part `index` of `groups` of the last axis. */
function part(scope: Scope, tensor: Tensor, index: number, groups: number): Tensor {
  const size = tensor.shape[tensor.shape.length - 1] / groups;
  return slice(scope, tensor, -1, index * size, size);
}

/** What is made for each group, in a row along the last axis. */
function joined(scope: Scope, groups: number, make: (take: (tensor: Tensor) => Tensor) => Tensor): Tensor {
  const parts = Array.from({ length: groups }, (_, index) =>
    make((tensor) => part(scope, tensor, index, groups)),
  );
  return concatenate(scope, parts, -1);
}

/** y = activation(x * f + b), group by group. */
export function groupedConv2dForward(
  scope: Scope,
  { groups, group }: GroupedConv2dGeometry,
  x: Tensor,
  f: Tensor,
  b?: Tensor,
  activation?: FusedActivation,
): Tensor {
  return joined(scope, groups, (take) =>
    conv2dForward(scope, group, take(x), take(f), b && take(b), activation),
  );
}

/** dx from dy (the gradient before the activation) and f; where a rectifier made x, before that rectifier. */
export function groupedConv2dBackwardInput(
  scope: Scope,
  { groups, group }: GroupedConv2dGeometry,
  dy: Tensor,
  f: Tensor,
  rectified?: Tensor,
): Tensor {
  return joined(scope, groups, (take) =>
    conv2dBackwardInput(scope, group, take(dy), take(f), rectified && take(rectified)),
  );
}

/** df from x and dy (the gradient before the activation). */
export function groupedConv2dBackwardFilter(
  scope: Scope,
  { groups, group }: GroupedConv2dGeometry,
  x: Tensor,
  dy: Tensor,
): Tensor {
  return joined(scope, groups, (take) => conv2dBackwardFilter(scope, group, take(x), take(dy)));
}
