import { describe, expect, it } from "vitest";
import { expectClose, openTestDevice, randomArray, upload, wholeNumbers } from "../testing/index.ts";
import { meanReference, weighSamplesReference } from "./mean.reference.ts";
import { meanOf, weighSamples } from "./mean.ts";

describe("mean", () => {
  const device = openTestDevice();

  it.each([1, 3, 31, 32, 33, 100, 5000])("agrees with float64 on %d values", async (count) => {
    const x = randomArray([count], 1);
    using scope = device().scope();
    const tensor = scope.tensor(x.shape);
    device().write(tensor, x.data);
    const y = meanOf(scope, tensor);
    expect(y.shape).toEqual([]);
    const { data } = await device().read(y);
    // Partial sums stay below √count, each addition rounds by 2⁻²⁴ of them; divided by count.
    expectClose(data, [meanReference(x.data)], { terms: 32 + count / 32, magnitude: 1 / Math.sqrt(count) });
  });

  it("is exact where the sums are, over all axes", async () => {
    const x = wholeNumbers([4, 2, 8], 2);
    using scope = device().scope();
    const tensor = scope.tensor(x.shape);
    device().write(tensor, x.data);
    const { data } = await device().read(meanOf(scope, tensor));
    expect(data[0]).toBe(meanReference(x.data));
  });

  it("reads no further than the shorter batch of a later step, and makes nothing new for it", async () => {
    using scope = device().scope();
    const long = scope.tensor([100]);
    device().write(long, new Float32Array(100).fill(7));
    await device().read(meanOf(scope, long));
    const before = { ...device().created };
    scope.restart();
    const short = scope.tensor([3]);
    device().write(short, new Float32Array([1, 2, 6]));
    const { data } = await device().read(meanOf(scope, short));
    expect(data[0]).toBe(3);
    expect(device().created).toEqual(before);
  });

  it("refuses an empty tensor", () => {
    using scope = device().scope();
    expect(() => meanOf(scope, scope.tensor([0, 2]))).toThrow(
      "[mean] x is [0,2]: at least one value is needed.",
    );
  });

  it.each([1, 31, 33, 100])("agrees with float64 on %d values with weights", async (count) => {
    const [x, w] = [randomArray([count], 1), randomArray([count], 2, 0, 2)];
    using scope = device().scope();
    const { data } = await device().read(meanOf(scope, upload(scope, x), upload(scope, w)));
    expectClose(data, [meanReference(x.data, w.data)], {
      terms: 32 + count / 32,
      magnitude: 2 / Math.sqrt(count),
    });
  });

  it.each([[[5]], [[3, 4]], [[2, 3, 5, 7]]])(
    "multiplies the samples of %j by their weights",
    async (shape) => {
      const [x, w] = [randomArray(shape, 1), randomArray([shape[0]], 2)];
      using scope = device().scope();
      const y = weighSamples(scope, upload(scope, x), upload(scope, w));
      expect(y.shape).toEqual(shape);
      // One product, rounded as the reference rounds it.
      expect((await device().read(y)).data).toEqual(weighSamplesReference(x.data, w.data));
    },
  );

  it("refuses weights that are not one for each sample", () => {
    using scope = device().scope();
    const message = "[mean] the weights are [2], must be [3]: one for each sample.";
    expect(() => meanOf(scope, scope.tensor([3]), scope.tensor([2]))).toThrow(message);
    expect(() => weighSamples(scope, scope.tensor([3, 4]), scope.tensor([2]))).toThrow(message);
  });
});
