import type { Model } from "@convscope/layers";
import type { BaseName } from "./experiment.ts";

/** Where the layers begin that work on the smallest maps but one halving: what VGG's block 5 is. */
const firstLayers: Readonly<Record<Exclude<BaseName, "inception-v3">, string>> = {
  vgg16: "block5_conv1",
  vgg19: "block5_conv1",
  resnet50: "res5a_branch2a", // stage 5, three blocks
  mobilenet: "conv_dw_12", // the last two depthwise blocks
  xception: "block14_sepconv1", // the last two separable convolutions
};

/**
 * The first layer of a base that fine-tuning trains: from there on the maps keep their size, as in VGG's block 5. Of Inception v3
 * it is the first one after `mixed8`: the two blocks, layers 249 and on, that Keras's own example of fine-tuning trains.
 * @throws where the base has no such layer
 */
export function lastBlockOf(name: BaseName, base: Model): string {
  const names = base.layers.map((layer) => layer.name);
  const index = name === "inception-v3" ? names.indexOf("mixed8") + 1 : names.indexOf(firstLayers[name]);
  if (index > 0) return names[index];
  throw new Error(
    `[run] ${base.name} is no ${name}: it has none of the layers at which its last block begins.`,
  );
}
