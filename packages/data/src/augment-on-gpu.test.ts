import type { Scope } from "@convscope/kernels";
import { RandomStream } from "@convscope/kernels/philox";
import { openTestDevice } from "@convscope/kernels/testing";
import { describe, expect, it } from "vitest";
import { augmentPicture, type Recipe } from "./augment/recipe.ts";
import { augmentOnGpu, checkGpuRecipe, type GpuRecipe, plannedOnGpu } from "./augment-on-gpu.ts";
import type { ImageArray, Transform } from "./types.ts";

const recipe: Recipe = {
  dataFormat: "channelsLast",
  fillMode: "nearest",
  cval: 0,
  interpolationOrder: 1,
  center: "fixed",
  brightnessMode: "fixed",
  rescale: 1 / 255,
};

/** What the kernel's README derives, of values from 0 to 1, and the rounding of the factor on either side. */
const TOLERANCE = 2.2e-4 / 255 + 2 * 2 ** -24;

function noise(count: number, shape: ImageArray["shape"], stream: RandomStream): ImageArray[] {
  const size = shape.reduce((a, b) => a * b);
  const picture = () => Uint8Array.from({ length: size }, () => stream.integer(256));
  return Array.from({ length: count }, () => ({ shape, data: picture() }));
}

/** The lecture's ranges, those of its page. */
function lecture(stream: RandomStream, [height, width]: ImageArray["shape"]): Transform {
  return {
    theta: stream.uniform(-40, 40),
    tx: stream.uniform(-0.2, 0.2) * height,
    ty: stream.uniform(-0.2, 0.2) * width,
    shear: stream.uniform(-0.2, 0.2),
    zx: stream.uniform(0.8, 1.2),
    zy: stream.uniform(0.8, 1.2),
    flipHorizontal: stream.integer(2) === 1,
  };
}

describe("augmentOnGpu", () => {
  const device = openTestDevice();

  /** For each value how far those of the device and those of here are apart. */
  async function differences(
    images: readonly ImageArray[],
    transforms: readonly (Transform | undefined)[],
    given: Recipe,
  ): Promise<number[]> {
    using scope = device().scope();
    const x = augmentOnGpu(images, transforms, given);
    const { shape, data } = await device().read(x.upload(scope));
    expect(shape).toEqual([images.length, ...images[0].shape]);
    expect(x.shape).toEqual(shape);
    const wanted = images.flatMap((image, i) => [...augmentPicture(image, transforms[i], given).data]);
    return wanted.map((value, i) => Math.abs(value - data[i]));
  }

  it.each([
    { center: "fixed", fillMode: "nearest" },
    { center: "keras2", fillMode: "nearest" },
    { center: "fixed", fillMode: "constant", cval: 300 },
    { center: "keras2", fillMode: "wrap", interpolationOrder: 0 },
    { center: "keras2", fillMode: "reflect", interpolationOrder: 0 },
  ] as const)("agrees with augmentPicture on the lecture's ranges: %j", async (options) => {
    const stream = new RandomStream(3, "test");
    const shape = [31, 44, 3] as const;
    const images = noise(8, shape, stream);
    const transforms = images.map((_, i) => (i === 5 ? undefined : lecture(stream, shape)));
    const apart = await differences(images, transforms, { ...recipe, ...options });
    expect(Math.max(...apart)).toBeLessThan(TOLERANCE);
  });

  it.each(["fixed", "keras2"] as const)("agrees on channel shift, flips and brightness %s", async (mode) => {
    const stream = new RandomStream(4, "test");
    for (const shape of [
      [9, 10, 1],
      [12, 7, 4],
    ] as const) {
      const images = noise(6, shape, stream);
      const transforms = images.map((_, i): Transform => {
        const flips = { flipHorizontal: true, flipVertical: i % 2 === 0 };
        const channelShiftIntensity = i === 1 ? undefined : stream.uniform(-40, 40);
        const brightness = i === 2 ? undefined : stream.uniform(0.5, 1.5);
        return { ...(i > 2 ? lecture(stream, shape) : {}), ...flips, channelShiftIntensity, brightness };
      });
      const apart = await differences(images, transforms, { ...recipe, brightnessMode: mode });
      // A value that is whole but for its rounding may be cut to the level below, and is then multiplied.
      expect(Math.max(...apart)).toBeLessThanOrEqual((1.5 + 1) / 255);
      expect(apart.filter((difference) => difference >= TOLERANCE).length).toBeLessThan(0.01 * apart.length);
    }
  });

  it("refuses pictures of several shapes", () => {
    const [first, second] = [
      [2, 3, 1],
      [3, 2, 1],
    ] as const;
    const data = new Uint8Array(6);
    expect(() =>
      augmentOnGpu(
        [
          { shape: first, data },
          { shape: second, data },
        ],
        [{}, {}],
        recipe,
      ),
    ).toThrow(
      "[augmentOn] picture 1 of the batch has shape [3,2,1], the first one [2,3,1]; one shape was needed.",
    );
  });

  const array = { shape: [1], data: Float32Array.of(1) };
  it.each<[string, Partial<GpuRecipe>]>([
    ["samplewiseCenter", { samplewiseCenter: true }],
    ["samplewiseStdNormalization", { samplewiseCenter: true, samplewiseStdNormalization: true }],
    ["featurewiseCenter", { mean: array.data }],
    ["featurewiseStdNormalization", { mean: array.data, std: array.data }],
    ["zcaWhitening", { mean: array.data, zca: array }],
    ["preprocessingFunction", { preprocessingFunction: (x: unknown) => x }],
    ["an interpolationOrder above 1", { interpolationOrder: 3 }],
    ['dataFormat "channelsFirst"', { dataFormat: "channelsFirst" }],
  ])("refuses %s", (option, change) => {
    const message = `[augmentOn] "gpu" does not know ${option}: use augmentOn: "cpu".`;
    expect(() => checkGpuRecipe({ ...recipe, ...change })).toThrow(new Error(message));
    expect(() => augmentOnGpu([], [], { ...recipe, ...change })).toThrow(new Error(message));
  });
});

describe("plannedOnGpu", () => {
  const device = openTestDevice();

  it("takes the memory that augmentOnGpu takes", () => {
    const stream = new RandomStream(7, "test");
    const images = noise(3, [7, 5, 3], stream);
    const [planned, real] = [
      plannedOnGpu([3, 7, 5, 3]),
      augmentOnGpu(images, [lecture(stream, [7, 5, 3]), undefined, { flipVertical: true }], recipe),
    ].map((batch) => {
      using scope = device().scope();
      const taken: string[] = [];
      const tensor: Scope["tensor"] = (shape, dtype) => {
        taken.push(`${dtype} [${shape}]`);
        return scope.tensor(shape, dtype);
      };
      batch.upload({ device: device(), tensor });
      return taken;
    });
    expect(planned).toEqual(real);
    expect(planned).toHaveLength(3);
  });
});
