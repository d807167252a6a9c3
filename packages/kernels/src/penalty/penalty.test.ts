import { describe, expect, it } from "vitest";
import { expectClose, grad, openTestDevice, randomArray, tfjs, upload } from "../testing/index.ts";
import { penaltyBackwardReference, penaltyForwardReference } from "./penalty.reference.ts";
import { penaltyBackward, penaltyForward } from "./penalty.ts";

const shapes = [[1], [3, 5, 7], [4097], [3, 3, 70, 71]];
const factors = [
  { l1: 0.01, l2: 0 },
  { l1: 0, l2: 0.01 },
  { l1: 0.25, l2: 0.5 },
];
const cases = shapes.flatMap((shape) => factors.map((options) => ({ shape, options })));

describe("penalty", () => {
  const device = openTestDevice();

  it.each(cases)("agrees with the reference and tfjs: $shape, $options", async ({ shape, options }) => {
    const x = randomArray(shape, 1);
    x.data[0] = 0;
    const { l1, l2 } = options;
    using scope = device().scope();
    // What lay behind the values before must not count.
    device().write(scope.tensor([x.data.length + 4]), new Float32Array(x.data.length + 4).fill(1000));
    scope.restart();
    const tensor = upload(scope, x);
    const y = penaltyForward(scope, tensor, options);
    expect(y.shape).toEqual([]);
    const { data } = await device().read(y);
    const { data: dx } = await device().read(penaltyBackward(scope, tensor, options));
    // All terms are positive: of n of size m each addition rounds by up to 2⁻²⁴ of a sum of m·k. In a lane of a thread there
    // are n/4096, then 1,024 threads.
    const roundings = x.data.length / 4096 + 1024 + 8;
    const wanted = penaltyForwardReference(x.data, options);
    expectClose(data, [wanted], { absolute: 0, relative: roundings * 2 ** -24 });
    expectClose(dx, penaltyBackwardReference(x.data, options));
    const f = (t: tfjs.Tensor) =>
      tfjs.add<tfjs.Tensor>(tfjs.mul(tfjs.sum(tfjs.abs(t)), l1), tfjs.mul(tfjs.sum(tfjs.square(t)), l2));
    const [theirs] = grad(f, [x], { shape: [], data: Float32Array.of(1) });
    // At 0 tfjs takes another slope of |x|.
    expectClose(dx.subarray(1), theirs.subarray(1));
  });
});
