import {
  affineMatrix,
  affineTransform,
  applyAffineTransform,
  applyBrightnessShift,
  applyChannelShift,
  applyTransform,
  arrayToImg,
  flipAxis,
  ImageDataGenerator,
  type ImageDataGeneratorOptions,
  type NdArray,
  type Transform,
  transformMatrixOffsetCenter,
} from "@convscope/data";
import { hasShared } from "@convscope/data/testing";
import { describe, expect, it } from "vitest";
import { expectWithin, loadVectors, type Vector } from "./vectors.ts";

type Options = Parameters<typeof applyAffineTransform>[1];

/**
 * The warp of keras-preprocessing after 2020: the matrix is made about the middle, with the sizes of the axes exchanged (a
 * fault where they differ), then its rows and columns are. Ours keeps the axes of 1.1.2 with the same middle.
 */
function ofHead(x: NdArray, options: Options): NdArray {
  const matrix = affineMatrix(options ?? {});
  if (matrix === undefined) return x;
  const [a, b, row, c, d, column] = transformMatrixOffsetCenter(matrix, x.shape[0], x.shape[1], "fixed");
  return affineTransform(
    x,
    [
      [d, c],
      [b, a],
    ],
    [column, row],
    options,
  );
}

const transformOf = (attrs: Vector["attrs"]): Transform => ({
  theta: attrs.theta,
  tx: attrs.tx,
  ty: attrs.ty,
  shear: attrs.shear,
  zx: attrs.zx,
  zy: attrs.zy,
  flipHorizontal: attrs.flip_horizontal,
  flipVertical: attrs.flip_vertical,
  channelShiftIntensity: attrs.channel_shift_intensity ?? undefined,
  brightness: attrs.brightness ?? undefined,
});

describe.skipIf(!hasShared("vectors/affine.json"))("image/affine", () => {
  const vectors = loadVectors("affine");

  it("has both variants", () => {
    const count = (variant: string) => vectors.filter(({ attrs }) => attrs.variant === variant).length;
    expect([count("kp-1.1.2"), count("kp-head")]).toEqual([49, 51]);
  });

  it.each(vectors)("$id", ({ attrs, inputs: { x }, expected: { y }, tol }) => {
    const { fillMode, cval, order, variant } = attrs;
    const options = { ...transformOf(attrs), fillMode, cval, order };
    if (variant === "kp-1.1.2") {
      expectWithin(applyAffineTransform(x, { ...options, center: "keras2" }), y, tol);
      return;
    }
    expectWithin(ofHead(x, options), y, tol);
    // In a square, exchanged axes are all that remains.
    if (x.shape[0] === x.shape[1]) {
      const exchanged = { ...options, center: "fixed", rowAxis: 1, colAxis: 0 } as const;
      expectWithin(applyAffineTransform(x, exchanged), y, tol);
    }
  });
});

/** Of `attrs` with Keras's names. */
const fitted = (attrs: Vector["attrs"]): ImageDataGeneratorOptions => ({
  rescale: attrs.rescale,
  featurewiseCenter: attrs.featurewise_center,
  featurewiseStdNormalization: attrs.featurewise_std_normalization,
  samplewiseCenter: attrs.samplewise_center,
  samplewiseStdNormalization: attrs.samplewise_std_normalization,
  zcaWhitening: attrs.zca_whitening,
  zcaEpsilon: attrs.zca_epsilon,
});

describe.skipIf(!hasShared("vectors/pointwise.json"))("image/pointwise", () => {
  // Later versions put ε elsewhere into ZCA: √n / (√(n s) + ε).
  const isLaterZca = ({ op, attrs }: Vector) => op === "fit_standardize" && attrs.variant === "kp-head";
  const vectors = loadVectors("pointwise");

  it("leaves out the later version's ZCA", () => {
    expect([vectors.length, vectors.filter(isLaterZca).length]).toEqual([28, 1]);
  });

  it.each(vectors.filter((vector) => !isLaterZca(vector)))("$id", ({ op, attrs, inputs, expected, tol }) => {
    const { x } = inputs;
    switch (op) {
      case "brightness_shift": {
        const brightnessMode = attrs.scale ? "keras2" : "fixed";
        // Truncation is ours to the last bit, though the vectors would allow a level.
        return expectWithin(applyBrightnessShift(x, attrs.brightness, { brightnessMode }), expected.y, {
          ...tol,
          atol: 0,
        });
      }
      case "channel_shift":
        return expectWithin(applyChannelShift(x, attrs.intensity), expected.y, tol);
      case "flip":
        return expectWithin(flipAxis(x, attrs.axis === "vertical" ? 0 : 1), expected.y, tol);
      case "array_to_img": {
        const { shape, data } = arrayToImg(x, { scale: attrs.scale });
        return expectWithin({ shape, data: Float32Array.from(data) }, expected.y, tol);
      }
      case "apply_transform": {
        const transform = transformOf(attrs);
        if (attrs.variant === "kp-1.1.2") {
          const options = { fillMode: attrs.fillMode, center: "keras2", brightnessMode: "keras2" } as const;
          return expectWithin(applyTransform(x, transform, options), expected.y, tol);
        }
        const warped = ofHead(x, { ...transform, fillMode: attrs.fillMode });
        const { flipHorizontal, flipVertical, channelShiftIntensity, brightness } = transform;
        const rest = { flipHorizontal, flipVertical, channelShiftIntensity, brightness };
        return expectWithin(applyTransform(warped, rest), expected.y, tol);
      }
      case "standardize":
        return expectWithin(new ImageDataGenerator(fitted(attrs)).standardize(x), expected.y, tol);
      case "fit_standardize": {
        const generator = new ImageDataGenerator(fitted(attrs));
        generator.fit(inputs.fit);
        expectWithin(generator.standardize(x), expected.y, tol);
        const { mean, std } = expected;
        if (mean) expectWithin({ shape: mean.shape, data: generator.mean! }, mean, tol, "mean");
        if (std) expectWithin({ shape: std.shape, data: generator.std! }, std, tol, "std");
        return;
      }
      default:
        throw new Error(`no test of ${op}`);
    }
  });
});
