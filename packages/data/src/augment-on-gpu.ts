import type { DeviceArray } from "@convscope/kernels";
import { augment, type PictureAugmentation } from "@convscope/kernels/augment";
import { affineMatrix, transformMatrixOffsetCenter } from "./augment/affine.ts";
import type { Recipe } from "./augment/recipe.ts";
import type { ImageArray, Transform } from "./types.ts";

/** Where pictures are augmented: in worker threads here, or on the device, within the step that wants them. */
export type AugmentOn = "cpu" | "gpu";

/** A recipe, and the one option of a generator that is no part of it. */
export type GpuRecipe = Recipe & { readonly preprocessingFunction?: unknown };

/** What the kernel lacks: the option's name, and whether a recipe wants it. */
const lacks: readonly (readonly [option: string, isWanted: (recipe: GpuRecipe) => unknown])[] = [
  ["samplewiseStdNormalization", (recipe) => recipe.samplewiseStdNormalization],
  ["samplewiseCenter", (recipe) => recipe.samplewiseCenter],
  ["zcaWhitening", (recipe) => recipe.zca],
  ["featurewiseStdNormalization", (recipe) => recipe.std],
  ["featurewiseCenter", (recipe) => recipe.mean],
  ["preprocessingFunction", (recipe) => recipe.preprocessingFunction],
  ["an interpolationOrder above 1", (recipe) => recipe.interpolationOrder > 1],
  ['dataFormat "channelsFirst"', (recipe) => recipe.dataFormat === "channelsFirst"],
];

/** @throws for what the kernel cannot do, with the option's name: said when an iterator is made, not in a step */
export function checkGpuRecipe(recipe: GpuRecipe): void {
  const lacking = lacks.find(([, isWanted]) => isWanted(recipe));
  if (!lacking) return;
  throw new Error(`[augmentOn] "gpu" does not know ${lacking[0]}: use augmentOn: "cpu".`);
}

/**
 * What `augmentPicture` makes of each picture, as a batch's `x` that a model makes on its device: the pictures go up as bytes, a
 * quarter of the floats, with their transforms, and one kernel does the rest. The values differ from those made here by less
 * than 2.2·10⁻⁴ of 255 levels, and by a level where brightness cuts them to whole numbers: see the kernel's README.
 * @param images of one shape, [height, width, channels]
 * @param transforms one for each; undefined changes nothing
 * @returns [n, height, width, channels]
 * @throws for what the kernel cannot do, and for pictures of several shapes
 */
export function augmentOnGpu(
  images: readonly ImageArray[],
  transforms: readonly (Transform | undefined)[],
  recipe: GpuRecipe,
): DeviceArray {
  checkGpuRecipe(recipe);
  const sample = images[0].shape;
  const shape = [images.length, ...sample];
  const bytes = stackBytes(images);
  const pictures = transforms.map((transform) => augmentationOf(transform ?? {}, sample, recipe));
  const { fillMode, cval, brightnessMode } = recipe;
  const order = recipe.interpolationOrder === 0 ? 0 : 1;
  const options = { fillMode, cval, order, brightnessMode, rescale: recipe.rescale || 1 } as const;
  return {
    shape,
    upload(scope) {
      const x = scope.tensor(shape, "uint8");
      scope.device.write(x, bytes);
      return augment(scope, x, pictures, options);
    },
  };
}

/** Stands for a batch of `augmentOnGpu`, [n, height, width, channels], in a model's `plan`: it takes as much memory on the device. */
export const plannedOnGpu = (shape: readonly number[]): DeviceArray => ({
  shape,
  upload: (scope) => augment(scope, scope.tensor(shape, "uint8"), new Array(shape[0]).fill({})),
});

/** One picture after the other. */
function stackBytes(images: readonly ImageArray[]): Uint8Array {
  const [{ shape, data }] = images;
  const bytes = new Uint8Array(images.length * data.length);
  images.forEach((image, i) => {
    if (image.shape.join() !== shape.join()) {
      throw new Error(
        `[augmentOn] picture ${i} of the batch has shape [${image.shape}], the first one [${shape}]; one shape was needed.`,
      );
    }
    bytes.set(image.data, i * data.length);
  });
  return bytes;
}

/** A transform as the kernel takes it: Keras's numbers become a map of coordinates, in float64. */
function augmentationOf(
  transform: Transform,
  [height, width]: ImageArray["shape"],
  { center }: Recipe,
): PictureAugmentation {
  const { flipHorizontal, flipVertical, channelShiftIntensity: channelShift, brightness } = transform;
  const others = { flipHorizontal, flipVertical, channelShift, brightness };
  const matrix = affineMatrix(transform);
  if (!matrix) return others;
  const [rr, rc, row, cr, cc, column] = transformMatrixOffsetCenter(matrix, height, width, center);
  return { ...others, map: { matrix: [rr, rc, cr, cc], offset: [row, column] } };
}
