import { ImageDataGenerator } from "@convscope/data";
import { Dense, Flatten, RMSprop, Sequential } from "@convscope/layers";
import { accuracyRows, measuredAccuracies } from "./accuracies.ts";
import { BASE_DEFAULTS, Base, baseAskedFor } from "./base.ts";
import { experiment, type Feeds, type RunContext, type RunFlags, TRAINING_DEFAULTS } from "./experiment.ts";

/** A classifier that is trained on a frozen pretrained base, end to end, on augmented pictures. */
export default experiment({
  name: "frozen-base",
  question:
    "How far does a pretrained base carry where the pictures are augmented and only the classifier learns?",
  claim: "Feature extraction gets to an accuracy of 90 % to 96 %.",
  slides:
    "Feature Extraction with Data Augmentation; Combined Model; Freezing a layer; Training the model with a frozen convolutional base",
  defaults: {
    ...TRAINING_DEFAULTS,
    ...BASE_DEFAULTS,
    validation: "full",
    epochs: 5,
    stepsPerEpoch: 100,
    validationSteps: 50,
    batchSize: 20,
    learningRate: 2e-5,
  },

  async run(context) {
    const { flags, output } = context;
    const base = await Base.open(context, () => baseAskedFor(context));
    await context.train({
      open: () => openPictures(context, base),

      async build(device) {
        const convBase = await base.build(device);
        const model = new Sequential(
          [
            convBase,
            new Flatten(),
            new Dense({ units: 256, activation: "relu" }),
            new Dense({ units: 1, activation: "sigmoid" }),
          ],
          { device, seed: flags.seed },
        );
        const count = () => model.trainableWeights.length;
        output.say(`Trainable weights before freezing the conv base: ${count()}`);
        convBase.trainable = false;
        output.say(`Trainable weights after freezing the conv base: ${count()}`);

        model.compile({
          loss: "binaryCrossentropy",
          optimizer: new RMSprop({ learningRate: flags.learningRate }),
          metrics: ["acc"],
        });
        return model;
      },

      measured: measuredAccuracies,
      rows: (results) =>
        accuracyRows(results, {
          validation: "90 % to 96 %; published runs of VGG16, frozen indeed: 90 %",
          training: "published runs of VGG16, 30 epochs: 88 % to 93 %",
          test: "-",
        }),
      keep: () => base.keep(context),
      facts: () => [base.facts()],
    });
  },
});

/** The lecture's generators: training pictures are augmented. */
export async function openPictures(
  context: RunContext<Pick<RunFlags, "batchSize">>,
  base: Base,
): Promise<Feeds> {
  const trainDatagen = new ImageDataGenerator({
    ...base.standardization,
    rotationRange: 40,
    widthShiftRange: 0.2,
    heightShiftRange: 0.2,
    shearRange: 0.2,
    zoomRange: 0.2,
    horizontalFlip: true,
    fillMode: "nearest",
  });
  // Note that the validation data should not be augmented!
  const testDatagen = new ImageDataGenerator(base.standardization);

  const { train, validation, test } = await context.directories();
  const { batchSize } = context.flags;
  const options = {
    targetSize: base.imageSize,
    batchSize,
    classMode: "binary",
    augmentOn: "rescale" in base.standardization ? "gpu" : "cpu",
    ...context.reading,
  } as const;
  return {
    training: await trainDatagen.flowFromDirectory(train, options),
    validation: await testDatagen.flowFromDirectory(validation, options),
    ...(test !== undefined && { test: () => testDatagen.flowFromDirectory(test, options) }),
  };
}
