export { type AugmentOptions, augment, fillModes } from "./augment.ts";
export type { PictureAugmentation } from "./pictures.ts";
