import {
  avgPool2dBackward,
  dropoutBackward,
  maxPool2dForward,
  meanSquaredErrorBackward,
  pool2dGeometry,
  sigmoidBackward,
} from "@convscope/kernels";
import { RandomStream } from "@convscope/kernels/philox";
import { openTestDevice } from "@convscope/kernels/testing";
import { describe, expect, it } from "vitest";
import type { AnyOp, LossOp, Op } from "../op.ts";
import { ops } from "../ops/index.ts";
import { distinctPixels, signed, type Values } from "./case-values.ts";
import { type GradientCase, type GradientInput, gradientCheck } from "./gradient-check.ts";

const input = (name: string, shape: readonly number[], values: Values = signed): GradientInput => ({
  name,
  ...values(new RandomStream(1, "test"), shape),
});

/** An op of one input, at values of a shape. */
const unary = (op: AnyOp<void>, x: GradientInput, step?: number): GradientCase => ({
  name: op.name,
  inputs: [x],
  record: (tape, variables) => tape.apply(op, variables, undefined),
  step,
});

describe("gradientCheck", () => {
  const device = openTestDevice();
  const failuresOf = async (check: GradientCase) => (await gradientCheck(device(), check)).failures;

  it("names op, input and element of a wrong gradient, with both derivatives and the tolerance", async () => {
    const wrong: Op = { ...ops.tanh, backward: (scope, dy, { y }) => [sigmoidBackward(scope, y, dy)] };
    const failures = await failuresOf(unary(wrong, input("x", [3, 5])));
    expect(failures).toHaveLength(5);
    const number = String.raw`-?\d+(\.\d+)?(e-\d+)?`;
    expect(failures[0]).toMatch(
      new RegExp(
        String.raw`^\[gradient check\] tanh: d/d x\[0,0\] is ${number} on the tape, ${number} ± ${number} ` +
          "by central differences: the backward is wrong for x, or there is a kink within 0.03 of it\\.$",
      ),
    );
    expect(failures[1]).toContain("d/d x[2,4] is");
    expect(failures[3]).toContain("d/d x along random signs 1 is");
  });

  it("sees a gradient that is wrong by 2 %, and gone in one or two of a hundred elements", async () => {
    const options = { rate: 0.02, seed: 1, stream: 0, step: 0 };
    const wrong: Op = {
      ...ops.tanh,
      backward: (scope, dy, recorded) =>
        ops.tanh.backward(scope, dropoutBackward(scope, dy, options), recorded),
    };
    expect(await failuresOf(unary(wrong, input("x", [3, 5, 7])))).not.toEqual([]);
  });

  it("sees gradients that were swapped", async () => {
    const swapped: typeof ops.dense = {
      ...ops.dense,
      backward: (scope, dy, recorded) => {
        const [dx, dw] = ops.dense.backward(scope, dy, recorded);
        return [dw, dx];
      },
    };
    const w = input("w", [5, 5]);
    const check: GradientCase = {
      name: "dense",
      inputs: [input("x", [5, 5]), { ...w, data: w.data.map((value) => value / 2) }],
      record: (tape, variables) => tape.apply(swapped, variables, {}),
    };
    const failures = await failuresOf(check);
    for (const name of ["x", "w"]) {
      expect(failures).toContainEqual(expect.stringContaining(`the backward is wrong for ${name}`));
    }
  });

  it("sees a pooling that sends its gradients to the wrong pixels", async () => {
    const geometry = pool2dGeometry({ inputShape: [1, 4, 4, 3], poolSize: 2, padding: "valid" });
    const misplaced: Op = {
      name: "maxPool2d",
      inputs: ["x"],
      forward: (scope, [x]) => ({ y: maxPool2dForward(scope, geometry, x).y, saved: undefined }),
      backward: (scope, dy) => [avgPool2dBackward(scope, geometry, dy)],
    };
    expect(await failuresOf(unary(misplaced, input("x", [1, 4, 4, 3], distinctPixels)))).not.toEqual([]);
  });

  it("checks losses, which have no dy, and leaves constants alone", async () => {
    const target = { ...input("target", [3, 7]), isConstant: true };
    const prediction = { ...input("prediction", [3, 7]), data: target.data.map((value) => 1 - value) };
    const check = (op: LossOp<object>): GradientCase => ({
      name: op.name,
      inputs: [prediction, target],
      record: (tape, variables) => tape.apply(op, variables, {}),
    });
    const { derivatives, failures } = await gradientCheck(device(), check(ops.meanSquaredError));
    expect(failures).toEqual([]);
    expect(new Set(derivatives.map((derivative) => derivative.input))).toEqual(new Set(["prediction"]));

    const doubled: LossOp<object> = {
      ...ops.meanSquaredError,
      backward: (scope, { inputs: [p, t] }) => [
        meanSquaredErrorBackward(scope, t, p, { scale: 2 / 3 }),
        undefined,
      ],
    };
    expect(await failuresOf(check(doubled))).toHaveLength(derivatives.length);
  });

  it("checks whole networks", async () => {
    const inputs: GradientInput[] = [
      input("x", [2, 7, 6, 3]),
      input("f", [3, 3, 3, 5]),
      input("bf", [5]),
      input("w", [20, 3]),
      input("b", [3]),
      { name: "labels", shape: [2], data: Float32Array.of(2, 0), isConstant: true },
    ];
    const check: GradientCase = {
      name: "a small network",
      inputs,
      record: (tape, [x, f, bf, w, b, labels]) => {
        const map = tape.apply(ops.conv2d, [x, f, bf], { activation: "tanh" });
        const pooled = tape.apply(ops.avgPool2d, [map], { poolSize: 2, padding: "valid" });
        const flat = tape.apply(ops.reshape, [pooled], { shape: [2, 20] });
        const logits = tape.apply(ops.dense, [flat, w, b], {});
        return tape.apply(ops.sparseCategoricalCrossentropyFromLogits, [logits, labels], {});
      },
    };
    expect(await failuresOf(check)).toEqual([]);
  });

  it("says that it can tell nothing near a kink", async () => {
    const x = { name: "x", shape: [4], data: Float32Array.of(1, -1, 0.02, -0.02) };
    const failures = await failuresOf(unary(ops.relu, x));
    expect(failures).toContainEqual(
      expect.stringMatching(
        /^\[gradient check\] relu: d\/d x along random signs 1 is .*: too inexact to tell anything\. /,
      ),
    );
    expect(await failuresOf(unary(ops.relu, x, 2 ** -8))).toEqual([]);
  });

  it("says so where the tape has no gradient", async () => {
    const check: GradientCase = {
      name: "a forgotten b",
      inputs: [input("a", [3]), input("b", [3])],
      record: (tape, [a]) => tape.apply(ops.sigmoid, [a], undefined),
    };
    expect(await failuresOf(check)).toEqual([
      "[gradient check] a forgotten b: the tape has no gradient for b.",
    ]);
  });

  it("fails where a value is not a number", async () => {
    const x = { name: "x", shape: [2], data: Float32Array.of(1, Number.NaN) };
    expect(await failuresOf(unary(ops.sigmoid, x))).not.toEqual([]);
  });
});
