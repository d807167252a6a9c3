/** An experiment as small as can be, with all that a resumed run must restore: augmentation, dropout, RMSprop's state. */
import { ImageDataGenerator } from "@convscope/data";
import { Conv2D, Dense, Dropout, Flatten, RMSprop, Sequential } from "@convscope/layers";
import { accuracyRows, measuredAccuracies } from "../experiments/accuracies.ts";
import { experiment, TRAINING_DEFAULTS } from "../experiments/experiment.ts";

const tiny = experiment({
  name: "tiny",
  question: "Is it the same?",
  claim: "It is.",
  slides: "none",
  defaults: {
    ...TRAINING_DEFAULTS,
    epochs: 4,
    stepsPerEpoch: 5,
    batchSize: 4,
    learningRate: 0.01,
    validation: "rolling",
    validationSteps: 1,
  },
  async run({ flags, reading, directories, train }) {
    const folders = await directories();
    await train({
      async open() {
        const flow = {
          targetSize: [12, 12],
          batchSize: flags.batchSize,
          classMode: "binary",
          ...reading,
        } as const;
        const augmented = new ImageDataGenerator({
          rescale: 1 / 255,
          rotationRange: 40,
          horizontalFlip: true,
        });
        const plain = new ImageDataGenerator({ rescale: 1 / 255 });
        return {
          training: await augmented.flowFromDirectory(folders.train, flow),
          validation: await plain.flowFromDirectory(folders.validation, flow),
        };
      },
      async build(device) {
        const model = new Sequential(
          [
            new Conv2D({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [12, 12, 3] }),
            new Flatten(),
            new Dropout({ rate: 0.5 }),
            new Dense({ units: 1, activation: "sigmoid" }),
          ],
          { device, seed: flags.seed },
        );
        const { learningRate } = flags;
        model.compile({
          optimizer: new RMSprop({ learningRate }),
          loss: "binaryCrossentropy",
          metrics: ["acc"],
        });
        return model;
      },
      measured: measuredAccuracies,
      rows: (results) => accuracyRows(results, { validation: "-", training: "-", test: "-" }),
    });
  },
});

export const tinyExperiments = { tiny: async () => ({ default: tiny }) };
