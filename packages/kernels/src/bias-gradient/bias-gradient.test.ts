import { describe, expect, it } from "vitest";
import { expectClose, openTestDevice, randomArray, upload } from "../testing/index.ts";
import { biasGradientReference } from "./bias-gradient.reference.ts";
import { biasGradient, sumPartials } from "./bias-gradient.ts";

describe("bias gradient", () => {
  const device = openTestDevice();

  // Rows below, at and above the 32 parts and the blocks of 64; channels beside the workgroup of 8.
  it.each([
    [1, 1],
    [3, 5],
    [31, 8],
    [32, 9],
    [33, 1],
    [2049, 3],
    [4000, 70],
    [1, 4],
    [33, 36],
    [2051, 8],
    [4000, 64],
  ])("agrees with the reference on %i rows of %i channels", async (rows, channels) => {
    using scope = device().scope();
    const dy = randomArray([rows, channels], rows);
    const { shape, data } = await device().read(biasGradient(scope, upload(scope, dy)));
    expect(shape).toEqual([channels]);
    expectClose(data, biasGradientReference(dy.data, channels), { terms: rows });
  });

  it("sums over the pixels of all pictures", async () => {
    using scope = device().scope();
    const dy = randomArray([2, 5, 7, 3], 1);
    const { data } = await device().read(biasGradient(scope, upload(scope, dy)));
    expectClose(data, biasGradientReference(dy.data, 3), { terms: 70 });
  });

  it("rounds a long sum little: in blocks, not one by one", async () => {
    using scope = device().scope();
    const rows = 1 << 20;
    const dy = { shape: [rows, 1], data: new Float32Array(rows).fill(0.1) };
    const { data } = await device().read(biasGradient(scope, upload(scope, dy)));
    const wanted = rows * Math.fround(0.1);
    // 32 parts of 512 blocks of 64: at most 608 roundings on the way of any term.
    expect(Math.abs(data[0] - wanted)).toBeLessThan(608 * 2 ** -24 * wanted);
  });

  it("gives the same bits each time", async () => {
    using scope = device().scope();
    const dy = upload(scope, randomArray([5000, 7], 2));
    const [one, other] = [biasGradient(scope, dy), biasGradient(scope, dy)];
    expect((await device().read(one)).data).toEqual((await device().read(other)).data);
  });

  it("adds partial sums of any shape, in order", async () => {
    using scope = device().scope();
    // In this order the small one is lost and then the large ones cancel; in any other it stays.
    const partial = upload(scope, {
      shape: [3, 1, 2],
      data: Float32Array.of(1, 1, 2 ** 25, 1, -(2 ** 25), 1),
    });
    const { shape, data } = await device().read(sumPartials(scope, partial, [1, 2]));
    expect(shape).toEqual([1, 2]);
    expect([...data]).toEqual([0, 3]);
  });
});
