import { Tape } from "@convscope/autograd";
import type { Device } from "@convscope/kernels";
import { upload } from "@convscope/kernels/testing";
import { expect } from "vitest";
import { operations } from "./operations.ts";
import { expectWithin, type Vector } from "./vectors.ts";

/** The result of the vector's op. */
export async function checkForward(device: Device, vector: Vector): Promise<void> {
  using tape = new Tape(device);
  const { y, others = {} } = operations[vector.op].record(tape, vector);
  const results = { y: y.tensor, ...others };
  expect(Object.keys(vector.expected)).toEqual(Object.keys(results));
  for (const [name, result] of Object.entries(results)) {
    expectWithin(await device.read(result), vector.expected[name], vector.tol, name);
  }
}

/** The op whose gradients a vector such as `conv2d_grad` gives. */
export const opOfGradient = ({ op }: Vector): string => op.replace(/_grad$/, "");

/** The gradients of the sum of dy·y with respect to the vector's inputs: `dx` to `x`, and so on. */
export async function checkGradients(device: Device, vector: Vector): Promise<void> {
  using tape = new Tape(device);
  const { y, sources } = operations[opOfGradient(vector)].record(tape, vector);
  const gradients = tape.backward(y, upload(tape, vector.inputs.dy));
  const names = Object.keys(vector.expected);
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) {
    if (name === "y") {
      expectWithin(await device.read(y.tensor), vector.expected.y, vector.tol);
      continue;
    }
    const { variable, restore } = sources[name.slice(1)];
    const gradient = gradients.get(variable);
    if (!gradient) expect.fail(`no gradient ${name}`);
    else expectWithin(restore(await device.read(gradient)), vector.expected[name], vector.tol, name);
  }
}
