import { describe, expect, it } from "vitest";
import { pool2dGeometry } from "../pool2d/geometry.ts";
import { poolCases, tfjsPool } from "../pool2d/test-cases.ts";
import { reluBackwardReference } from "../relu/relu.reference.ts";
import {
  expectClose,
  grad,
  kernelChoices,
  openTestDevice,
  randomArray,
  tfjs,
  wholeNumbers,
} from "../testing/index.ts";
import { maxPool2dBackwardReference, maxPool2dForwardReference } from "./maxpool2d.reference.ts";
import { maxPool2dBackward, maxPool2dForward } from "./maxpool2d.ts";

const exact = { absolute: 0, relative: 0 };

describe.each(kernelChoices)("maxpool2d, kernels: %s", (kernels) => {
  const device = openTestDevice(kernels);

  async function run(geometry: (typeof poolCases)[number], x: Float32Array, dy: Float32Array) {
    using scope = device().scope();
    const xTensor = scope.tensor(geometry.inputShape);
    const dyTensor = scope.tensor(geometry.outputShape);
    device().write(xTensor, x);
    device().write(dyTensor, dy);
    const { y, argmax } = maxPool2dForward(scope, geometry, xTensor);
    const dx = maxPool2dBackward(scope, geometry, argmax, dyTensor);
    const masked = maxPool2dBackward(scope, geometry, argmax, dyTensor, y);
    return {
      y: (await device().read(y)).data,
      argmax: (await device().readUint32(argmax)).data,
      dx: (await device().read(dx)).data,
      masked: (await device().read(masked)).data,
    };
  }

  it.each(poolCases.map((geometry) => ({ title: `${geometry}`, geometry })))(
    "agrees with the reference and tfjs: $title",
    async ({ geometry }) => {
      const x = randomArray(geometry.inputShape, 1);
      // Whole numbers: the sums of overlapping windows are exact, whatever their order.
      const dy = wholeNumbers(geometry.outputShape, 2);
      const got = await run(geometry, x.data, dy.data);
      const wanted = maxPool2dForwardReference(geometry, x.data);
      expectClose(got.y, wanted.y, exact);
      expect(got.argmax).toEqual(wanted.argmax);
      expectClose(got.dx, maxPool2dBackwardReference(geometry, wanted.argmax, dy.data), exact);
      expectClose(got.masked, reluBackwardReference(x.data, got.dx), exact);
      // Padded with a value below all others.
      const f = (t: tfjs.Tensor) => tfjsPool("max", geometry, t, -1e30);
      expectClose(got.y, f(tfjs.tensor(x.data, [...x.shape])).dataSync(), exact);
      expectClose(got.dx, grad(f, [x], dy)[0], exact);
    },
  );

  it.each(poolCases.map((geometry) => ({ title: `${geometry}`, geometry })))(
    "takes the first of equal maxima: $title",
    async ({ geometry }) => {
      // Few values, so that most windows tie; all below zero, so that padding with 0 would show.
      const x = wholeNumbers(geometry.inputShape, 3, -2, -1);
      const dy = wholeNumbers(geometry.outputShape, 4);
      const got = await run(geometry, x.data, dy.data);
      const wanted = maxPool2dForwardReference(geometry, x.data);
      expectClose(got.y, wanted.y, exact);
      expect(got.argmax).toEqual(wanted.argmax);
      expectClose(got.dx, maxPool2dBackwardReference(geometry, wanted.argmax, dy.data), exact);
    },
  );

  it("agrees with tfjs's own same padding, and on which of equal maxima gets the gradient", async () => {
    const geometry = pool2dGeometry({ inputShape: [3, 9, 7, 3], poolSize: 3, strides: 2, padding: "same" });
    const x = wholeNumbers(geometry.inputShape, 5, -2, -1);
    const dy = wholeNumbers(geometry.outputShape, 6);
    const got = await run(geometry, x.data, dy.data);
    const f = (t: tfjs.Tensor) => tfjs.maxPool(t as tfjs.Tensor4D, 3, 2, "same");
    expectClose(got.y, f(tfjs.tensor(x.data, [...x.shape])).dataSync(), exact);
    expectClose(got.dx, grad(f, [x], dy)[0], exact);
  });

  it("chooses the first pixel of a constant picture, and handles −∞", async () => {
    const geometry = pool2dGeometry({ inputShape: [1, 4, 4, 1], poolSize: 2, padding: "valid" });
    const dy = Float32Array.of(1, 2, 3, 4);
    for (const value of [0, Number.NEGATIVE_INFINITY]) {
      const got = await run(geometry, new Float32Array(16).fill(value), dy);
      expect([...got.y]).toEqual([value, value, value, value]);
      expect([...got.argmax]).toEqual([0, 2, 8, 10]);
      expect([...got.dx]).toEqual([1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0]);
    }
  });

  it("passes NaN on, the first of a window, and leaves other windows alone", async () => {
    const geometry = pool2dGeometry({ inputShape: [1, 2, 6, 1], poolSize: 2, padding: "valid" });
    const nan = Number.NaN;
    const x = Float32Array.of(nan, nan, 1, 2, 5, nan, nan, nan, 3, 4, nan, 7);
    const got = await run(geometry, x, Float32Array.of(1, 2, 3));
    expect([...got.y]).toEqual([nan, 4, nan]);
    expect([...got.argmax]).toEqual([0, 9, 5]);
    expect([...got.dx]).toEqual([1, 0, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0]);
    expect(maxPool2dForwardReference(geometry, x)).toEqual({ y: got.y, argmax: got.argmax });
  });

  it("serves a shorter batch from the same pipelines and larger buffers", async () => {
    const of = (batch: number) =>
      pool2dGeometry({ inputShape: [batch, 7, 5, 3], poolSize: 3, strides: 2, padding: "same" });
    using scope = device().scope();
    for (const batch of [4, 1]) {
      scope.restart();
      const geometry = of(batch);
      const x = randomArray(geometry.inputShape, 7);
      const xTensor = scope.tensor(geometry.inputShape);
      device().write(xTensor, x.data);
      const before = { ...device().created };
      const { y, argmax } = maxPool2dForward(scope, geometry, xTensor);
      const dx = maxPool2dBackward(scope, geometry, argmax, y);
      if (batch === 1) expect(device().created).toEqual(before);
      const wanted = maxPool2dForwardReference(geometry, x.data);
      expectClose((await device().read(y)).data, wanted.y, exact);
      const wantedDx = maxPool2dBackwardReference(geometry, wanted.argmax, wanted.y);
      // A pixel that is chosen by up to four windows: a sum of at most four terms.
      expectClose((await device().read(dx)).data, wantedDx, { terms: 4 });
    }
  });

  it("folds a grid of more than 65,535 workgroups", async () => {
    const geometry = pool2dGeometry({ inputShape: [1, 2100, 2001, 1], poolSize: 1, padding: "valid" });
    const x = randomArray(geometry.inputShape, 8);
    const got = await run(geometry, x.data, x.data);
    expectClose(got.y, x.data, exact);
    expectClose(got.dx, x.data, exact);
  });

  it("refuses other shapes than the geometry's", () => {
    const geometry = pool2dGeometry({ inputShape: [2, 5, 5, 3], poolSize: 2, padding: "valid" });
    using scope = device().scope();
    expect(() => maxPool2dForward(scope, geometry, scope.tensor([2, 5, 6, 3]))).toThrow(
      "[maxPool2dForward] x is [2,5,6,3], [2,5,5,3] is needed.",
    );
    const right = scope.tensor([2, 2, 2, 3]);
    const wrong = scope.tensor([2, 5, 5, 3]);
    expect(() => maxPool2dBackward(scope, geometry, wrong, right)).toThrow(
      "[maxPool2dBackward] argmax is [2,5,5,3], [2,2,2,3] is needed.",
    );
    expect(() => maxPool2dBackward(scope, geometry, right, wrong)).toThrow(
      "[maxPool2dBackward] dy is [2,5,5,3], [2,2,2,3] is needed.",
    );
  });
});
