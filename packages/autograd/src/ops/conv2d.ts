import {
  biasGradient,
  type Conv2dGeometry,
  type Conv2dOptions,
  conv2dBackwardFilter,
  conv2dBackwardInput,
  conv2dForward,
  conv2dGeometry,
  type DepthwiseConv2dGeometry,
  type DepthwiseConv2dOptions,
  depthwiseConv2dBackwardFilter,
  depthwiseConv2dBackwardInput,
  depthwiseConv2dForward,
  depthwiseConv2dGeometry,
  type FusedActivation,
  type GroupedConv2dGeometry,
  groupedConv2dBackwardFilter,
  groupedConv2dBackwardInput,
  groupedConv2dForward,
  groupedConv2dGeometry,
} from "@convscope/kernels";
import type { Op } from "../op.ts";
import { activationBackward } from "./activation-backward.ts";

export interface Conv2dOpOptions extends Omit<Conv2dOptions, "inputShape" | "filterShape"> {
  /** Applied by the kernel as it writes; default `linear`. */
  readonly activation?: FusedActivation;
}

/** y = activation(x * f + b). Inputs x NHWC, f HWIO and, where there is one, b [filters]. */
export const conv2d: Op<Conv2dOpOptions, Conv2dGeometry> = {
  name: "conv2d",
  inputs: ["x", "f", "b"],
  rectifies: ({ activation }) => activation === "relu",
  masks: [0],
  forward(scope, [x, f, b], options) {
    const geometry = conv2dGeometry({ ...options, inputShape: x.shape, filterShape: f.shape });
    return { y: conv2dForward(scope, geometry, x, f, b, options.activation), saved: geometry };
  },
  backward(scope, dy, { inputs: [x, f], y, saved: geometry, options, needs, isRectified, isMasked }) {
    const dz = activationBackward(scope, options.activation, y, dy, isMasked);
    return [
      needs[0] ? conv2dBackwardInput(scope, geometry, dz, f, isRectified[0] ? x : undefined) : undefined,
      needs[1] ? conv2dBackwardFilter(scope, geometry, x, dz) : undefined,
      needs[2] ? biasGradient(scope, dz) : undefined,
    ];
  },
};

export interface GroupedConv2dOpOptions extends Conv2dOpOptions {
  /** Into how many groups the channels, and the filters, are cut; each is convolved for itself. */
  readonly groups: number;
}

/** `conv2d` in groups. Inputs x NHWC, f HWIO of which I is a group's channels and, where there is one, b [filters]. */
export const groupedConv2d: Op<GroupedConv2dOpOptions, GroupedConv2dGeometry> = {
  name: "groupedConv2d",
  inputs: ["x", "f", "b"],
  rectifies: ({ activation }) => activation === "relu",
  masks: [0],
  forward(scope, [x, f, b], { groups, ...options }) {
    const geometry = groupedConv2dGeometry({ ...options, inputShape: x.shape, filterShape: f.shape }, groups);
    return { y: groupedConv2dForward(scope, geometry, x, f, b, options.activation), saved: geometry };
  },
  backward(scope, dy, { inputs: [x, f], y, saved: geometry, options, needs, isRectified, isMasked }) {
    const dz = activationBackward(scope, options.activation, y, dy, isMasked);
    return [
      needs[0]
        ? groupedConv2dBackwardInput(scope, geometry, dz, f, isRectified[0] ? x : undefined)
        : undefined,
      needs[1] ? groupedConv2dBackwardFilter(scope, geometry, x, dz) : undefined,
      needs[2] ? biasGradient(scope, dz) : undefined,
    ];
  },
};

export interface DepthwiseConv2dOpOptions extends Omit<DepthwiseConv2dOptions, "inputShape" | "filterShape"> {
  /** Applied by the kernel as it writes; default `linear`. */
  readonly activation?: FusedActivation;
}

/** Each channel by filters of its own. Inputs x NHWC, f [rows, columns, channels, multiplier] and, maybe, b. */
export const depthwiseConv2d: Op<DepthwiseConv2dOpOptions, DepthwiseConv2dGeometry> = {
  name: "depthwiseConv2d",
  inputs: ["x", "f", "b"],
  rectifies: ({ activation }) => activation === "relu",
  forward(scope, [x, f, b], options) {
    const geometry = depthwiseConv2dGeometry({ ...options, inputShape: x.shape, filterShape: f.shape });
    return { y: depthwiseConv2dForward(scope, geometry, x, f, b, options.activation), saved: geometry };
  },
  backward(scope, dy, { inputs: [x, f], y, saved: geometry, options, needs, isMasked }) {
    const dz = activationBackward(scope, options.activation, y, dy, isMasked);
    return [
      needs[0] ? depthwiseConv2dBackwardInput(scope, geometry, dz, f) : undefined,
      needs[1] ? depthwiseConv2dBackwardFilter(scope, geometry, x, dz) : undefined,
      needs[2] ? biasGradient(scope, dz) : undefined,
    ];
  },
};
