import { describe, expect, it } from "vitest";
import { expectClose, grad, openTestDevice, randomArray, tfjs, upload } from "../testing/index.ts";
import { pad2dBackwardReference, pad2dReference } from "./pad2d.reference.ts";
import { pad2d, pad2dBackward, type Sides } from "./pad2d.ts";

const cases: { shape: number[]; sides: Sides }[] = [
  { shape: [3, 5, 7, 3], sides: { top: 1, bottom: 2, left: 3, right: 4 } },
  { shape: [2, 9, 7, 8], sides: { top: 0, bottom: 1, left: 0, right: 1 } },
  { shape: [1, 1, 1, 1], sides: { top: 0, bottom: 0, left: 0, right: 0 } },
  { shape: [2, 9, 7, 5], sides: { top: -1, bottom: -2, left: -3, right: 0 } },
  { shape: [3, 9, 8, 4], sides: { top: -2, bottom: 1, left: 2, right: -3 } },
  { shape: [1, 20, 30, 70], sides: { top: -4, bottom: -4, left: -4, right: -4 } },
];
const exact = { absolute: 0, relative: 0 };

/** By tfjs: padded where sides are positive, cut where they are negative. */
function theirs(x: tfjs.Tensor, { top, bottom, left, right }: Sides): tfjs.Tensor {
  const add = (side: number) => Math.max(side, 0);
  const padded = tfjs.pad(x as tfjs.Tensor4D, [
    [0, 0],
    [add(top), add(bottom)],
    [add(left), add(right)],
    [0, 0],
  ]);
  const [batch, height, width, channels] = x.shape;
  const begin = [0, add(-top), add(-left), 0];
  return tfjs.slice(padded, begin, [batch, height + top + bottom, width + left + right, channels]);
}

describe("pad2d", () => {
  const device = openTestDevice();

  it.each(cases)("agrees with the reference and tfjs: $shape, $sides", async ({ shape, sides }) => {
    const x = randomArray(shape, 1);
    using scope = device().scope();
    const { shape: yShape, data } = await device().read(pad2d(scope, upload(scope, x), sides));
    const dy = randomArray(yShape, 2);
    const { data: dx } = await device().read(pad2dBackward(scope, upload(scope, dy), sides));
    expectClose(data, pad2dReference(x.data, shape, sides), exact);
    expectClose(dx, pad2dBackwardReference(dy.data, shape, sides), exact);
    expectClose(data, theirs(tfjs.tensor(x.data, shape), sides).dataSync(), exact);
    expectClose(dx, grad((t) => theirs(t, sides), [x], dy)[0], exact);
  });

  it("refuses to leave nothing, and what are no pictures", () => {
    using scope = device().scope();
    const sides = { top: -3, bottom: 0, left: 0, right: 0 };
    expect(() => pad2d(scope, scope.tensor([1, 3, 3, 1]), sides)).toThrow(
      "[pad2d] x is [1,3,3,1], top -3, bottom 0, left 0, right 0: pictures [batch,height,width,channels] and whole numbers " +
        "are needed, and at least one pixel must be left.",
    );
    expect(() => pad2d(scope, scope.tensor([3, 3]), { ...sides, top: 0 })).toThrow("[pad2d] x is [3,3]");
  });
});
