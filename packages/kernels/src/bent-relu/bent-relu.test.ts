import { describe, expect, it } from "vitest";
import { expectClose, grad, openTestDevice, randomArray, tfjs, upload } from "../testing/index.ts";
import { bentReluBackwardReference, bentReluForwardReference } from "./bent-relu.reference.ts";
import { type BentReluOptions, bentReluBackward, bentReluForward } from "./bent-relu.ts";

const cases: { options: BentReluOptions; theirs?: (x: tfjs.Tensor) => tfjs.Tensor }[] = [
  { options: {}, theirs: (x) => tfjs.relu(x) },
  { options: { maxValue: 6 }, theirs: (x) => tfjs.relu6(x) },
  { options: { negativeSlope: 0.25 }, theirs: (x) => tfjs.leakyRelu(x, 0.25) },
  { options: { threshold: 1.5 } },
  { options: { maxValue: 4, negativeSlope: 0.5, threshold: 2 } },
];

describe("bent relu", () => {
  const device = openTestDevice();

  it.each(cases)("agrees with the reference and tfjs: $options", async ({ options, theirs }) => {
    for (const shape of [[1], [3, 5, 7, 2], [2, 150, 71]]) {
      const x = randomArray(shape, 1, -9, 9);
      x.data[0] = options.threshold ?? 0;
      if (shape.length > 1) x.data[1] = options.maxValue ?? 1;
      const dy = randomArray(shape, 2);
      using scope = device().scope();
      const [xTensor, dyTensor] = [upload(scope, x), upload(scope, dy)];
      const { data: y } = await device().read(bentReluForward(scope, xTensor, options));
      const { data: dx } = await device().read(bentReluBackward(scope, xTensor, dyTensor, options));
      // One difference and one product, each rounded once; their slopes are powers of two.
      expectClose(y, bentReluForwardReference(x.data, options), { absolute: 0, relative: 2 ** -23 });
      expectClose(dx, bentReluBackwardReference(x.data, dy.data, options), { absolute: 0, relative: 0 });
      if (!theirs) continue;
      expectClose(y, theirs(tfjs.tensor(x.data)).dataSync(), { absolute: 0, relative: 0 });
      // At the bound itself tfjs's relu6 has a slope of 1, TensorFlow's and ours of 0.
      if (shape.length > 1) x.data[1] -= 0.5;
      if (shape.length > 1) dx[1] = dy.data[1];
      expectClose(dx, grad(theirs, [x], dy)[0], { absolute: 0, relative: 0 });
    }
  });

  it("passes NaN and infinities on", async () => {
    using scope = device().scope();
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    const x = upload(scope, { shape: [3], data: Float32Array.of(nan, infinity, -infinity) });
    const run = async (options: BentReluOptions) => [
      ...(await device().read(bentReluForward(scope, x, options))).data,
    ];
    expect(await run({ maxValue: 6 })).toEqual([nan, 6, 0]);
    expect(await run({ negativeSlope: 0.5 })).toEqual([nan, infinity, -infinity]);
  });

  it("refuses a gradient of another shape", () => {
    using scope = device().scope();
    expect(() => bentReluBackward(scope, scope.tensor([2]), scope.tensor([3]), {})).toThrow(
      "[bentRelu] backward: x is [2] and dy is [3]: both must have one shape.",
    );
  });
});
