import { type DirectoryIterator, type FlowFromDirectoryOptions, ImageDataGenerator } from "@convscope/data";
import type { Device } from "@convscope/kernels";
import { Conv2D, Dense, Flatten, MaxPooling2D, RMSprop, Sequential } from "@convscope/layers";

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

/** How the pictures are read: what the experiment leaves open. */
export type PictureOptions = Pick<
  FlowFromDirectoryOptions,
  "batchSize" | "seed" | "workers" | "onBadPicture" | "signal" | "log"
>;

/** As the lecture feeds it: 150×150, values 0 to 1, two classes, not augmented. */
export const openPictures = (folder: string, options: PictureOptions): Promise<DirectoryIterator> =>
  new ImageDataGenerator({ rescale: 1 / 255 }).flowFromDirectory(folder, {
    ...options,
    targetSize: imageSize,
    classMode: "binary",
  });
