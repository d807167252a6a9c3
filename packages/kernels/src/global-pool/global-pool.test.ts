import { describe, expect, it } from "vitest";
import { expectClose, grad, openTestDevice, randomArray, tfjs, wholeNumbers } from "../testing/index.ts";
import {
  globalAveragePool2dBackwardReference,
  globalAveragePool2dForwardReference,
  globalMaxPool2dBackwardReference,
  globalMaxPool2dForwardReference,
} from "./global-pool.reference.ts";
import {
  globalAveragePool2dBackward,
  globalAveragePool2dForward,
  globalMaxPool2dBackward,
  globalMaxPool2dForward,
} from "./global-pool.ts";

const exact = { absolute: 0, relative: 0 };
const cases: { shape: [number, number, number, number] }[] = [
  { shape: [1, 1, 1, 1] },
  { shape: [3, 7, 5, 3] },
  { shape: [1, 9, 2, 70] },
  { shape: [3, 31, 33, 5] },
];

describe("global pooling", () => {
  const device = openTestDevice();

  it.each(cases)("average agrees with the reference and tfjs on $shape", async ({ shape }) => {
    const x = randomArray(shape, 1);
    const dy = randomArray([shape[0], shape[3]], 2);
    using scope = device().scope();
    const xTensor = scope.tensor(shape);
    const dyTensor = scope.tensor(dy.shape);
    device().write(xTensor, x.data);
    device().write(dyTensor, dy.data);
    const yTensor = globalAveragePool2dForward(scope, xTensor);
    expect(yTensor.shape).toEqual(dy.shape);
    const { data: y } = await device().read(yTensor);
    const { data: dx } = await device().read(globalAveragePool2dBackward(scope, shape, dyTensor));
    // A sum of PIXELS terms of size 1 before it is divided by PIXELS.
    const pixels = shape[1] * shape[2];
    const mean = { terms: pixels, magnitude: 1 / pixels };
    expectClose(y, globalAveragePool2dForwardReference(shape, x.data), mean);
    expectClose(dx, globalAveragePool2dBackwardReference(shape, dy.data));
    const f = (t: tfjs.Tensor) => tfjs.mean(t, [1, 2]);
    expectClose(y, f(tfjs.tensor(x.data, shape)).dataSync(), mean);
    expectClose(dx, grad(f, [x], dy)[0]);
  });

  it.each(cases)("max agrees with the reference and tfjs on $shape", async ({ shape }) => {
    const [batch, height, width, channels] = shape;
    for (const x of [randomArray(shape, 3), wholeNumbers(shape, 4, -2, -1)]) {
      const dy = randomArray([batch, channels], 5);
      using scope = device().scope();
      const xTensor = scope.tensor(shape);
      const dyTensor = scope.tensor(dy.shape);
      device().write(xTensor, x.data);
      device().write(dyTensor, dy.data);
      const { y, argmax } = globalMaxPool2dForward(scope, xTensor);
      const dx = globalMaxPool2dBackward(scope, shape, argmax, dyTensor);
      const wanted = globalMaxPool2dForwardReference(shape, x.data);
      const { data: dxData } = await device().read(dx);
      expect(y.shape).toEqual(dy.shape);
      expectClose((await device().read(y)).data, wanted.y, exact);
      expect((await device().readUint32(argmax)).data).toEqual(wanted.argmax);
      expectClose(dxData, globalMaxPool2dBackwardReference(shape, wanted.argmax, dy.data), exact);
      // As one window over the whole picture: this also holds tfjs to the first of equal maxima.
      const f = (t: tfjs.Tensor) =>
        tfjs.reshape(tfjs.maxPool(t as tfjs.Tensor4D, [height, width], 1, "valid"), [batch, channels]);
      expectClose(dxData, grad(f, [x], dy)[0], exact);
    }
  });

  it("passes NaN on: the mean with one is NaN, the maximum is the first of them", async () => {
    const shape = [1, 1, 4, 2] as const;
    const { NaN: nan } = Number;
    const values = Float32Array.of(1, 2, nan, 3, nan, 4, 5, 1);
    using scope = device().scope();
    const x = scope.tensor(shape);
    device().write(x, values);
    const { y, argmax } = globalMaxPool2dForward(scope, x);
    expect([...(await device().read(y)).data]).toEqual([nan, 4]);
    expect([...(await device().readUint32(argmax)).data]).toEqual([2, 5]);
    expect([...globalMaxPool2dForwardReference(shape, values).argmax]).toEqual([2, 5]);
    expect([...(await device().read(globalAveragePool2dForward(scope, x))).data]).toEqual([nan, 2.5]);
  });

  it("refuses other shapes", () => {
    using scope = device().scope();
    const shape = [2, 5, 5, 3];
    const right = scope.tensor([2, 3]);
    const wrong = scope.tensor([3, 2]);
    expect(() => globalAveragePool2dForward(scope, scope.tensor([2, 3]))).toThrow(
      "[globalAveragePool2dForward] the input is [2,3]: [batch,height,width,channels] with at least one pixel is needed.",
    );
    expect(() => globalMaxPool2dForward(scope, scope.tensor([2, 0, 5, 3]))).toThrow(
      "[globalMaxPool2dForward] the input is [2,0,5,3]",
    );
    expect(() => globalAveragePool2dBackward(scope, shape, wrong)).toThrow(
      "[globalAveragePool2dBackward] dy is [3,2], [2,3] is needed.",
    );
    expect(() => globalMaxPool2dBackward(scope, shape, wrong, right)).toThrow(
      "[globalMaxPool2dBackward] argmax is [3,2], [2,3] is needed.",
    );
    expect(() => globalMaxPool2dBackward(scope, shape, right, wrong)).toThrow(
      "[globalMaxPool2dBackward] dy is [3,2], [2,3] is needed.",
    );
  });
});
