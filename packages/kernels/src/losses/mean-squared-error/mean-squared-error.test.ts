import { describe, expect, it } from "vitest";
import { expectClose, grad, openTestDevice, randomArray, tfjs } from "../../testing/index.ts";
import {
  meanSquaredErrorBackwardReference,
  meanSquaredErrorForwardReference,
} from "./mean-squared-error.reference.ts";
import { meanSquaredErrorBackward, meanSquaredErrorForward } from "./mean-squared-error.ts";

const shapes = [[1, 1], [3], [3, 1], [1, 5], [65, 3], [3, 5, 7, 2]].map((shape) => ({ shape }));

describe("mean squared error", () => {
  const device = openTestDevice();

  it.each(shapes)("agrees with float64 and tfjs on $shape", async ({ shape }) => {
    const y = randomArray(shape, 1);
    const p = randomArray(shape, 2);
    const samples = shape[0];
    const perSample = p.data.length / samples;
    using scope = device().scope();
    const [yTensor, pTensor] = [scope.tensor(shape), scope.tensor(shape)];
    device().write(yTensor, y.data);
    device().write(pTensor, p.data);
    const loss = meanSquaredErrorForward(scope, yTensor, pTensor);
    const dp = meanSquaredErrorBackward(scope, yTensor, pTensor);
    expect(loss.shape).toEqual([samples]);
    const { data } = await device().read(loss);
    const { data: dpData } = await device().read(dp);
    const bound = { terms: perSample, magnitude: 4 / Math.sqrt(perSample) };
    expectClose(data, meanSquaredErrorForwardReference(y.data, p.data, samples), bound);
    const slopeBound = { magnitude: 4 / p.data.length };
    expectClose(dpData, meanSquaredErrorBackwardReference(y.data, p.data), slopeBound);

    const wanted = (t: tfjs.Tensor) =>
      tfjs
        .squaredDifference(tfjs.tensor(y.data, [...shape]), t)
        .reshape([samples, perSample])
        .mean(1) as tfjs.Tensor;
    expectClose(data, wanted(tfjs.tensor(p.data, [...shape])).dataSync(), bound);
    const dy = { shape: [samples], data: new Float32Array(samples).fill(1 / samples) };
    expectClose(dpData, grad(wanted, [p], dy)[0], slopeBound);
  });

  it("is exact on whole numbers, and multiplies the gradient by the scale", async () => {
    using scope = device().scope();
    const [y, p] = [scope.tensor([2, 2]), scope.tensor([2, 2])];
    device().write(y, new Float32Array([0, 0, 0, 0]));
    device().write(p, new Float32Array([1, 2, 3, 4]));
    expect([...(await device().read(meanSquaredErrorForward(scope, y, p))).data]).toEqual([2.5, 12.5]);
    const dp = meanSquaredErrorBackward(scope, y, p, { scale: 3 });
    expect([...(await device().read(dp)).data]).toEqual([3, 6, 9, 12]);
  });

  it("refuses other shapes", () => {
    using scope = device().scope();
    expect(() => meanSquaredErrorForward(scope, scope.tensor([4]), scope.tensor([2, 2]))).toThrow(
      "[meanSquaredError] y is [4] and the prediction [2,2]: both need the same shape (a trailing 1 may be left out).",
    );
  });
});
