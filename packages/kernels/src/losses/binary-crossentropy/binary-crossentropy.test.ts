import { describe, expect, it } from "vitest";
import type { NdArray, Scope, Tensor } from "../../index.ts";
import { meanOf } from "../../mean/mean.ts";
import { expectClose, grad, openTestDevice, randomArray, tfjs, wholeNumbers } from "../../testing/index.ts";
import {
  binaryCrossentropyBackwardReference,
  binaryCrossentropyForwardReference,
  binaryCrossentropyFromLogitsBackwardReference,
  binaryCrossentropyFromLogitsForwardReference,
  binaryCrossentropyKeras224BackwardReference,
  binaryCrossentropyKeras224ForwardReference,
} from "./binary-crossentropy.reference.ts";
import {
  binaryCrossentropyBackward,
  binaryCrossentropyForward,
  binaryCrossentropyFromLogitsBackward,
  binaryCrossentropyFromLogitsForward,
  binaryCrossentropyKeras224Backward,
  binaryCrossentropyKeras224Forward,
} from "./binary-crossentropy.ts";

const shapes = [[1, 1], [3, 1], [65, 1], [3], [1, 5], [3, 70], [5, 3, 2, 3]].map((shape) => ({ shape }));
/** WGSL allows its log an error of 2⁻²¹ near 1 and 3 units in the last place elsewhere. */
const LOG = { absolute: 2 ** -20, relative: 2 ** -20 };

describe("binary crossentropy", () => {
  const device = openTestDevice();

  function upload(scope: Scope, { shape, data }: NdArray): Tensor {
    const tensor = scope.tensor(shape);
    device().write(tensor, data);
    return tensor;
  }
  const column = (...values: number[]): NdArray => ({
    shape: [values.length, 1],
    data: new Float32Array(values),
  });
  type Forward = typeof binaryCrossentropyForward;
  type Backward = typeof binaryCrossentropyBackward;
  async function run(op: Forward | Backward, y: NdArray, prediction: NdArray, options = {}) {
    using scope = device().scope();
    const result = op(scope, upload(scope, y), upload(scope, prediction), options);
    return (await device().read(result)).data;
  }

  describe("from logits", () => {
    it.each(shapes)("agrees with float64 on $shape", async ({ shape }) => {
      const y = wholeNumbers(shape, 1, 0, 1);
      const z = randomArray(shape, 2, -6, 6);
      for (const labelSmoothing of [0, 0.1]) {
        const loss = await run(binaryCrossentropyFromLogitsForward, y, z, { labelSmoothing });
        const wanted = binaryCrossentropyFromLogitsForwardReference(y.data, z.data, shape[0], labelSmoothing);
        expectClose(loss, wanted, { magnitude: 6, terms: z.data.length / shape[0] });
        const dz = await run(binaryCrossentropyFromLogitsBackward, y, z, { labelSmoothing });
        expectClose(dz, binaryCrossentropyFromLogitsBackwardReference(y.data, z.data, labelSmoothing), {
          magnitude: 1 / z.data.length,
        });
      }
    });

    it("gives Keras's golden numbers", async () => {
      const y = column(1, 0, 0, 1);
      const z = column(2, -1, 0.5, -3);
      using scope = device().scope();
      const [yTensor, zTensor] = [upload(scope, y), upload(scope, z)];
      const loss = binaryCrossentropyFromLogitsForward(scope, yTensor, zTensor);
      const mean = meanOf(scope, loss);
      const dz = binaryCrossentropyFromLogitsBackward(scope, yTensor, zTensor);
      expect(loss.shape).toEqual([4]);
      expect(dz.shape).toEqual([4, 1]);
      const printed = { absolute: 1e-8, relative: 2 ** -21 };
      expectClose(
        (await device().read(loss)).data,
        [0.12692801, 0.31326169, 0.97407698, 3.04858735],
        printed,
      );
      expectClose((await device().read(mean)).data, [1.1157135], { absolute: 1e-7, relative: 2 ** -21 });
      const gradients = [-0.02980073, 0.06723536, 0.15561483, -0.23814353];
      expectClose((await device().read(dz)).data, gradients, printed);
    });

    it("agrees with tfjs, values and gradients", async () => {
      const y = wholeNumbers([7, 3], 3, 0, 1);
      const z = randomArray([7, 3], 4, -5, 5);
      const yTensor = tfjs.tensor(y.data, [7, 3]);
      const wanted = (t: tfjs.Tensor) =>
        tfjs.losses
          .sigmoidCrossEntropy(yTensor, t, undefined, undefined, tfjs.Reduction.NONE)
          .mean(-1) as tfjs.Tensor;
      const loss = await run(binaryCrossentropyFromLogitsForward, y, z);
      expectClose(loss, wanted(tfjs.tensor(z.data, [7, 3])).dataSync(), { magnitude: 5, terms: 3 });
      const dy = { shape: [7], data: new Float32Array(7).fill(1 / 7) };
      const dz = await run(binaryCrossentropyFromLogitsBackward, y, z);
      expectClose(dz, grad(wanted, [z], dy)[0], { magnitude: 1 / 21 });
    });

    it("is unbounded, and overflows nowhere", async () => {
      const y = column(0, 1, 0, 1, 0, 1);
      const z = column(100, -100, -100, 100, 0, 0);
      const loss = await run(binaryCrossentropyFromLogitsForward, y, z);
      expect([...loss.slice(0, 2)]).toEqual([100, 100]);
      // exp(−100) is below the smallest normal float32, and may be taken for 0.
      expectClose(loss.slice(2, 4), [0, 0], { absolute: 2 ** -126 });
      expectClose(loss.slice(4), [Math.LN2, Math.LN2]);
      const dz = await run(binaryCrossentropyFromLogitsBackward, y, z, { scale: 1 });
      expect([...dz.slice(0, 2), ...dz.slice(4)]).toEqual([1, -1, 0.5, -0.5]);
      expectClose(dz.slice(2, 4), [0, 0], { absolute: 2 ** -126 });
    });

    it("keeps all digits of small losses and of the gradients of sure samples", async () => {
      // loss = log1p(exp(−|z|)), dz = ∓σ(−|z|): both need an exp of their own accuracy, which WGSL puts at
      // 3 + 2·|z| units in the last place; the rest of the formula adds less than 8 more.
      const values = Array.from({ length: 400 }, (_, i) => -i / 5);
      const z = column(...values, ...values.map((value) => -value));
      const y = column(...values.map(() => 0), ...values.map(() => 1));
      const loss = await run(binaryCrossentropyFromLogitsForward, y, z);
      const dz = await run(binaryCrossentropyFromLogitsBackward, y, z, { scale: 1 });
      for (let i = 0; i < loss.length; i++) {
        const size = Math.abs(z.data[i]);
        const relative = (11 + 2 * size) * 2 ** -23;
        const wanted = Math.log1p(Math.exp(-size));
        expect(Math.abs(loss[i] - wanted) / wanted, `loss at |z| = ${size}`).toBeLessThan(relative);
        const slope = (y.data[i] === 0 ? 1 : -1) / (1 + Math.exp(size));
        expect(Math.abs(dz[i] / slope - 1), `dz at |z| = ${size}`).toBeLessThan(relative);
      }
    });
  });

  describe("as Keras 2.2.4, on probabilities", () => {
    it.each(shapes)("agrees with float64 on $shape", async ({ shape }) => {
      const y = wholeNumbers(shape, 1, 0, 1);
      const p = randomArray(shape, 2, 0.01, 0.99);
      for (const labelSmoothing of [0, 0.1]) {
        const loss = await run(binaryCrossentropyKeras224Forward, y, p, { labelSmoothing });
        expectClose(
          loss,
          binaryCrossentropyKeras224ForwardReference(y.data, p.data, shape[0], labelSmoothing),
          LOG,
        );
        const dp = await run(binaryCrossentropyKeras224Backward, y, p, { labelSmoothing });
        expectClose(dp, binaryCrossentropyKeras224BackwardReference(y.data, p.data, labelSmoothing), {
          magnitude: 1 / (0.01 * p.data.length),
        });
      }
    });

    it("gives Keras's greatest losses, and no gradient beyond the bounds", async () => {
      const y = column(1, 0, 1, 0, 1, 0);
      const p = column(0, 1, 0.5, 0.5, 1, 0);
      const loss = await run(binaryCrossentropyKeras224Forward, y, p);
      expectClose(loss.slice(0, 2), [16.118095, 15.942385], { absolute: 2e-6, relative: 0 });
      expectClose(loss.slice(2, 4), [Math.LN2, Math.LN2], LOG);
      expectClose(loss, binaryCrossentropyKeras224ForwardReference(y.data, p.data, 6), LOG);
      const dp = await run(binaryCrossentropyKeras224Backward, y, p, { scale: 1 });
      expect([...dp]).toEqual([0, 0, -2, 2, 0, 0]);
    });

    it("lets the gradient flow on the bounds themselves", async () => {
      const y = column(1, 0);
      const p = column(1e-7, 1 - 1e-7);
      const dp = await run(binaryCrossentropyKeras224Backward, y, p, { scale: 1 });
      expectClose(dp, [-1 / Math.fround(1e-7), 1 / (1 - Math.fround(1 - 1e-7))], { relative: 2 ** -21 });
    });

    it("agrees with tfjs, values and gradients", async () => {
      const y = wholeNumbers([9, 2], 3, 0, 1);
      const p = randomArray([9, 2], 4, 0.05, 0.95);
      const yTensor = tfjs.tensor(y.data, [9, 2]);
      const wanted = (t: tfjs.Tensor) => tfjs.metrics.binaryCrossentropy(yTensor, t);
      const loss = await run(binaryCrossentropyKeras224Forward, y, p);
      expectClose(loss, wanted(tfjs.tensor(p.data, [9, 2])).dataSync(), LOG);
      const dy = { shape: [9], data: new Float32Array(9).fill(1 / 9) };
      const dp = await run(binaryCrossentropyKeras224Backward, y, p);
      // Terms as great as 1/(p·(1−p)) ≤ 21.1 cancel in tfjs's chain of logarithms.
      expectClose(dp, grad(wanted, [p], dy)[0], { magnitude: 22 / 18 });
    });
  });

  describe("as tf.keras, on probabilities", () => {
    it.each(shapes)("agrees with float64 on $shape", async ({ shape }) => {
      const y = wholeNumbers(shape, 1, 0, 1);
      const p = randomArray(shape, 2, 0.01, 0.99);
      for (const labelSmoothing of [0, 0.1]) {
        const loss = await run(binaryCrossentropyForward, y, p, { labelSmoothing });
        expectClose(loss, binaryCrossentropyForwardReference(y.data, p.data, shape[0], labelSmoothing), LOG);
        const dp = await run(binaryCrossentropyBackward, y, p, { labelSmoothing });
        expectClose(dp, binaryCrossentropyBackwardReference(y.data, p.data, labelSmoothing), {
          magnitude: 1 / (0.01 * p.data.length),
        });
      }
    });

    it("gives tf.keras's greatest losses, and no gradient beyond the bounds", async () => {
      const y = column(1, 0, 1, 0, 1, 0);
      const p = column(0, 1, 0.5, 0.5, 1, 0);
      const loss = await run(binaryCrossentropyForward, y, p);
      expectClose(loss.slice(0, 2), [15.424949, 15.333239], { absolute: 2e-6, relative: 0 });
      expectClose(loss.slice(2), binaryCrossentropyForwardReference(y.data, p.data, 6).slice(2), LOG);
      const dp = await run(binaryCrossentropyBackward, y, p, { scale: 1 });
      expect([dp[0], dp[1], dp[4], dp[5]]).toEqual([0, 0, 0, 0]);
      expectClose(dp.slice(2, 4), [-2, 2], { absolute: 1e-6 });
    });
  });

  it("shows a prediction that is not a number", async () => {
    const forwards = [
      binaryCrossentropyForward,
      binaryCrossentropyFromLogitsForward,
      binaryCrossentropyKeras224Forward,
    ];
    for (const op of forwards) expect(await run(op, column(1), column(Number.NaN))).toEqual(column(NaN).data);
  });

  it("takes targets [n] for predictions [n,1]", async () => {
    const z = column(2, -1);
    const flat = { shape: [2], data: new Float32Array([1, 0]) };
    expect(await run(binaryCrossentropyFromLogitsForward, flat, z)).toEqual(
      await run(binaryCrossentropyFromLogitsForward, column(1, 0), z),
    );
  });

  it("makes nothing new for a shorter last batch", async () => {
    using scope = device().scope();
    const y = wholeNumbers([64, 3], 1, 0, 1);
    const z = randomArray([64, 3], 2);
    const step = async (n: number) => {
      scope.restart();
      const yTensor = upload(scope, { shape: [n, 3], data: y.data.slice(0, 3 * n) });
      const zTensor = upload(scope, { shape: [n, 3], data: z.data.slice(0, 3 * n) });
      const loss = binaryCrossentropyFromLogitsForward(scope, yTensor, zTensor);
      binaryCrossentropyFromLogitsBackward(scope, yTensor, zTensor);
      return (await device().read(loss)).data;
    };
    const long = await step(64);
    const { pipelines, bindGroups } = device().created;
    expect(await step(5)).toEqual(long.slice(0, 5));
    expect(device().created).toMatchObject({ pipelines, bindGroups });
  });

  it("refuses other shapes and smoothing", () => {
    using scope = device().scope();
    const [y, p] = [scope.tensor([3, 2]), scope.tensor([3, 1])];
    expect(() => binaryCrossentropyForward(scope, y, p)).toThrow(
      "[binaryCrossentropy] y is [3,2] and the prediction [3,1]: both need the same shape (a trailing 1 may be left out).",
    );
    expect(() => binaryCrossentropyFromLogitsBackward(scope, scope.tensor([]), scope.tensor([]))).toThrow(
      "[binaryCrossentropyFromLogits] the prediction is a scalar []: it needs a first axis of samples, [n,…].",
    );
    expect(() => binaryCrossentropyKeras224Forward(scope, y, y, { labelSmoothing: 2 })).toThrow(
      "[binaryCrossentropyKeras224] labelSmoothing is 2: it needs to be between 0 and 1.",
    );
  });
});
