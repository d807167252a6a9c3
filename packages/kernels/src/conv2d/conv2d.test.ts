import { describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { type NdArray, sizeOf } from "../device/tensor.ts";
import { reluBackwardReference } from "../relu/relu.reference.ts";
import {
  expectClose,
  grad,
  openTestDevice,
  randomArray,
  testedVariants,
  tfjs,
  upload,
} from "../testing/index.ts";
import { conv2dBackwardFilter } from "./backward-filter.ts";
import { conv2dBackwardInput } from "./backward-input.ts";
import { conv2dCases } from "./conv2d.cases.ts";
import {
  conv2dBackwardFilterReference,
  conv2dBackwardInputReference,
  conv2dForwardReference,
} from "./conv2d.reference.ts";
import { conv2dForward } from "./forward.ts";
import { type Conv2dGeometry, conv2dGeometry } from "./geometry.ts";
import { amplification, gradientAmplification, takesWinograd } from "./winograd/winograd.reference.ts";

/** All three passes on the device. */
async function run(
  device: Device,
  geometry: Conv2dGeometry,
  x: NdArray,
  f: NdArray,
  b: NdArray,
  dy: NdArray,
) {
  using scope = device.scope();
  const [xT, fT, bT, dyT] = [x, f, b, dy].map((array) => upload(scope, array));
  const y = conv2dForward(scope, geometry, xT, fT, bT);
  const dx = conv2dBackwardInput(scope, geometry, dyT, fT);
  const dxMasked = conv2dBackwardInput(scope, geometry, dyT, fT, xT);
  const df = conv2dBackwardFilter(scope, geometry, xT, dyT);
  const [yData, dxData, dxMaskedData, dfData] = await Promise.all(
    [y, dx, dxMasked, df].map((t) => device.read(t)),
  );
  return { y: yData.data, dx: dxData.data, dxMasked: dxMaskedData.data, df: dfData.data };
}

describe.each(testedVariants)("conv2d, %s kernels", (kernels) => {
  const device = openTestDevice(kernels);

  const isHalf = kernels === "half-tiles";
  const isTiles = kernels === "tiles" || isHalf;
  const cases = conv2dCases.filter(({ tiles }) => !isTiles || tiles === "all" || (tiles && !isHalf));
  // The other two are those of the cases, and of the test of NaN.
  const activations = isTiles
    ? (["sigmoid", "tanh"] as const)
    : (["linear", "relu", "sigmoid", "tanh"] as const);
  it.each(cases)("agrees with the reference and tfjs: $name", async (options) => {
    const geometry = conv2dGeometry(options);
    const x = randomArray(geometry.inputShape, 1);
    const f = randomArray(geometry.filterShape, 2);
    const b = randomArray([geometry.constants.OUT_C], 3);
    const dy = randomArray(geometry.outputShape, 4);
    const got = await run(device(), geometry, x, f, b, dy);

    const { FILTER_H, FILTER_W, IN_C, OUT_C, OUT_H, OUT_W } = geometry.constants;
    const taps = FILTER_H * FILTER_W;
    const outputs = geometry.inputShape[0] * OUT_H * OUT_W;
    const isWinograd = kernels === "winograd" && takesWinograd(geometry);
    const ofSums = { magnitude: isWinograd ? amplification() : 1, isHalf };
    const ofGradients = { magnitude: isWinograd ? gradientAmplification() : 1, isHalf };
    const wantedY = conv2dForwardReference(geometry, x.data, f.data, b.data);
    const wantedDx = conv2dBackwardInputReference(geometry, dy.data, f.data);
    const wantedDf = conv2dBackwardFilterReference(geometry, x.data, dy.data);
    expectClose(got.y, wantedY, { terms: taps * IN_C, ...ofSums });
    expectClose(got.dx, wantedDx, { terms: taps * OUT_C, ...ofSums });
    expect(got.dxMasked).toEqual(reluBackwardReference(x.data, got.dx));
    expectClose(got.df, wantedDf, { terms: outputs, ...ofGradients });

    // tfjs has no gradient with dilation, nor one with padding per side.
    if (typeof options.padding === "object" || options.dilation !== undefined) return;
    const padding = options.padding ?? "valid";
    const strides = (options.strides ?? 1) as number | [number, number];
    const [dx, df] = grad(
      (xt, ft) => tfjs.conv2d(xt as tfjs.Tensor4D, ft as tfjs.Tensor4D, strides, padding),
      [x, f],
      dy,
    );
    expectClose(got.dx, dx, { terms: 2 * taps * OUT_C, ...ofSums });
    expectClose(got.df, df, { terms: 2 * outputs, ...ofGradients });
  });

  it.each(activations)("applies %s as it writes", async (activation) => {
    const geometry = conv2dGeometry({ inputShape: [2, 6, 5, 4], filterShape: [3, 3, 4, 8] });
    const x = randomArray(geometry.inputShape, 1);
    const f = randomArray(geometry.filterShape, 2);
    using scope = device().scope();
    const y = conv2dForward(scope, geometry, upload(scope, x), upload(scope, f), undefined, activation);
    const { data } = await device().read(y);
    // exp and tanh of WGSL may be off by a few units in the last place of their argument.
    expectClose(data, conv2dForwardReference(geometry, x.data, f.data, undefined, activation), {
      terms: 36,
      magnitude: 4,
      isHalf,
    });
  });

  it("passes NaN through the fused rectifier, so that what went wrong shows", async () => {
    // Four channels: the kernels for subgroups take them.
    const geometry = conv2dGeometry({ inputShape: [1, 1, 2, 1], filterShape: [1, 1, 1, 4] });
    using scope = device().scope();
    const x = upload(scope, { shape: [1, 1, 2, 1], data: Float32Array.of(Number.NaN, -1) });
    const f = upload(scope, { shape: [1, 1, 1, 4], data: new Float32Array(4).fill(1) });
    const { data } = await device().read(conv2dForward(scope, geometry, x, f, undefined, "relu"));
    expect([...data]).toEqual([...Array(4).fill(Number.NaN), ...Array(4).fill(0)]);
  });
});

describe("conv2d in mixed precision", () => {
  const device = openTestDevice("half-tiles");
  const geometry = conv2dGeometry({ inputShape: [1, 4, 4, 4], filterShape: [3, 3, 4, 4] });
  const f = randomArray(geometry.filterShape, 2);
  const filled = (shape: readonly number[], value: number) => ({
    shape,
    data: new Float32Array(sizeOf(shape)).fill(value),
  });

  it("loses no bit of small gradients", async () => {
    const x = randomArray(geometry.inputShape, 1);
    const dy = randomArray(geometry.outputShape, 4, 0.25, 1);
    const small = { shape: dy.shape, data: dy.data.map((value) => value * 2 ** -20) };
    const b = filled([4], 0);
    const wanted = await run(device(), geometry, x, f, b, dy);
    const got = await run(device(), geometry, x, f, b, small);
    expect(got.dx).toEqual(wanted.dx.map((value) => value * 2 ** -20));
    expect(got.df).toEqual(wanted.df.map((value) => value * 2 ** -20));
  });

  it("takes values beyond f16's range for its largest", async () => {
    const b = filled([4], 0);
    const [most, mostOfGradients] = [65504, 65504 / 1024];
    const run2 = (x: number, dy: number) =>
      run(device(), geometry, filled(geometry.inputShape, x), f, b, filled(geometry.outputShape, dy));
    expect(await run2(-1e6, 1e6)).toEqual(await run2(-most, mostOfGradients));
  });
});

describe("conv2d's backwardFilter", () => {
  const device = openTestDevice();

  it("cuts its sum into no more parts than fit into a binding", async () => {
    // 64 parts of this filter's 2.25 MiB are more than the 128 MiB that WebGPU promises.
    const geometry = conv2dGeometry({ inputShape: [1, 130, 130, 256], filterShape: [3, 3, 256, 256] });
    using scope = device().scope();
    const ones = (shape: readonly number[]) => ({ shape, data: new Float32Array(sizeOf(shape)).fill(1) });
    const x = upload(scope, ones(geometry.inputShape));
    const dy = upload(scope, ones(geometry.outputShape));
    const { data } = await device().read(conv2dBackwardFilter(scope, geometry, x, dy));
    expect(data.every((sum) => sum === 128 * 128)).toBe(true);
  });
});

describe("conv2d's geometry", () => {
  it("prints itself", () => {
    expect(
      String(
        conv2dGeometry({ inputShape: [2, 9, 9, 3], filterShape: [3, 3, 3, 8], strides: 2, padding: "same" }),
      ),
    ).toBe(
      "conv2d [2,9,9,3] * [3,3,3,8] -> [2,5,5,8], strides 2×2, dilation 1×1, padding top 1 bottom 1 left 1 right 1",
    );
  });

  it("says what does not fit", () => {
    expect(() => conv2dGeometry({ inputShape: [32, 224, 224, 3], filterShape: [3, 3, 64, 128] })).toThrow(
      "[conv2d] x has 3 channels but the filter expects 64: x [32,224,224,3] (NHWC), filter [3,3,64,128] (HWIO).",
    );
    expect(() => conv2dGeometry({ inputShape: [4, 4, 3], filterShape: [3, 3, 3, 8] })).toThrow(
      "[conv2d] x must have 4 dimensions, has 3: x [4,4,3] (NHWC), filter [3,3,3,8] (HWIO).",
    );
    expect(() => conv2dGeometry({ inputShape: [1, 4, 4, 3], filterShape: [3, 3, 3, 8], strides: 0 })).toThrow(
      "[conv2d] strides must be whole numbers of at least 1, got [0,0].",
    );
  });
});
