import { Tape } from "@convscope/autograd";
import type { Device } from "@convscope/kernels";
import { expect } from "vitest";
import { operations } from "./operations.ts";
import { describeVectors, noSuch, type Reason, type Vector } from "./vectors.ts";

function reason({ id, op, attrs, inputs }: Vector): Reason | undefined {
  if (op === "dropout" && attrs.rate > 1) return "dropout: the rate is clipped, as in Keras 2";
  if (op !== "dropout" && !Object.hasOwn(operations, op)) return noSuch("op", op);
  const other = Object.values(inputs).find(({ dtype }) => dtype !== "float32");
  if (other) return noSuch("dtype", other.dtype);
  // With a padding of 2.1 pixels ours refuses the padding.
  if (id.includes("dimRoundingMode") && typeof attrs.padding === "string")
    return noSuch("option", "dimRoundingMode");
  if (op === "softmax" && attrs.axis !== -1) return noSuch("option", "axis");
  if (op === "bias_add" && inputs.b.shape.length > 1)
    return "bias_add: a bias of two dimensions is broadcast";
  return undefined;
}

/** The op refuses the call with a message of its own, which begins with its name. */
function check(device: Device, vector: Vector): void {
  using tape = new Tape(device);
  expect(() => operations[vector.op].record(tape, vector)).toThrow(/^\[\w+/);
}

const counts = `
core others
   0     25  ran
   0      9  no such option: axis 1, dimRoundingMode 8
   0      7  no such dtype: int32 7
   0      3  no such op: transpose 3
   0      1  bias_add: a bias of two dimensions is broadcast
   0      1  dropout: the rate is clipped, as in Keras 2
`;

describeVectors("tfjs/errors", counts, reason, check);
