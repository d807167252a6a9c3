import { RandomStream } from "@convscope/kernels/philox";
import { describe, expect, it } from "vitest";
import type { ImageArray, NdArray, Transform } from "../types.ts";
import { applyAffineTransform } from "./affine.ts";
import { applyBrightnessShift } from "./brightness.ts";
import { applyChannelShift } from "./channel-shift.ts";
import { flipAxis } from "./flip.ts";
import { ImageDataGenerator } from "./image-data-generator.ts";
import { augmentPicture, picture, type Recipe } from "./recipe.ts";
import { standardize } from "./standardize.ts";

const random = new RandomStream(1, "test");
const bytes = (height: number, width: number, channels: number): ImageArray => ({
  shape: [height, width, channels],
  data: Uint8Array.from({ length: height * width * channels }, () => random.integer(256)),
});

/** Step by step, each with a new array. */
function slowly(image: ImageArray, transform: Transform, recipe: Recipe): NdArray {
  const { dataFormat, fillMode, cval, interpolationOrder: order, center, brightnessMode } = recipe;
  const [rows, columns] = dataFormat === "channelsFirst" ? [1, 2] : [0, 1];
  let x = picture(image, recipe);
  x = applyAffineTransform(x, { ...transform, dataFormat, fillMode, cval, order, center });
  if (transform.channelShiftIntensity !== undefined)
    x = applyChannelShift(x, transform.channelShiftIntensity);
  if (transform.flipHorizontal) x = flipAxis(x, columns);
  if (transform.flipVertical) x = flipAxis(x, rows);
  if (transform.brightness !== undefined)
    x = applyBrightnessShift(x, transform.brightness, { dataFormat, brightnessMode });
  return standardize(x, recipe);
}

describe("augmentPicture", () => {
  const lecture = {
    rotationRange: 40,
    widthShiftRange: 0.2,
    heightShiftRange: 0.2,
    shearRange: 0.2,
    zoomRange: 0.2,
    horizontalFlip: true,
    rescale: 1 / 255,
  };
  it.each([
    ["the lecture's options", lecture],
    ["no warp", { verticalFlip: true, horizontalFlip: true, rescale: 1 / 255 }],
    [
      "everything",
      { ...lecture, verticalFlip: true, channelShiftRange: 30, brightnessRange: [0.5, 1.5] as const },
    ],
    ["Keras 2's", { ...lecture, brightnessRange: [0.5, 1.5] as const, compat: "keras2" as const }],
    [
      "channels first",
      {
        ...lecture,
        channelShiftRange: 9,
        dataFormat: "channelsFirst" as const,
        fillMode: "constant" as const,
        cval: 7,
      },
    ],
    ["the nearest pixel", { ...lecture, interpolationOrder: 0 as const, fillMode: "wrap" as const }],
    [
      "cubic, standardized",
      { ...lecture, interpolationOrder: 3 as const, samplewiseStdNormalization: true, warn() {} },
    ],
  ])("does in one go what the steps do: %s", (_, options) => {
    const generator = new ImageDataGenerator(options);
    for (const channels of [1, 3, 4]) {
      const image = bytes(13, 9, channels);
      for (let seed = 0; seed < 4; seed++) {
        const transform = generator.getRandomTransform(picture(image, generator.options).shape, seed);
        const got = augmentPicture(image, transform, generator.recipe);
        expect(got).toEqual(slowly(image, transform, generator.recipe));
        // Values instead of bytes, in the generator's data format.
        expect(augmentPicture(picture(image, generator.options), transform, generator.recipe)).toEqual(got);
      }
    }
  });

  it("leaves the picture as it is without a transform, in an array of its own", () => {
    const x = picture(bytes(3, 4, 3), { dataFormat: "channelsLast" });
    const before = x.data.slice();
    const { recipe } = new ImageDataGenerator();
    const got = augmentPicture(x, undefined, recipe);
    expect(got).toEqual(x);
    got.data.fill(0);
    expect(x.data).toEqual(before);
  });

  it("can be sent to another thread", () => {
    const generator = new ImageDataGenerator({ ...lecture, featurewiseCenter: true });
    generator.fit({ shape: [2, 2, 2, 3], data: new Float32Array(24).fill(5) });
    expect(structuredClone(generator.recipe)).toEqual(generator.recipe);
  });
});
