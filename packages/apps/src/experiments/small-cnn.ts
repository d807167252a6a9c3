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
