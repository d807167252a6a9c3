import { RandomStream } from "@convscope/kernels/philox";
import { describe, expect, it } from "vitest";
import { computeFans, getInitializer, type Initializer, initializers } from "./initializers.ts";

const stream = (index = 0) => new RandomStream(5, "initializer", index);
const extent = (values: Float32Array) => values.reduce((limit, v) => Math.max(limit, Math.abs(v)), 0);

function moments(values: Float32Array) {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  return { mean, stddev: Math.sqrt(variance) };
}

describe("computeFans", () => {
  it.each([
    { shape: [6272, 512], fanIn: 6272, fanOut: 512 },
    { shape: [3, 3, 32, 64], fanIn: 288, fanOut: 576 },
    { shape: [5, 8, 16], fanIn: 40, fanOut: 80 },
    { shape: [16], fanIn: 4, fanOut: 4 },
    { shape: [], fanIn: 1, fanOut: 1 },
  ])("of $shape", ({ shape, fanIn, fanOut }) => {
    expect(computeFans(shape)).toEqual({ fanIn, fanOut });
  });
});

describe("glorotUniform", () => {
  // The limits of the lecture's layers, from Keras.
  it.each([
    { shape: [3, 3, 3, 32], limit: 0.138013 },
    { shape: [3, 3, 32, 64], limit: 0.083333 },
    { shape: [3, 3, 64, 128], limit: 0.058926 },
    { shape: [3, 3, 128, 128], limit: 0.051031 },
    { shape: [6272, 512], limit: 0.0297394 },
    { shape: [512, 1], limit: 0.108148 },
    { shape: [8192, 256], limit: 0.0266501 },
    { shape: [256, 1], limit: 0.152795 },
  ])("of $shape fills ±$limit", ({ shape, limit }) => {
    const largest = extent(initializers.glorotUniform()(shape, stream()));
    expect(largest).toBeLessThanOrEqual(limit * (1 + 1e-5));
    // Of n uniform draws the largest is below 0.96 of the limit with probability 0.96^n, under 1e-4 for n ≥ 256.
    expect(largest).toBeGreaterThan(limit * 0.96);
  });
});

describe("the distributions", () => {
  const shape = [3, 3, 40, 80]; // fan in 360, fan out 720
  it.each([
    { name: "randomNormal", stddev: 0.05, limit: Infinity },
    { name: "randomUniform", stddev: 0.1 / Math.sqrt(12), limit: 0.05 },
    { name: "truncatedNormal", stddev: 0.05 * 0.87962566103423978, limit: 0.1 },
    { name: "varianceScaling", stddev: Math.sqrt(1 / 360), limit: Infinity },
    { name: "glorotUniform", stddev: Math.sqrt(2 / 1080), limit: Math.sqrt(6 / 1080) },
    { name: "glorotNormal", stddev: Math.sqrt(2 / 1080), limit: (2 * Math.sqrt(2 / 1080)) / 0.87962566 },
    { name: "heUniform", stddev: Math.sqrt(2 / 360), limit: Math.sqrt(6 / 360) },
    { name: "heNormal", stddev: Math.sqrt(2 / 360), limit: (2 * Math.sqrt(2 / 360)) / 0.87962566 },
    { name: "lecunUniform", stddev: Math.sqrt(1 / 360), limit: Math.sqrt(3 / 360) },
    { name: "lecunNormal", stddev: Math.sqrt(1 / 360), limit: (2 * Math.sqrt(1 / 360)) / 0.87962566 },
  ])("$name has its mean, spread and limit", ({ name, stddev, limit }) => {
    const values = getInitializer(name)(shape, stream());
    const n = values.length;
    expect(n).toBe(28_800);
    const found = moments(values);
    // Five standard errors of the mean, and of the spread of a normal (the widest of these).
    expect(Math.abs(found.mean)).toBeLessThan((5 * stddev) / Math.sqrt(n));
    expect(Math.abs(found.stddev / stddev - 1)).toBeLessThan(5 / Math.sqrt(2 * n));
    expect(extent(values)).toBeLessThanOrEqual(limit * (1 + 1e-6));
    if (limit < Infinity) expect(extent(values)).toBeGreaterThan(limit * 0.98);
  });

  it("takes its options", () => {
    expect(initializers.constant({ value: 2.5 })([2, 2], stream())).toEqual(
      Float32Array.of(2.5, 2.5, 2.5, 2.5),
    );
    const uniform = initializers.randomUniform({ minval: 3, maxval: 4 })([1000], stream());
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(3);
    expect(Math.max(...uniform)).toBeLessThanOrEqual(4);
    const normal = initializers.randomNormal({ mean: 7, stddev: 0.01 })([1000], stream());
    expect(moments(normal).mean).toBeCloseTo(7, 2);
    const fanOut = initializers.varianceScaling({ scale: 3, mode: "fanOut", distribution: "uniform" });
    expect(extent(fanOut(shape, stream()))).toBeCloseTo(Math.sqrt(9 / 720), 3);
    expect(() => initializers.varianceScaling({ scale: 0 })).toThrow(
      "[varianceScaling] scale is 0, but must be above 0: give a positive number.",
    );
  });

  it.each<[string, () => unknown, string]>([
    [
      "Keras's spelling of a mode",
      () => initializers.varianceScaling({ mode: "fan_in" as "fanIn" }),
      '[varianceScaling] mode must be one of fanIn, fanOut, fanAvg, got "fan_in".',
    ],
    [
      "an unknown distribution",
      () => initializers.varianceScaling({ distribution: "untruncated" as "normal" }),
      '[varianceScaling] distribution must be one of normal, uniform, untruncatedNormal, got "untruncated".',
    ],
    [
      "an unknown option",
      () => initializers.randomNormal({ std: 5 } as object),
      "[randomNormal] Keyword argument not understood: std. Did you mean stddev?",
    ],
    [
      "what is no number",
      () => initializers.constant({ value: Number.NaN }),
      "[constant] value must be a number, got NaN.",
    ],
  ])("refuses %s", (_, act, message) => {
    expect(act).toThrow(new Error(message));
  });

  it("draws from a seed of its own, where it has one", () => {
    const draw = (seed: number | null, index: number) =>
      initializers.heNormal({ seed })([3, 4], stream(index));
    expect(draw(7, 0)).toEqual(draw(7, 1));
    expect(draw(7, 0)).not.toEqual(draw(8, 0));
    expect(draw(null, 0)).not.toEqual(draw(null, 1));
  });

  it("knows tf.keras's normal that is not truncated", () => {
    const values = initializers.varianceScaling({ distribution: "untruncatedNormal" })(shape, stream());
    const stddev = Math.sqrt(1 / 360);
    expect(Math.abs(moments(values).stddev / stddev - 1)).toBeLessThan(5 / Math.sqrt(2 * values.length));
    // Of 28,800 normal draws the largest is beyond 3 deviations but with probability 0.9973^28800.
    expect(extent(values)).toBeGreaterThan(3 * stddev);
  });

  it.each([[[5, 3]], [[3, 5]], [[4, 4]], [[3, 3, 2, 7]]])(
    "orthogonal gives %j orthonormal rows or columns",
    (shape) => {
      const columns = shape[shape.length - 1];
      const values = initializers.orthogonal({ gain: 2 })(shape, stream());
      const rows = values.length / columns;
      const [count, length] = rows >= columns ? [columns, rows] : [rows, columns];
      const at = (vector: number, i: number) =>
        rows >= columns ? values[i * columns + vector] : values[vector * columns + i];
      for (let a = 0; a < count; a++) {
        for (let b = 0; b < count; b++) {
          let product = 0;
          for (let i = 0; i < length; i++) product += at(a, i) * at(b, i);
          // Each value is rounded to float32, by 2⁻²⁴ of at most 2.
          expect(Math.abs(product - (a === b ? 4 : 0))).toBeLessThan(length * 8 * 2 ** -24);
        }
      }
    },
  );

  it("orthogonal and identity want matrices", () => {
    expect(initializers.identity({ gain: 3 })([2, 2], stream())).toEqual(Float32Array.of(3, 0, 0, 3));
    expect(() => initializers.identity()([2, 3], stream())).toThrow(
      "[identity] a weight [2,3] is no square matrix: the identity is one.",
    );
    expect(() => initializers.orthogonal()([3], stream())).toThrow(
      "[orthogonal] a weight [3] is no matrix: at least two dimensions are needed.",
    );
  });

  it("gives zeros and ones", () => {
    expect(initializers.zeros()([3], stream())).toEqual(Float32Array.of(0, 0, 0));
    expect(initializers.ones()([3], stream())).toEqual(Float32Array.of(1, 1, 1));
  });

  it("gives the same values from the same stream address, and others from another", () => {
    const draw = (index: number) => initializers.glorotUniform()([4, 4], stream(index));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });
});

describe("getInitializer", () => {
  it("takes Keras's spelling, and an initializer itself", () => {
    const draw = (initializer: Initializer) => initializer([4, 4], stream());
    expect(draw(getInitializer("he_normal"))).toEqual(draw(getInitializer("heNormal")));
    const own: Initializer = () => Float32Array.of(9);
    expect(getInitializer(own)).toBe(own);
  });

  it.each(["glorot", "toString"])("refuses the unknown name %s and lists the known", (name) => {
    expect(() => getInitializer(name)).toThrow(
      `[initializer] unknown initializer "${name}": use one of zeros, ones, constant, randomNormal, randomUniform, ` +
        "truncatedNormal, varianceScaling, orthogonal, identity, glorotUniform, glorotNormal, heUniform, heNormal, lecunUniform, " +
        "lecunNormal, or a function.",
    );
  });
});
