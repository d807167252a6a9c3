import { ImageDataGenerator } from "@convscope/data";
import type { Device } from "@convscope/kernels";
import { Conv2D, Dense, Flatten, MaxPooling2D, RMSprop, Sequential } from "@convscope/layers";
import { accuracyRows, measuredAccuracies, overfitting } from "./accuracies.ts";
import { experiment, TRAINING_DEFAULTS } from "./experiment.ts";

/** Pictures come in as 150×150 RGB, values 0 to 1. */
export const imageSize = [150, 150] as const;

/** The lecture's small CNN: four convolutions with max-pooling, then two dense layers; 3,453,121 parameters. */
export function buildSmallCnn(options: { device?: Device; seed?: number } = {}): Sequential {
  return new Sequential(
    [
      new Conv2D({ filters: 32, kernelSize: 3, activation: "relu", inputShape: [...imageSize, 3] }),
      new MaxPooling2D({ poolSize: 2 }),
      new Conv2D({ filters: 64, kernelSize: 3, activation: "relu" }),
      new MaxPooling2D({ poolSize: 2 }),
      new Conv2D({ filters: 128, kernelSize: 3, activation: "relu" }),
      new MaxPooling2D({ poolSize: 2 }),
      new Conv2D({ filters: 128, kernelSize: 3, activation: "relu" }),
      new MaxPooling2D({ poolSize: 2 }),
      new Flatten(),
      new Dense({ units: 512, activation: "relu" }),
      new Dense({ units: 1, activation: "sigmoid" }),
    ],
    options,
  );
}

/** As the lecture compiles it: binary cross-entropy, RMSprop with a small learning rate, accuracy. */
export function compileSmallCnn(model: Sequential, learningRate = 1e-4): void {
  model.compile({
    optimizer: new RMSprop({ learningRate }),
    loss: "binaryCrossentropy",
    metrics: ["acc"],
  });
}

export default experiment({
  name: "small-cnn",
  question: "How well does a small network learn from 2,000 pictures, with nothing against overfitting?",
  claim: "It overfits: training accuracy approaches 100 %, validation accuracy stays at 70 % to 72 %.",
  slides: "Building the Network; Data Preprocessing; Accuracy over training and validation data",
  defaults: {
    ...TRAINING_DEFAULTS,
    epochs: 30,
    stepsPerEpoch: 100,
    batchSize: 20,
    learningRate: 1e-4,
    validation: "full",
    validationSteps: 50,
  },
  async run(context) {
    const { flags, reading } = context;
    const { train, validation, test } = await context.directories();
    await context.train({
      async open() {
        // All images are rescaled by 1/255.
        const trainDatagen = new ImageDataGenerator({ rescale: 1 / 255 });
        const testDatagen = new ImageDataGenerator({ rescale: 1 / 255 });
        const flow = {
          targetSize: imageSize, // all images are resized to 150×150
          batchSize: flags.batchSize,
          classMode: "binary", // for binary cross-entropy: binary labels
          augmentOn: "gpu", // pictures go up as bytes: the device makes numbers of them
          ...reading,
        } as const;
        return {
          training: await trainDatagen.flowFromDirectory(train, flow),
          validation: await testDatagen.flowFromDirectory(validation, flow),
          ...(test !== undefined && { test: () => testDatagen.flowFromDirectory(test, flow) }),
        };
      },
      async build(device) {
        const model = buildSmallCnn({ device, seed: flags.seed });
        compileSmallCnn(model, flags.learningRate);
        return model;
      },
      measured: (results) => `${measuredAccuracies(results)} ${overfitting(results)}`,
      rows: (results) =>
        accuracyRows(results, { training: "close to 100 %", validation: "70 % to 72 %", test: "-" }),
    });
  },
});
