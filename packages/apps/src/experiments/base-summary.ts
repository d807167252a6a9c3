import { applicationByName, type Model } from "@convscope/layers";
import { imageSizeOf } from "./base.ts";
import { experiment } from "./experiment.ts";

/** `conv_base.summary()`. */
export default experiment({
  name: "base-summary",
  question: "What is in the convolutional base?",
  claim: "VGG16 without its top takes (150, 150, 3), gives (4, 4, 512) and has 14,714,688 parameters.",
  slides: "Instantiate VGG16 Model; Architecture of VGG16 convolutional base",
  defaults: { base: "vgg16", alpha: undefined },

  async run({ flags: { base, alpha }, output }) {
    if (alpha !== undefined && base !== "mobilenet") {
      throw new Error(`[run] --alpha is the width of mobilenet; ${base} has none.`);
    }
    // Nothing is asked of it: the weights need not be downloaded.
    const convBase: Model = await applicationByName(base, {
      weights: null,
      includeTop: false,
      inputShape: [...imageSizeOf(base), 3],
      alpha,
    });
    if (!output.isJson) convBase.summary({ printFn: (line) => output.say(line) });
    output.result({
      experiment: "base-summary",
      name: convBase.name,
      layers: convBase.summaryRows().map(({ connectedTo: _, ...row }) => row),
      outputShape: convBase.outputShape,
      parameters: convBase.countParams(),
    });
  },
});
