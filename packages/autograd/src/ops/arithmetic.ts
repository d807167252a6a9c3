import {
  addBackward,
  addForward,
  concatenate as concatenateForward,
  extremeBackward,
  extremeForward,
  multiplyBackward,
  multiplyForward,
  rescale as rescaleForward,
  slice,
  subtractBackward,
  subtractForward,
} from "@convscope/kernels";
import type { Op } from "../op.ts";

/** y = a + b, broadcast by NumPy's rules. */
export const add: Op = {
  name: "add",
  inputs: ["a", "b"],
  forward: (scope, [a, b]) => ({ y: addForward(scope, a, b), saved: undefined }),
  backward: (scope, dy, { inputs, needs }) =>
    inputs.map(({ shape }, i) => (needs[i] ? addBackward(scope, dy, shape) : undefined)),
};

/** y = a − b, broadcast by NumPy's rules. */
export const subtract: Op = {
  name: "subtract",
  inputs: ["a", "b"],
  forward: (scope, [a, b]) => ({ y: subtractForward(scope, a, b), saved: undefined }),
  backward: (scope, dy, { inputs: [a, b], needs }) => [
    needs[0] ? addBackward(scope, dy, a.shape) : undefined,
    needs[1] ? subtractBackward(scope, dy, b.shape) : undefined,
  ],
};

/** y = a·b, broadcast by NumPy's rules. */
export const multiply: Op = {
  name: "multiply",
  inputs: ["a", "b"],
  forward: (scope, [a, b]) => ({ y: multiplyForward(scope, a, b), saved: undefined }),
  backward: (scope, dy, { inputs: [a, b], needs }) => [
    needs[0] ? multiplyBackward(scope, dy, b, a.shape) : undefined,
    needs[1] ? multiplyBackward(scope, dy, a, b.shape) : undefined,
  ],
};

const extreme = (name: "maximum" | "minimum"): Op => ({
  name,
  inputs: ["a", "b"],
  forward: (scope, [a, b]) => ({ y: extremeForward(scope, name, a, b), saved: undefined }),
  backward: (scope, dy, { inputs: [a, b], needs }) =>
    extremeBackward(scope, name, dy, [a, b], [needs[0], needs[1]]),
});

/** The larger of a and b, broadcast by NumPy's rules; of equal ones the gradient goes to a. */
export const maximum = extreme("maximum");

/** The smaller of a and b, broadcast by NumPy's rules; of equal ones the gradient goes to a. */
export const minimum = extreme("minimum");

/** y = scale·x + offset, two numbers; default 1 and 0. */
export const rescale: Op<{ readonly scale?: number; readonly offset?: number }> = {
  name: "rescale",
  inputs: ["x"],
  forward: (scope, [x], { scale = 1, offset = 0 }) => ({
    y: rescaleForward(scope, x, scale, offset),
    saved: undefined,
  }),
  backward: (scope, dy, { options: { scale = 1 } }) => [rescaleForward(scope, dy, scale)],
};

/** Any number of inputs in a row along an axis, which may be counted from behind. */
export const concatenate: Op<{ readonly axis: number }> = {
  name: "concatenate",
  inputs: ["x"],
  forward: (scope, inputs, { axis }) => ({ y: concatenateForward(scope, inputs, axis), saved: undefined }),
  backward(scope, dy, { inputs, options: { axis }, needs }) {
    let end = 0;
    return inputs.map(({ shape }, i) => {
      const size = shape.at(axis) ?? 0;
      end += size;
      return needs[i] ? slice(scope, dy, axis, end - size, size) : undefined;
    });
  },
};
