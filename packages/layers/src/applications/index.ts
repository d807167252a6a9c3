import type { Model } from "../model/model.ts";
import { type ApplicationOptions, buildApplication } from "./application.ts";
import { inceptionV3 } from "./inception-v3.ts";
import { type MobileNetWidth, mobilenet } from "./mobilenet.ts";
import { resnet50 } from "./resnet50.ts";
import { vgg16, vgg19 } from "./vgg.ts";
import { xception } from "./xception.ts";

export type { ApplicationOptions } from "./application.ts";
export {
  type ApplicationName,
  applicationByName,
  applicationNames,
  preprocessModeOf,
  weightFileOf,
} from "./by-name.ts";
export { classIndexFile, decodePredictions, type Prediction } from "./decode-predictions.ts";
export type { MobileNetWidth } from "./mobilenet.ts";
export { type PreprocessMode, preprocessInput } from "./preprocess-input.ts";
export type { WeightFile } from "./weight-files.ts";

/** VGG16 with 138,357,544 parameters, 14,714,688 without the classifier; pictures `caffe`, of 32×32 and more. */
export const VGG16 = (options?: ApplicationOptions): Promise<Model> =>
  buildApplication("VGG16", vgg16, options);

/** VGG19 with 143,667,240 parameters; pictures `caffe`, of 32×32 and more. */
export const VGG19 = (options?: ApplicationOptions): Promise<Model> =>
  buildApplication("VGG19", vgg19, options);

/** ResNet50 with 25,636,712 parameters; pictures `caffe`, of 32×32 and more. */
export const ResNet50 = (options?: ApplicationOptions): Promise<Model> =>
  buildApplication("ResNet50", resnet50, options);

/** Xception with 22,910,480 parameters; pictures `tf`, of 71×71 and more. */
export const Xception = (options?: ApplicationOptions): Promise<Model> =>
  buildApplication("Xception", xception, options);

/** Inception v3 with 23,851,784 parameters; pictures `tf`, of 75×75 and more. */
export const InceptionV3 = (options?: ApplicationOptions): Promise<Model> =>
  buildApplication("InceptionV3", inceptionV3, options);

/** MobileNet with 4,253,864 parameters at full width; pictures `tf`, of 32×32 and more. */
export const MobileNet = ({
  alpha,
  depthMultiplier,
  dropout,
  ...options
}: ApplicationOptions & MobileNetWidth = {}): Promise<Model> =>
  buildApplication("MobileNet", mobilenet({ alpha, depthMultiplier, dropout }), options);
