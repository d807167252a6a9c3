import { describe, expect, it } from "vitest";
import { sizeOf } from "../device/tensor.ts";
import { expectClose, grad, openTestDevice, randomArray, tfjs, upload } from "../testing/index.ts";
import {
  batchMomentsReference,
  batchNormBackwardReference,
  batchNormForwardReference,
  movingAverageReference,
} from "./batchnorm.reference.ts";
import { batchMoments, batchNormBackward, batchNormForward, movingAverage } from "./batchnorm.ts";

/** Channels in quads and not, fewer and more than the lanes; few and many values of each. */
const shapes = [
  [3, 5, 7, 3],
  [2, 9, 7, 8],
  [5, 70],
  [4, 3],
  [1, 31, 33, 1],
  [2, 3, 5, 66],
  [3, 17, 19, 64],
  [2, 4],
];
const epsilon = 1e-3;

describe("batchnorm", () => {
  const device = openTestDevice();

  it.each(shapes.map((shape) => ({ shape })))("has the batch's moments: $shape", async ({ shape }) => {
    const channels = shape[shape.length - 1];
    const values = sizeOf(shape) / channels;
    // Far from 0: the difference of mean squares would lose all but two digits of the variance.
    for (const [low, high] of [
      [-1, 1],
      [99, 101],
    ]) {
      const x = randomArray(shape, 1, low, high);
      using scope = device().scope();
      const { mean, variance } = batchMoments(scope, upload(scope, x));
      expect([mean.shape, variance.shape]).toEqual([[channels], [channels]]);
      const wanted = batchMomentsReference(x.data, channels);
      const { data: meanData } = await device().read(mean);
      const { data: varianceData } = await device().read(variance);
      expectClose(meanData, wanted.mean, { terms: values, magnitude: high / values });
      // The squared deviations are at most 1; a mean that is off by δ, relatively 2⁻²⁰, adds δ², and rounds by δ at most twice.
      const ofMean = high * 2 ** -20;
      expectClose(varianceData, wanted.variance, {
        absolute: ((8 + 4 * values) * 2 ** -24) / values + ofMean ** 2 + ofMean * 2 ** -4,
      });
    }
  });

  it.each(shapes.map((shape) => ({ shape })))("agrees with the reference: $shape", async ({ shape }) => {
    const channels = shape[shape.length - 1];
    const values = sizeOf(shape) / channels;
    const x = randomArray(shape, 1);
    const dy = randomArray(shape, 2);
    const gamma = randomArray([channels], 3, 0.5, 2);
    const beta = randomArray([channels], 4);
    using scope = device().scope();
    const [xTensor, dyTensor, gammaTensor, betaTensor] = [x, dy, gamma, beta].map((array) =>
      upload(scope, array),
    );
    const all = { x: true, gamma: true, beta: true };
    for (const isTraining of [true, false]) {
      const moments = isTraining
        ? batchMoments(scope, xTensor)
        : {
            mean: upload(scope, randomArray([channels], 5)),
            variance: upload(scope, randomArray([channels], 6, 0.5, 2)),
          };
      const mean = (await device().read(moments.mean)).data;
      const variance = (await device().read(moments.variance)).data;
      // How far a value is scaled at most: what rounding there is before, is scaled too.
      const scale = Math.max(...variance.map((v) => 2 / Math.sqrt(v + epsilon)));
      for (const [withGamma, withBeta] of [
        [true, true],
        [false, true],
        [true, false],
      ]) {
        const weights = {
          gamma: withGamma ? gammaTensor : undefined,
          beta: withBeta ? betaTensor : undefined,
        };
        const plain = {
          mean,
          variance,
          gamma: withGamma ? gamma.data : undefined,
          beta: withBeta ? beta.data : undefined,
          epsilon,
        };
        const y = batchNormForward(scope, xTensor, moments, weights, epsilon);
        expect(y.shape).toEqual(shape);
        expectClose((await device().read(y)).data, batchNormForwardReference(x.data, plain), {
          magnitude: scale,
        });
        const options = { gamma: weights.gamma, epsilon, isTraining };
        const { dx, dgamma, dbeta } = batchNormBackward(scope, dyTensor, xTensor, moments, options, all);
        const wanted = batchNormBackwardReference(x.data, dy.data, plain, isTraining);
        const read = async (tensor: typeof dx) => (tensor ? (await device().read(tensor)).data : []);
        expectClose(await read(dbeta), wanted.dbeta, { terms: values });
        expectClose(await read(dgamma), wanted.dgamma, { terms: values, magnitude: scale });
        // dbeta/m and x̂·dgamma/m are means of values of size 1 and scale.
        expectClose(await read(dx), wanted.dx, { magnitude: scale * (1 + scale * scale) });
      }
    }
  });

  it("agrees with tfjs, of which mean and variance are made op by op", async () => {
    const shape = [3, 5, 7, 6];
    const x = randomArray(shape, 1);
    const dy = randomArray(shape, 2);
    const gamma = randomArray([6], 3, 0.5, 2);
    const beta = randomArray([6], 4);
    const theirs = (t: tfjs.Tensor, g: tfjs.Tensor, b: tfjs.Tensor): tfjs.Tensor => {
      const { mean, variance } = tfjs.moments(t, [0, 1, 2]);
      const normalized = tfjs.div(tfjs.sub(t, mean), tfjs.sqrt(tfjs.add(variance, epsilon)));
      return tfjs.add<tfjs.Tensor>(tfjs.mul(normalized, g), b);
    };
    using scope = device().scope();
    const [xTensor, dyTensor, gammaTensor, betaTensor] = [x, dy, gamma, beta].map((array) =>
      upload(scope, array),
    );
    const moments = batchMoments(scope, xTensor);
    const y = batchNormForward(scope, xTensor, moments, { gamma: gammaTensor, beta: betaTensor }, epsilon);
    const tensors = [x, gamma, beta].map(({ data, shape: own }) => tfjs.tensor(data, [...own]));
    // The deviation of uniform numbers in ±1 is 0.58: what is rounded is scaled by up to 2/0.5.
    const magnitude = 4;
    expectClose((await device().read(y)).data, theirs(tensors[0], tensors[1], tensors[2]).dataSync(), {
      magnitude,
    });
    const options = { gamma: gammaTensor, epsilon, isTraining: true };
    const needs = { x: true, gamma: true, beta: true };
    const { dx, dgamma, dbeta } = batchNormBackward(scope, dyTensor, xTensor, moments, options, needs);
    const wanted = grad(theirs, [x, gamma, beta], dy);
    for (const [i, tensor] of [dx, dgamma, dbeta].entries()) {
      if (!tensor) throw new Error("a gradient is missing");
      expectClose((await device().read(tensor)).data, wanted[i], {
        terms: 105,
        magnitude: i === 1 ? magnitude : 1,
      });
    }
  });

  it("computes no gradient that is not needed", () => {
    using scope = device().scope();
    const x = scope.tensor([2, 3]);
    const moments = { mean: scope.tensor([3]), variance: scope.tensor([3]) };
    const options = { epsilon, isTraining: false };
    const needs = { x: true, gamma: false, beta: false };
    const ran: string[] = [];
    device().onRun = ({ name }) => ran.push(name);
    const gradients = batchNormBackward(scope, x, x, moments, options, needs);
    device().onRun = undefined;
    expect(Object.keys(gradients)).toEqual(["dx"]);
    expect(ran).toEqual(["batchnorm.backwardInput"]);
  });

  it("moves averages", async () => {
    const [before, value] = [randomArray([71], 1), randomArray([71], 2)];
    using scope = device().scope();
    const moved = movingAverage(scope, upload(scope, before), upload(scope, value), 0.99, 1.5);
    expectClose(
      (await device().read(moved)).data,
      movingAverageReference(before.data, value.data, 0.99, 1.5),
    );
  });

  it("gives the same bits each time", async () => {
    using scope = device().scope();
    const x = upload(scope, randomArray([5, 31, 29, 6], 2));
    const [one, other] = [batchMoments(scope, x), batchMoments(scope, x)];
    expect((await device().read(one.variance)).data).toEqual((await device().read(other.variance)).data);
  });

  it("refuses other shapes", () => {
    using scope = device().scope();
    const x = scope.tensor([2, 3]);
    const three = scope.tensor([3]);
    expect(() => batchMoments(scope, scope.tensor([0, 3]))).toThrow(
      "[batchnorm] x is [0,3]: at least one value of each channel is needed, the channels last.",
    );
    const moments = { mean: three, variance: scope.tensor([2]) };
    expect(() => batchNormForward(scope, x, moments, {}, epsilon)).toThrow(
      "[batchnorm] variance is [2], must be [3]: one for each channel of x.",
    );
    expect(() => movingAverage(scope, three, scope.tensor([2]), 0.9)).toThrow(
      "[movingAverage] the average is [3] and the value [2]: both must have one shape.",
    );
  });
});
