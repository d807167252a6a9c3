import { type DirectoryIterator, ImageDataGenerator } from "@convscope/data";
import type { NdArray } from "@convscope/kernels";
import { Dense, Dropout, type Model, RMSprop, Sequential } from "@convscope/layers";
import { accuracyRows, measuredAccuracies } from "./accuracies.ts";
import { BASE_DEFAULTS, Base, baseAskedFor } from "./base.ts";
import { experiment, type PictureArrays, TRAINING_DEFAULTS } from "./experiment.ts";
import { extractOnce } from "./extract-once.ts";

/** Each picture goes through the base once; a small classifier learns from the features. */
export default experiment({
  name: "extract-features",
  question:
    "How good is a classifier that learns from the features of a pretrained base, without augmentation?",
  claim: "Validation accuracy is about 90 %; it overfits almost from the start.",
  slides:
    "Fast feature extraction without data augmentation; Reshape Data; Loss and Accuracy, Simple Feature Extraction",
  defaults: { ...TRAINING_DEFAULTS, ...BASE_DEFAULTS, epochs: 30, batchSize: 20, learningRate: 2e-5 },

  async run(context) {
    const { flags } = context;
    const base = await Base.open(context, () => baseAskedFor(context));
    const datagen = new ImageDataGenerator(base.standardization);
    let featuresPerPicture = 0;

    await context.train({
      async open() {
        const device = await context.device();
        using convBase = await base.build(device);

        const extractFeatures = async (directory: string): Promise<PictureArrays> => {
          await using generator = await datagen.flowFromDirectory(directory, {
            targetSize: base.imageSize,
            batchSize: flags.batchSize,
            classMode: "binary",
            shuffle: false,
            ...context.reading,
          });
          const batches = (first: number) => featuresOf(convBase, generator, first);
          const { shape, data } = await extractOnce(context, base, convBase, generator, batches);
          const [samples] = shape;
          // Flattened: (samples, 4, 4, 512) becomes (samples, 8192).
          featuresPerPicture = data.length / samples;
          const x = { shape: [samples, featuresPerPicture], data };
          return {
            x,
            y: { shape: [samples], data: Float32Array.from(generator.classes) },
            pictures: generator,
          };
        };

        const { train, validation, test } = await context.directories();
        const feeds = {
          training: await extractFeatures(train),
          validation: await extractFeatures(validation),
        };
        if (test === undefined) return feeds;
        const tested = await extractFeatures(test);
        return { ...feeds, test: async () => tested };
      },

      async build(device) {
        const model = new Sequential(
          [
            new Dense({ units: 256, activation: "relu", inputDim: featuresPerPicture }),
            new Dropout({ rate: 0.5 }),
            new Dense({ units: 1, activation: "sigmoid" }),
          ],
          { device, seed: flags.seed },
        );
        model.compile({
          optimizer: new RMSprop({ learningRate: flags.learningRate }),
          loss: "binaryCrossentropy",
          metrics: ["acc"],
        });
        return model;
      },

      measured: measuredAccuracies,
      rows: (results) =>
        accuracyRows(results, {
          validation: "about 90 %; published runs of VGG16: 90 % to 91 %",
          training: "overfits; published runs of VGG16: 97 %",
          test: "-",
        }),
      keep: () => base.keep(context),
      facts: () => [base.facts()],
    });
  },
});

/** What the base makes of a directory's pictures, from batch `first` on, each once: `conv_base.predict(inputs_batch)`. */
async function* featuresOf(
  convBase: Model,
  generator: DirectoryIterator,
  first: number,
): AsyncGenerator<NdArray> {
  generator.restore({ pass: 0, index: first });
  for (let i = first; i < generator.length; i++) {
    const { value } = await generator.next();
    yield convBase.predictOnBatch(value!.x);
  }
}
