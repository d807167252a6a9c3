import { RandomStream } from "@convscope/kernels/philox";
import { expectClose } from "@convscope/kernels/testing";
import { describe, expect, it } from "vitest";
import type { NdArray } from "../types.ts";
import { ImageDataGenerator, type ImageDataGeneratorOptions } from "./image-data-generator.ts";
import { augmentPicture } from "./recipe.ts";

/** Pictures of normal numbers about different means for their channels. */
function pictures(shape: readonly number[], channelOf = (i: number) => i % shape[3]): NdArray {
  const random = new RandomStream(2, "test");
  const data = Float32Array.from(
    { length: shape.reduce((product, size) => product * size) },
    (_, i) => 100 + 20 * channelOf(i) + (5 + channelOf(i)) * random.normal(),
  );
  return { shape, data };
}

describe("the options of ImageDataGenerator", () => {
  it.each<[ImageDataGeneratorOptions, string]>([
    [
      { dataFormat: "channels_last" as "channelsLast" },
      '`dataFormat` should be `"channelsLast"` (channel after row and column) or `"channelsFirst"` (channel before row and column). Received: "channels_last"',
    ],
    [{ validationSplit: 1 }, "`validationSplit` must be strictly between 0 and 1. Received: 1"],
    [
      { zoomRange: [1, 2, 3] as never },
      "`zoomRange` should be a float or a tuple or list of two floats. Received: [1,2,3]",
    ],
    [
      { brightnessRange: 0.5 as never },
      "`brightnessRange` should be tuple or list of two floats. Received: 0.5",
    ],
    [{ dtype: "float64" as never }, 'dtype is "float64"; batches are "float32", and nothing else.'],
    [{ fillMode: "edge" as never }, 'fillMode is "edge"; expected one of: "nearest", "constant"'],
    [{ interpolationOrder: 7 as never }, "the interpolation order is 7; 0, 1, 2, 3, 4 or 5 was needed."],
    [{ compat: "keras3" as never }, 'compat is "keras3"; "keras2", or nothing, was needed.'],
    [{ center: "middle" as never }, 'center is "middle"; "fixed" or "keras2" was needed.'],
    [{ shearUnit: "turns" as never }, 'shearUnit is "turns"; "degrees" or "radians" was needed.'],
    [{ rotationRange: Number.NaN }, "rotationRange is NaN; a finite number was needed."],
    [{ widthShiftRange: "2" as never }, 'widthShiftRange is "2"; a fraction of the axis'],
  ])("refuse %j", (options, message) => {
    expect(() => new ImageDataGenerator(options)).toThrow(message);
  });

  it("are those of Keras 2 with compat, unless one is named", () => {
    const { center, brightnessMode } = new ImageDataGenerator().options;
    expect([center, brightnessMode]).toEqual(["fixed", "fixed"]);
    const compat = new ImageDataGenerator({ compat: "keras2", brightnessMode: "fixed" }).options;
    expect([compat.center, compat.brightnessMode]).toEqual(["keras2", "fixed"]);
  });

  it("bring others with them, and say so", () => {
    const lines: string[] = [];
    const warn = (line: string) => lines.push(line);
    const { options } = new ImageDataGenerator({
      zcaWhitening: true,
      featurewiseStdNormalization: true,
      warn,
    });
    expect([options.featurewiseCenter, options.featurewiseStdNormalization]).toEqual([true, false]);
    new ImageDataGenerator({ featurewiseStdNormalization: true, warn });
    new ImageDataGenerator({ samplewiseStdNormalization: true, warn });
    expect(lines).toEqual([
      "This ImageDataGenerator specifies `zcaWhitening`, which overrides setting of `featurewiseCenter`.",
      "This ImageDataGenerator specifies `zcaWhitening`, which overrides setting of `featurewiseStdNormalization`.",
      "This ImageDataGenerator specifies `featurewiseStdNormalization`, which overrides setting of `featurewiseCenter`.",
      "This ImageDataGenerator specifies `samplewiseStdNormalization`, which overrides setting of `samplewiseCenter`.",
    ]);
  });
});

describe("fit", () => {
  it("finds each channel's mean and deviation, of rescaled pictures", () => {
    const x = pictures([40, 4, 5, 3]);
    const generator = new ImageDataGenerator({
      featurewiseCenter: true,
      featurewiseStdNormalization: true,
      rescale: 0.1,
    });
    generator.fit(x);
    // Five standard errors of 800 normal numbers.
    [0, 1, 2].forEach((c) => {
      const deviation = (5 + c) / 10;
      expect(Math.abs(generator.mean![c] - (10 + 2 * c))).toBeLessThan((5 * deviation) / Math.sqrt(800));
      expect(Math.abs(generator.std![c] - deviation)).toBeLessThan((5 * deviation) / Math.sqrt(1600));
    });
    // What is left has mean 0 and deviation 1.
    const { data } = generator.standardize(x);
    const sums = [0, 0, 0];
    const squares = [0, 0, 0];
    data.forEach((value, i) => {
      sums[i % 3] += value;
      squares[i % 3] += value * value;
    });
    expectClose(
      sums.map((sum) => sum / 800),
      [0, 0, 0],
      { absolute: 1e-5 },
    );
    expectClose(
      squares.map((sum) => sum / 800),
      [1, 1, 1],
      { absolute: 1e-4 },
    );
  });

  it("takes the channels first", () => {
    const x = pictures([40, 3, 4, 5], (i) => Math.floor(i / 20) % 3);
    const generator = new ImageDataGenerator({ featurewiseCenter: true, dataFormat: "channelsFirst" });
    generator.fit(x);
    [0, 1, 2].forEach((c) => {
      expect(Math.abs(generator.mean![c] - (100 + 20 * c))).toBeLessThan((5 * (5 + c)) / Math.sqrt(800));
    });
    const one = augmentPicture(
      { shape: [3, 4, 5], data: x.data.subarray(0, 60) },
      undefined,
      generator.recipe,
    );
    expectClose(
      one.data,
      x.data.subarray(0, 60).map((value, i) => value - generator.mean![Math.floor(i / 20)]),
    );
  });

  it("whitens: what comes out has the identity as its covariance", () => {
    const x = pictures([500, 2, 2, 3]);
    const generator = new ImageDataGenerator({ zcaWhitening: true, zcaEpsilon: 1e-9, warn() {} });
    generator.fit(x);
    const { data } = generator.standardize(x);
    for (let a = 0; a < 12; a++) {
      for (let b = 0; b < 12; b++) {
        let sum = 0;
        for (let i = 0; i < 500; i++) sum += data[12 * i + a] * data[12 * i + b];
        expect(Math.abs(sum / 500 - (a === b ? 1 : 0))).toBeLessThan(1e-4);
      }
    }
  });

  it.each([undefined, "keras2"] as const)("measures augmented pictures, compat %s", (compat) => {
    const x = pictures([6, 5, 5, 1]);
    const fitted = (seed: number, rounds = 1) => {
      const generator = new ImageDataGenerator({
        featurewiseCenter: true,
        brightnessRange: [0.1, 0.9],
        compat,
      });
      generator.fit(x, { augment: true, seed, rounds });
      return generator.mean![0];
    };
    expect(fitted(3)).toBe(fitted(3));
    expect(fitted(3)).not.toBe(fitted(4));
    expect(fitted(3, 2)).not.toBe(fitted(3));
  });

  it("refuses another rank, and doubts other numbers of channels, in Keras's words", () => {
    const lines: string[] = [];
    const generator = new ImageDataGenerator({ warn: (line) => lines.push(line) });
    expect(() => generator.fit({ shape: [4, 4, 3], data: new Float32Array(48) })).toThrow(
      "Input to `.fit()` should have rank 4. Got array with shape: (4, 4, 3)",
    );
    generator.fit({ shape: [1, 2, 2, 2], data: new Float32Array(8) });
    expect(lines).toEqual([
      'Expected input to be images (as Numpy array) following the data format convention "channelsLast" (channels on axis 3), i.e. expected either 1, 3 or 4 channels on axis 3. However, it was passed an array with shape (1, 2, 2, 2) (2 channels).',
    ]);
  });
});

describe("standardize", () => {
  const x: NdArray = { shape: [2, 2, 1], data: Float32Array.of(1, 2, 3, 4) };

  it("warns once where fit is missing, and goes on without", () => {
    const lines: string[] = [];
    const generator = new ImageDataGenerator({ featurewiseCenter: true, warn: (line) => lines.push(line) });
    expect(generator.standardize(x)).toEqual(x);
    expect(augmentPicture(x, undefined, generator.recipe)).toEqual(x);
    expect(lines).toEqual([
      "This ImageDataGenerator specifies `featurewiseCenter`, but it hasn't been fit on any training data. Fit it first by calling `.fit(numpy_data)`.",
    ]);
  });

  it("calls the preprocessing function first, in this thread", () => {
    const generator = new ImageDataGenerator({
      preprocessingFunction: ({ shape, data }) => ({ shape, data: data.map((value) => value + 1) }),
      rescale: 10,
    });
    const wanted = Float32Array.of(20, 30, 40, 50);
    expect(generator.standardize(x).data).toEqual(wanted);
    const { recipe } = generator;
    expect(generator.finish(augmentPicture(x, undefined, recipe)).data).toEqual(wanted);
    expect(structuredClone(recipe)).toEqual(recipe);
  });

  it("takes each picture of a batch by itself", () => {
    const generator = new ImageDataGenerator({ samplewiseCenter: true });
    const batch = { shape: [2, 2, 2, 1], data: Float32Array.of(1, 2, 3, 4, 10, 10, 10, 30) };
    expect([...generator.standardize(batch).data]).toEqual([-1.5, -0.5, 0.5, 1.5, -5, -5, -5, 15]);
  });

  it("refuses pictures of other shapes than it was fitted on", () => {
    const generator = new ImageDataGenerator({ featurewiseCenter: true });
    generator.fit(pictures([2, 2, 2, 3]));
    expect(() => generator.standardize(x)).toThrow("the mean is that of 3 channels, but the picture has 1");
  });
});
