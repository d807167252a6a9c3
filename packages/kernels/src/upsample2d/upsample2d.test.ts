import { describe, expect, it } from "vitest";
import { expectClose, grad, openTestDevice, randomArray, tfjs, upload } from "../testing/index.ts";
import { upsample2dBackwardReference, upsample2dForwardReference } from "./upsample2d.reference.ts";
import { type Upsample2dOptions, upsample2dBackward, upsample2dForward } from "./upsample2d.ts";

const sizes: { shape: number[]; size: [number, number] }[] = [
  { shape: [3, 5, 7, 3], size: [2, 2] },
  { shape: [1, 1, 3, 70], size: [3, 2] },
  { shape: [2, 4, 1, 5], size: [1, 5] },
  { shape: [1, 5, 5, 3], size: [3, 3] },
];
const cases = sizes.flatMap((row) =>
  (["nearest", "bilinear"] as const).map((interpolation) => ({ ...row, interpolation })),
);

const theirs =
  ({ size, interpolation }: Upsample2dOptions) =>
  (x: tfjs.Tensor): tfjs.Tensor => {
    const [, height, width] = x.shape;
    const to: [number, number] = [height * size[0], width * size[1]];
    return interpolation === "nearest"
      ? tfjs.image.resizeNearestNeighbor(x as tfjs.Tensor4D, to)
      : tfjs.image.resizeBilinear(x as tfjs.Tensor4D, to);
  };

describe("upsample2d", () => {
  const device = openTestDevice();

  it.each(cases)("agrees with the reference and tfjs: $interpolation, $shape by $size", async (row) => {
    const { shape, ...options } = row;
    const x = randomArray(shape, 1);
    using scope = device().scope();
    const { shape: yShape, data: y } = await device().read(
      upsample2dForward(scope, upload(scope, x), options),
    );
    const dy = randomArray(yShape, 2);
    const { data: dx } = await device().read(upsample2dBackward(scope, shape, upload(scope, dy), options));
    // Four weighted values; of a gradient at most (2s − 1)² of them.
    const terms = (2 * options.size[0] - 1) * (2 * options.size[1] - 1);
    expectClose(y, upsample2dForwardReference(x.data, shape, options), { terms: 4 });
    expectClose(dx, upsample2dBackwardReference(dy.data, shape, options), { terms });
    expectClose(y, theirs(options)(tfjs.tensor(x.data, shape)).dataSync(), { terms: 4 });
    // tfjs's gradients exchange rows and columns of pictures that are not square, and lose themselves in a batch.
    if (shape[0] > 1 || shape[1] !== shape[2]) return;
    expectClose(dx, grad(theirs(options), [x], dy)[0], { terms });
  });

  it("refuses other shapes", () => {
    using scope = device().scope();
    const options = { size: [2, 2], interpolation: "nearest" } as const;
    expect(() => upsample2dForward(scope, scope.tensor([2, 3]), options)).toThrow(
      "[upsample2dForward] the input is [2,3] and the size [2,2]: [batch,height,width,channels] with at least one pixel, and " +
        "whole factors of at least 1 are needed.",
    );
    expect(() => upsample2dBackward(scope, [1, 2, 2, 1], scope.tensor([1, 2, 2, 1]), options)).toThrow(
      "[upsample2dBackward] dy is [1,2,2,1], [1,4,4,1] is needed.",
    );
  });
});
