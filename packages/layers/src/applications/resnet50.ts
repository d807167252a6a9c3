import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Conv2D, type Conv2DOptions } from "../layers/conv2d.ts";
import { Activation } from "../layers/core.ts";
import { Dense } from "../layers/dense.ts";
import { Add } from "../layers/merge.ts";
import { ZeroPadding2D } from "../layers/pictures.ts";
import { GlobalAveragePooling2D, MaxPooling2D } from "../layers/pooling.ts";
import type { SymbolicTensor } from "../symbolic.ts";
import { type Application, poolingOnTop } from "./application.ts";

const relu = (x: SymbolicTensor): SymbolicTensor => new Activation({ activation: "relu" }).apply(x);

/** A convolution and its batch normalization, named as Keras names those of a stage's block. */
function convolution(x: SymbolicTensor, branch: string, options: Conv2DOptions): SymbolicTensor {
  const y = new Conv2D({ ...options, kernelInitializer: "heNormal", name: `res${branch}` }).apply(x);
  return new BatchNormalization({ name: `bn${branch}` }).apply(y);
}

/**
 * A block of three convolutions beside a shortcut.
 * @param strides of the first convolution and of the shortcut's; without, the shortcut is the input as it is
 */
function block(
  x: SymbolicTensor,
  name: string,
  [narrow, wide]: readonly [number, number],
  strides?: number,
): SymbolicTensor {
  let y = relu(convolution(x, `${name}_branch2a`, { filters: narrow, kernelSize: 1, strides: strides ?? 1 }));
  y = relu(convolution(y, `${name}_branch2b`, { filters: narrow, kernelSize: 3, padding: "same" }));
  y = convolution(y, `${name}_branch2c`, { filters: wide, kernelSize: 1 });
  const shortcut =
    strides === undefined ? x : convolution(x, `${name}_branch1`, { filters: wide, kernelSize: 1, strides });
  return relu(new Add().apply([y, shortcut]));
}

const release = "https://github.com/fchollet/deep-learning-models/releases/download/v0.2/";

/** ResNet50: He et al., "Deep Residual Learning" (2015), arXiv:1512.03385; keras-applications' resnet50.py. */
export const resnet50: Application = {
  name: "resnet50",
  defaultSize: 224,
  minSize: 32,
  preprocessing: "caffe",
  weightFiles: {
    top: {
      url: `${release}resnet50_weights_tf_dim_ordering_tf_kernels.h5`,
      md5: "a7b3fe01876f51b976af0dea6bc144eb",
    },
    noTop: {
      url: `${release}resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5`,
      md5: "a268eb855778b3df3c7506639542a6af",
    },
  },
  build(x, { includeTop, pooling, classes }) {
    let y = new ZeroPadding2D({ name: "conv1_pad", padding: 3 }).apply(x);
    y = new Conv2D({
      name: "conv1",
      filters: 64,
      kernelSize: 7,
      strides: 2,
      kernelInitializer: "heNormal",
    }).apply(y);
    y = relu(new BatchNormalization({ name: "bn_conv1" }).apply(y));
    y = new ZeroPadding2D({ name: "pool1_pad", padding: 1 }).apply(y);
    y = new MaxPooling2D({ poolSize: 3, strides: 2 }).apply(y);
    const stages = [
      { blocks: 3, filters: [64, 256], strides: 1 },
      { blocks: 4, filters: [128, 512], strides: 2 },
      { blocks: 6, filters: [256, 1024], strides: 2 },
      { blocks: 3, filters: [512, 2048], strides: 2 },
    ] as const;
    stages.forEach(({ blocks, filters, strides }, stage) => {
      for (let i = 0; i < blocks; i++) {
        y = block(y, `${stage + 2}${"abcdef"[i]}`, filters, i === 0 ? strides : undefined);
      }
    });
    if (!includeTop) return poolingOnTop(y, pooling);
    y = new GlobalAveragePooling2D({ name: "avg_pool" }).apply(y);
    return new Dense({ name: "fc1000", units: classes, activation: "softmax" }).apply(y);
  },
};
