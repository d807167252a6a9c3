import { describe, expect, it } from "vitest";
import { expectClose, grad, openTestDevice, randomArray, tfjs, upload } from "../testing/index.ts";
import { curveReference, curveSlopeReference } from "./curves.reference.ts";
import { type CurveOptions, curveBackward, curveForward, selu } from "./curves.ts";

const cases: { options: CurveOptions; theirs?: (x: tfjs.Tensor) => tfjs.Tensor }[] = [
  { options: { kind: "elu" }, theirs: (x) => tfjs.elu(x) },
  { options: { kind: "elu", alpha: 0.25 } },
  { options: selu, theirs: (x) => tfjs.selu(x) },
  { options: { kind: "exponential" }, theirs: (x) => tfjs.exp(x) },
  { options: { kind: "softplus" }, theirs: (x) => tfjs.softplus(x) },
  { options: { kind: "softsign" }, theirs: (x) => tfjs.div(x, tfjs.add(1, tfjs.abs(x))) },
  {
    options: { kind: "hardSigmoid" },
    theirs: (x) => tfjs.clipByValue(tfjs.add(0.5, tfjs.mul(0.2, x)), 0, 1),
  },
];

describe("curves", () => {
  const device = openTestDevice();

  it.each(cases)("agree with float64 and tfjs: $options", async ({ options, theirs }) => {
    const { kind, alpha = 1, scale = 1 } = options;
    for (const shape of [[1], [3, 5, 7, 2]]) {
      const x = randomArray(shape, 1, -9, 9);
      if (shape.length > 1) x.data.set([1e-4, -1e-4, -0.2499, -0.2501, 60, -60, 0.004, -0.004]);
      const dy = randomArray(shape, 2);
      using scope = device().scope();
      const [xTensor, dyTensor] = [upload(scope, x), upload(scope, dy)];
      const { data: y } = await device().read(curveForward(scope, xTensor, options));
      const { data: dx } = await device().read(curveBackward(scope, xTensor, dyTensor, options));
      // exp(60) has a rounding error of 60·2⁻²⁴ from that of its argument; 1 + e one of 2⁻²⁴ beside an e of 1/64.
      const isLoose = kind === "exponential" || kind === "softplus";
      const bound = { absolute: 2 ** -60, relative: isLoose ? 2 ** -17 : 2 ** -19 };
      const at = (f: typeof curveReference.elu) => Array.from(x.data, (value) => f(value, alpha, scale));
      expectClose(y, at(curveReference[kind]), bound);
      const slopes = at(curveSlopeReference[kind]);
      expectClose(
        dx,
        slopes.map((slope, i) => slope * dy.data[i]),
        bound,
      );
      if (!theirs) continue;
      const loose = { absolute: 2 ** -18, relative: 2 ** -17 };
      expectClose(y, theirs(tfjs.tensor(x.data)).dataSync(), loose);
      expectClose(dx, grad(theirs, [x], dy)[0], loose);
    }
  });

  it("pass NaN and infinities on", async () => {
    using scope = device().scope();
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    const x = upload(scope, { shape: [3], data: Float32Array.of(nan, infinity, -infinity) });
    const run = async (kind: CurveOptions["kind"]) => [
      ...(await device().read(curveForward(scope, x, { kind }))).data,
    ];
    expect(await run("elu")).toEqual([nan, infinity, -1]);
    expect(await run("softplus")).toEqual([nan, infinity, 0]);
    expect(await run("hardSigmoid")).toEqual([nan, 1, 0]);
    expect(await run("exponential")).toEqual([nan, infinity, 0]);
  });

  it("refuse a gradient of another shape", () => {
    using scope = device().scope();
    expect(() => curveBackward(scope, scope.tensor([2]), scope.tensor([3]), { kind: "elu" })).toThrow(
      "[elu] backward: x is [2] and dy is [3]: both must have one shape.",
    );
  });
});
