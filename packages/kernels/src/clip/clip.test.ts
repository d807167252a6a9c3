import { describe, expect, it } from "vitest";
import type { Tensor } from "../index.ts";
import { expectClose, openTestDevice, randomArray, upload } from "../testing/index.ts";
import { clipByNormReference, clipByValueReference } from "./clip.reference.ts";
import { clipByNorm, clipByValue } from "./clip.ts";

describe("clip", () => {
  const device = openTestDevice();
  const read = async (tensor: Tensor) => (await device().read(tensor)).data;
  const of = (data: readonly number[]) => ({ shape: [data.length], data: Float32Array.from(data) });

  // Some with more quads than threads, some that end within a quad, and the large one not the first.
  const shapes = [[65], [3, 3, 70, 111], [1], [7, 9]];
  const gradients = shapes.map((shape, i) => randomArray(shape, i + 1));
  const arrays = gradients.map(({ data }) => data);
  const norm = Math.sqrt(arrays.flatMap((data) => [...data]).reduce((sum, value) => sum + value ** 2, 0));
  // 70,000 positive terms: at most 2 in each of four lanes of a thread, then 128 + 128 of their sums, and the norm has half
  // of the error; the root, the quotient and the product round on.
  const relative = (2 + 4 + shapes.length + 256 + 8) * 2 ** -24;

  it.each([0.01, 0.999, 1.001, 10].map((share) => ({ share })))(
    "scales by the norm of all gradients to $share of it, as float64",
    async ({ share }) => {
      using scope = device().scope();
      // What lay behind the values before must not count.
      for (const { data } of gradients) {
        device().write(scope.tensor([data.length + 4]), new Float32Array(data.length + 4).fill(1000));
      }
      scope.restart();
      const tensors = gradients.map((gradient) => upload(scope, gradient));
      clipByNorm(scope, tensors, share * norm);
      const wanted = clipByNormReference(arrays, share * norm);
      for (const [i, tensor] of tensors.entries()) {
        const got = await read(tensor);
        expectClose(got, wanted[i], { absolute: 0, relative });
        if (share > 1) expect(got).toEqual(arrays[i]);
      }
    },
  );

  it("scales by a norm that is exactly clipnorm, and one array of two gradients once", async () => {
    using scope = device().scope();
    const [first, second] = [upload(scope, of([3])), upload(scope, of([4, 0]))];
    clipByNorm(scope, [first, second], 5);
    expect([...(await read(first)), ...(await read(second))]).toEqual([3, 4, 0]);
    clipByNorm(scope, [second, { ...second, shape: [1, 2] }], Math.fround(Math.sqrt(8)));
    expectClose(await read(second), [2, 0], { absolute: 0, relative: 2 ** -21 });
  });

  it("by the norm leaves all as it is beside NaN, and of an infinite norm 0 or NaN, as Keras", async () => {
    using scope = device().scope();
    for (const { given, wanted } of [
      { given: [[7, Number.NaN], [8]], wanted: [7, Number.NaN, 8] },
      { given: [[7, Number.NEGATIVE_INFINITY], [8]], wanted: [0, Number.NaN, 0] },
      // The squares are beyond float32.
      { given: [[1e30], [8]], wanted: [0, 0] },
    ]) {
      const tensors = given.map((data) => upload(scope, of(data)));
      clipByNorm(scope, tensors, 1);
      const got = await Promise.all(tensors.map(read));
      expect(got.flatMap((data) => [...data])).toEqual(wanted);
    }
  });

  it.each(shapes.map((shape) => ({ shape })))(
    "keeps $shape between two values; NaN stays",
    async ({ shape }) => {
      const gradient = randomArray(shape, 5);
      gradient.data.set(
        [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].slice(0, gradient.data.length),
      );
      using scope = device().scope();
      const tensor = upload(scope, gradient);
      clipByValue(scope, [tensor], 0.25);
      expect([...(await read(tensor))]).toEqual([...clipByValueReference(gradient.data, 0.25)]);
    },
  );
});
