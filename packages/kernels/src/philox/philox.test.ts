import { describe, expect, it } from "vitest";
import { keyFromSeed, type Purpose, philox4x32, RandomStream } from "./index.ts";

describe("philox4x32", () => {
  // The known answers published with the authors' Random123 library (kat_vectors, philox4x32 10).
  it.each([
    { counter: [0, 0, 0, 0], key: [0, 0], words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
    {
      counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      key: [0xffffffff, 0xffffffff],
      words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    },
    {
      counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      key: [0xa4093822, 0x299f31d0],
      words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    },
  ] as const)("gives the published words at $counter", ({ counter, key, words }) => {
    expect(philox4x32(counter, key)).toEqual(words);
  });
});

describe("RandomStream", () => {
  it("gives the same numbers at the same address and others elsewhere", () => {
    const draw = (...address: [number, Purpose, number, number] | [number, Purpose]) => {
      const stream = address.length === 4 ? new RandomStream(...address) : new RandomStream(...address);
      return Array.from({ length: 6 }, () => stream.word());
    };
    expect(draw(7, "shuffle", 1, 2)).toEqual(draw(7, "shuffle", 1, 2));
    expect(draw(7, "shuffle", 1, 2)).not.toEqual(draw(7, "shuffle", 2, 1));
    expect(draw(7, "shuffle")).not.toEqual(draw(7, "drawing"));
    expect(draw(7, "shuffle")).not.toEqual(draw(7 + 2 ** 32, "shuffle"));
  });

  it("permutes: every index once", () => {
    const order = new RandomStream(1, "test").permutation(1000);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  it("has the moments of its distributions", () => {
    const stream = new RandomStream(3, "test");
    const n = 20_000;
    const uniforms = Array.from({ length: n }, () => stream.uniform(-1, 3));
    const normals = Array.from({ length: n }, () => stream.normal());
    const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / n;
    const variance = (values: number[]) => mean(values.map((v) => v * v)) - mean(values) ** 2;
    // Five standard errors each.
    expect(Math.abs(mean(uniforms) - 1)).toBeLessThan(5 * Math.sqrt(16 / 12 / n));
    expect(Math.abs(mean(normals))).toBeLessThan(5 * Math.sqrt(1 / n));
    expect(Math.abs(variance(normals) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
  });

  it("refuses a seed that is no whole number", () => {
    expect(() => keyFromSeed(-1)).toThrow(
      "[random] seed must be an integer from 0 to 9007199254740991, got -1.",
    );
    expect(() => keyFromSeed(0.5)).toThrow("got 0.5");
  });
});
