import { expectClose } from "@convscope/kernels/testing";
import { describe, expect, it } from "vitest";
import type { Transform } from "../types.ts";
import { ImageDataGenerator } from "./image-data-generator.ts";

const lecture = {
  rotationRange: 40,
  widthShiftRange: 0.2,
  heightShiftRange: 0.2,
  shearRange: 0.2,
  zoomRange: 0.2,
  horizontalFlip: true,
};
const pictures = { samples: 10, batchSize: 4, shuffle: true, seed: 42, imageShape: [150, 150, 3] };

describe("a transform drawn as Keras 2 does", () => {
  it.each([
    [0, [3.905080314, 12.911361982, 6.165802564, 0.017953273, 0.96946192, 1.058357645]],
    [42, [-10.036790492, 27.042858385, 13.919636509, 0.039463394, 0.862407456, 0.862397808]],
  ])("seed %i", (seed, wanted) => {
    const generator = new ImageDataGenerator({ ...lecture, compat: "keras2" });
    const t = generator.getRandomTransform([150, 150, 3], seed) as Required<Transform>;
    expectClose([t.theta, t.tx, t.ty, t.shear, t.zx, t.zy], wanted, { absolute: 1e-9, relative: 0 });
    expect([t.flipHorizontal, t.flipVertical]).toEqual([true, false]);
    expect(generator.getRandomTransform([150, 150, 3])).not.toEqual(t);
    expect(generator.getRandomTransform([150, 150, 3], seed)).toEqual(t);
  });
});

describe.each([undefined, "keras2"] as const)("the draws of an iterator, compat %s", (compat) => {
  const drawsOf = (options = {}) =>
    new ImageDataGenerator({ ...lecture, compat, ...options }).draws(pictures);
  const places = [0, 1, 2].flatMap((pass) => [0, 1, 2].map((index) => [pass, index] as const));

  it("are the same for a batch, whatever was asked for before", () => {
    const draws = drawsOf();
    const all = places.map((place) => [draws.indices(...place), draws.transforms(...place)]);
    const others = drawsOf();
    const backwards = places.toReversed().map((place) => {
      const transforms = others.transforms(...place);
      return [others.indices(...place), transforms];
    });
    expect(backwards.toReversed()).toEqual(all);
  });

  it("take every picture once in a pass, in another order in the next", () => {
    const draws = drawsOf();
    const order = (pass: number) => [0, 1, 2].flatMap((index) => [...draws.indices(pass, index)]);
    expect(order(0).toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(order(1)).not.toEqual(order(0));
    expect(draws.transforms(0, 2)).toHaveLength(2);
    expect(draws.transforms(1, 0)).not.toEqual(draws.transforms(0, 0));
  });

  it("go in order without shuffle, and tell the seed that they chose", () => {
    const generator = new ImageDataGenerator({ ...lecture, compat });
    const draws = generator.draws({ ...pictures, shuffle: false, seed: undefined });
    expect([...draws.indices(3, 1)]).toEqual([4, 5, 6, 7]);
    const again = generator.draws({ ...pictures, shuffle: false, seed: draws.seed });
    expect(again.transforms(1, 1)).toEqual(draws.transforms(1, 1));
  });

  it("have nothing to say where nothing is augmented", () => {
    const draws = new ImageDataGenerator({ rescale: 1 / 255, compat }).draws(pictures);
    expect(draws.transforms(0, 2)).toEqual([undefined, undefined]);
    expect(draws.fileNumbers(0, 2, 100).every((number) => number >= 0 && number < 100)).toBe(true);
  });
});

describe("the default draws", () => {
  it("belong to a picture, not to its place in a batch", () => {
    const generator = new ImageDataGenerator(lecture);
    const four = generator.draws(pictures);
    const one = generator.draws({ ...pictures, batchSize: 1, shuffle: false });
    const [first, second] = four.indices(2, 1);
    expect(four.transforms(2, 1).slice(0, 2)).toEqual([
      one.transforms(2, first)[0],
      one.transforms(2, second)[0],
    ]);
  });

  it("are spread over their ranges", () => {
    const generator = new ImageDataGenerator({ ...lecture, shearRange: 0.3, shearUnit: "radians" });
    const draws = generator.draws({ ...pictures, samples: 2000, batchSize: 2000, imageShape: [100, 50, 3] });
    const all = draws.transforms(0, 0) as Required<Transform>[];
    // Uniform: the mean of 2,000 lies within five standard errors of the middle, the extremes near the ends.
    const check = (values: number[], low: number, high: number) => {
      const mean = values.reduce((sum, value) => sum + value) / values.length;
      const width = high - low;
      expect(Math.abs(mean - (low + high) / 2)).toBeLessThan((5 * width) / Math.sqrt(12 * values.length));
      expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
      expect(Math.max(...values)).toBeLessThanOrEqual(high);
      expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(0.98 * width);
    };
    check(
      all.map(({ theta }) => theta),
      -40,
      40,
    );
    check(
      all.map(({ tx }) => tx),
      -20,
      20,
    );
    check(
      all.map(({ ty }) => ty),
      -10,
      10,
    );
    check(
      all.map(({ shear }) => shear),
      -0.3 * (180 / Math.PI),
      0.3 * (180 / Math.PI),
    );
    check(
      all.map(({ zy }) => zy),
      0.8,
      1.2,
    );
    const flipped = all.filter(({ flipHorizontal }) => flipHorizontal).length;
    expect(Math.abs(flipped - 1000)).toBeLessThan(5 * Math.sqrt(500));
    expect(all.some(({ flipVertical }) => flipVertical)).toBe(false);
  });
});
