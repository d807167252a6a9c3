/** The networks by the names that the command line has for them. */
import type { Model } from "../model/model.ts";
import { type Application, type ApplicationOptions, buildApplication, weightFilesOf } from "./application.ts";
import { inceptionV3 } from "./inception-v3.ts";
import { type MobileNetWidth, mobilenet } from "./mobilenet.ts";
import type { PreprocessMode } from "./preprocess-input.ts";
import { resnet50 } from "./resnet50.ts";
import { vgg16, vgg19 } from "./vgg.ts";
import type { WeightFile } from "./weight-files.ts";
import { xception } from "./xception.ts";

export const applicationNames = [
  "vgg16",
  "vgg19",
  "resnet50",
  "mobilenet",
  "xception",
  "inception-v3",
] as const;

export type ApplicationName = (typeof applicationNames)[number];

const others: Readonly<Record<Exclude<ApplicationName, "mobilenet">, Application>> = {
  vgg16,
  vgg19,
  resnet50,
  xception,
  "inception-v3": inceptionV3,
};

const applicationOf = (name: ApplicationName, width?: MobileNetWidth): Application =>
  name === "mobilenet" ? mobilenet(width) : others[name];

/** Builds a network: `VGG16` and the others, by name. `alpha` is MobileNet's. */
export const applicationByName = (
  name: ApplicationName,
  { alpha, ...options }: ApplicationOptions & Pick<MobileNetWidth, "alpha"> = {},
): Promise<Model> => buildApplication(name, applicationOf(name, { alpha }), options);

/** How pictures are made ready for a network. */
export const preprocessModeOf = (name: ApplicationName): PreprocessMode => applicationOf(name).preprocessing;

/**
 * Keras's published file of a network's weights.
 * @param options.size pixels on a side; only MobileNet has a file for each
 * @throws in Keras's words where there is none
 */
export function weightFileOf(
  name: ApplicationName,
  { includeTop = true, alpha, size }: { includeTop?: boolean; alpha?: number; size?: number } = {},
): WeightFile {
  const files = weightFilesOf(applicationOf(name, { alpha }), [size ?? null, size ?? null, 3]);
  return includeTop ? files.top : files.noTop;
}
