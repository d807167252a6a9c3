import { describe, expect, it } from "vitest";
import type { FusedActivation } from "../activation/activation.ts";
import {
  expectClose,
  grad,
  kernelChoices,
  openTestDevice,
  randomArray,
  tfjs,
  upload,
} from "../testing/index.ts";
import {
  depthwiseConv2dBackwardFilterReference,
  depthwiseConv2dBackwardInputReference,
  depthwiseConv2dForwardReference,
} from "./depthwise-conv2d.reference.ts";
import {
  depthwiseConv2dBackwardFilter,
  depthwiseConv2dBackwardInput,
  depthwiseConv2dForward,
} from "./depthwise-conv2d.ts";
import { type DepthwiseConv2dOptions, depthwiseConv2dGeometry } from "./geometry.ts";

/** Odd sizes; channels in quads and not; filters that are not square, larger than the picture, with holes. */
const cases: (DepthwiseConv2dOptions & { activation?: FusedActivation; bias?: false })[] = [
  { inputShape: [1, 1, 1, 1], filterShape: [1, 1, 1, 1], bias: false },
  { inputShape: [3, 9, 7, 3], filterShape: [3, 3, 3, 1], padding: "same", activation: "relu" },
  { inputShape: [2, 9, 7, 8], filterShape: [3, 3, 8, 1], padding: "same", activation: "relu" },
  { inputShape: [1, 13, 11, 4], filterShape: [3, 3, 4, 1], strides: 2, padding: "same", bias: false },
  { inputShape: [2, 12, 17, 12], filterShape: [3, 3, 12, 1], strides: 2 },
  {
    inputShape: [1, 11, 10, 36],
    filterShape: [3, 2, 36, 1],
    dilation: [2, 3],
    padding: "same",
    activation: "tanh",
  },
  {
    inputShape: [2, 10, 9, 4],
    filterShape: [5, 4, 4, 1],
    strides: [1, 3],
    padding: { top: 2, bottom: 0, left: 1, right: 3 },
  },
  { inputShape: [1, 3, 2, 8], filterShape: [7, 5, 8, 1], padding: "same", activation: "sigmoid" },
  { inputShape: [2, 6, 7, 3], filterShape: [2, 3, 3, 5], strides: [2, 1] },
  { inputShape: [1, 7, 6, 4], filterShape: [3, 3, 4, 2], padding: "same" },
  { inputShape: [1, 5, 67, 4], filterShape: [1, 3, 4, 1], padding: "same" },
];

describe.each(kernelChoices)("depthwise conv2d, %s kernels", (kernels) => {
  const device = openTestDevice(kernels);

  it.each(cases.map((options) => ({ title: `${depthwiseConv2dGeometry(options)}`, options })))(
    "agrees with the reference and tfjs: $title",
    async ({ options }) => {
      const { activation, bias, ...rest } = options;
      const geometry = depthwiseConv2dGeometry(rest);
      const { FILTER_H, FILTER_W, OUT_H, OUT_W, OUT_C, MULTIPLIER } = geometry.constants;
      const x = randomArray(geometry.inputShape, 1);
      const f = randomArray(geometry.filterShape, 2);
      const b = bias === false ? undefined : randomArray([OUT_C], 3);
      const dy = randomArray(geometry.outputShape, 4);
      using scope = device().scope();
      const [xTensor, fTensor, dyTensor] = [x, f, dy].map((array) => upload(scope, array));
      const bTensor = b && upload(scope, b);
      const y = depthwiseConv2dForward(scope, geometry, xTensor, fTensor, bTensor, activation);
      expect(y.shape).toEqual(geometry.outputShape);
      const { data: got } = await device().read(y);
      const dxTensor = depthwiseConv2dBackwardInput(scope, geometry, dyTensor, fTensor);
      const { data: dx } = await device().read(dxTensor);
      const dfTensor = depthwiseConv2dBackwardFilter(scope, geometry, xTensor, dyTensor);
      const { shape: dfShape, data: df } = await device().read(dfTensor);
      expect(dfShape).toEqual(geometry.filterShape);
      const taps = FILTER_H * FILTER_W;
      const outputs = geometry.inputShape[0] * OUT_H * OUT_W;
      expectClose(got, depthwiseConv2dForwardReference(geometry, x.data, f.data, b?.data, activation), {
        terms: taps + 1,
      });
      expectClose(dx, depthwiseConv2dBackwardInputReference(geometry, dy.data, f.data), {
        terms: taps * MULTIPLIER,
      });
      expectClose(df, depthwiseConv2dBackwardFilterReference(geometry, x.data, dy.data), { terms: outputs });

      // tfjs has no gradient with dilation, and wants one stride for both axes.
      const { strides = 1, padding = "valid", dilation } = rest;
      if (typeof padding === "object" || dilation !== undefined || typeof strides !== "number") return;
      const convolve = (t: tfjs.Tensor, w: tfjs.Tensor) =>
        tfjs.depthwiseConv2d(t as tfjs.Tensor4D, w as tfjs.Tensor4D, strides, padding);
      const [theirDx, theirDf] = grad(convolve, [x, f], dy);
      expectClose(dx, theirDx, { terms: taps * MULTIPLIER });
      expectClose(df, theirDf, { terms: outputs });
    },
  );
});

describe("depthwise conv2d", () => {
  const device = openTestDevice();

  it("makes no new pipeline for another batch size", () => {
    using scope = device().scope();
    const run = (batch: number) => {
      const geometry = depthwiseConv2dGeometry({ inputShape: [batch, 5, 6, 8], filterShape: [3, 3, 8, 1] });
      const x = scope.tensor(geometry.inputShape);
      const f = scope.tensor(geometry.filterShape);
      const y = depthwiseConv2dForward(scope, geometry, x, f);
      depthwiseConv2dBackwardInput(scope, geometry, y, f);
      depthwiseConv2dBackwardFilter(scope, geometry, x, y);
    };
    run(20);
    const { pipelines } = device().created;
    run(7);
    expect(device().created.pipelines).toBe(pipelines);
  });

  it("says what does not fit", () => {
    const of = (inputShape: number[], filterShape: number[]) => () =>
      depthwiseConv2dGeometry({ inputShape, filterShape });
    expect(of([1, 4, 4, 3], [3, 3, 4, 1])).toThrow(
      "[depthwiseConv2d] x has 3 channels but the filter expects 4: x [1,4,4,3] (NHWC), filter [3,3,4,4] (HWIO).",
    );
    expect(of([1, 4, 4, 3], [3, 3, 3])).toThrow(
      "[depthwiseConv2d] the filter is [3,3,3]: [rows,columns,channels,multiplier] is needed.",
    );
    using scope = device().scope();
    const geometry = depthwiseConv2dGeometry({ inputShape: [1, 4, 4, 2], filterShape: [3, 3, 2, 3] });
    expect(() =>
      depthwiseConv2dForward(scope, geometry, scope.tensor([1, 4, 4, 2]), scope.tensor([3, 3, 2, 1])),
    ).toThrow(
      "[depthwiseConv2d] the filter is [3,3,2,1], must be [3,3,2,3] for depthwiseConv2d [1,4,4,2] * [3,3,2,3] -> [1,2,2,6],",
    );
  });
});
