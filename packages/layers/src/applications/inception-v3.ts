import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Conv2D } from "../layers/conv2d.ts";
import { Activation } from "../layers/core.ts";
import { Dense } from "../layers/dense.ts";
import { Concatenate } from "../layers/merge.ts";
import { AveragePooling2D, GlobalAveragePooling2D, MaxPooling2D } from "../layers/pooling.ts";
import type { SymbolicTensor } from "../symbolic.ts";
import { type Application, poolingOnTop } from "./application.ts";

/** A convolution of a branch: filters, rows and columns of the kernel, and whether it halves the picture. */
type Convolution = readonly [filters: number, rows: number, columns: number, halves?: "halves" | "valid"];

/** Convolution, batch normalization without scale, rectifier. `halves` is strides of 2 without padding. */
function convolution(x: SymbolicTensor, [filters, rows, columns, how]: Convolution): SymbolicTensor {
  const y = new Conv2D({
    filters,
    kernelSize: [rows, columns],
    strides: how === "halves" ? 2 : 1,
    padding: how === undefined ? "same" : "valid",
    useBias: false,
  }).apply(x);
  const normalized = new BatchNormalization({ scale: false }).apply(y);
  return new Activation({ activation: "relu" }).apply(normalized);
}

const branch = (x: SymbolicTensor, ...convolutions: readonly Convolution[]): SymbolicTensor =>
  convolutions.reduce(convolution, x);

const halved = (x: SymbolicTensor): SymbolicTensor => new MaxPooling2D({ poolSize: 3, strides: 2 }).apply(x);

/** The average of each pixel's neighbourhood, then a 1×1 convolution. */
function pooledBranch(x: SymbolicTensor, filters: number): SymbolicTensor {
  const pooled = new AveragePooling2D({ poolSize: 3, strides: 1, padding: "same" }).apply(x);
  return branch(pooled, [filters, 1, 1]);
}

const mixed = (name: string | undefined, branches: readonly SymbolicTensor[]): SymbolicTensor =>
  new Concatenate({ axis: 3, ...(name === undefined ? {} : { name }) }).apply(branches);

const release = "https://github.com/fchollet/deep-learning-models/releases/download/v0.5/";

/** Inception v3: Szegedy et al. (2015), arXiv:1512.00567; keras-applications' inception_v3.py. */
export const inceptionV3: Application = {
  name: "inception_v3",
  defaultSize: 299,
  minSize: 75,
  preprocessing: "tf",
  weightFiles: {
    top: {
      url: `${release}inception_v3_weights_tf_dim_ordering_tf_kernels.h5`,
      md5: "9a0d58056eeedaa3f26cb7ebd46da564",
    },
    noTop: {
      url: `${release}inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5`,
      md5: "bcbd6486424b2319ff4ef7d526e38f63",
    },
  },
  build(x, { includeTop, pooling, classes }) {
    let y = branch(x, [32, 3, 3, "halves"], [32, 3, 3, "valid"], [64, 3, 3]);
    y = halved(y);
    y = branch(y, [80, 1, 1, "valid"], [192, 3, 3, "valid"]);
    y = halved(y);

    [32, 64, 64].forEach((pooled, i) => {
      y = mixed(`mixed${i}`, [
        branch(y, [64, 1, 1]),
        branch(y, [48, 1, 1], [64, 5, 5]),
        branch(y, [64, 1, 1], [96, 3, 3], [96, 3, 3]),
        pooledBranch(y, pooled),
      ]);
    });

    y = mixed("mixed3", [
      branch(y, [384, 3, 3, "halves"]),
      branch(y, [64, 1, 1], [96, 3, 3], [96, 3, 3, "halves"]),
      halved(y),
    ]);

    [128, 160, 160, 192].forEach((narrow, i) => {
      y = mixed(`mixed${4 + i}`, [
        branch(y, [192, 1, 1]),
        branch(y, [narrow, 1, 1], [narrow, 1, 7], [192, 7, 1]),
        branch(y, [narrow, 1, 1], [narrow, 7, 1], [narrow, 1, 7], [narrow, 7, 1], [192, 1, 7]),
        pooledBranch(y, 192),
      ]);
    });

    y = mixed("mixed8", [
      branch(y, [192, 1, 1], [320, 3, 3, "halves"]),
      branch(y, [192, 1, 1], [192, 1, 7], [192, 7, 1], [192, 3, 3, "halves"]),
      halved(y),
    ]);

    for (let i = 0; i < 2; i++) {
      const of1x1 = branch(y, [320, 1, 1]);
      const before3x3 = branch(y, [384, 1, 1]);
      const of3x3 = mixed(`mixed9_${i}`, [branch(before3x3, [384, 1, 3]), branch(before3x3, [384, 3, 1])]);
      const beforeDouble = branch(y, [448, 1, 1], [384, 3, 3]);
      const ofDouble = mixed(undefined, [
        branch(beforeDouble, [384, 1, 3]),
        branch(beforeDouble, [384, 3, 1]),
      ]);
      y = mixed(`mixed${9 + i}`, [of1x1, of3x3, ofDouble, pooledBranch(y, 192)]);
    }

    if (!includeTop) return poolingOnTop(y, pooling);
    y = new GlobalAveragePooling2D({ name: "avg_pool" }).apply(y);
    return new Dense({ name: "predictions", units: classes, activation: "softmax" }).apply(y);
  },
};
