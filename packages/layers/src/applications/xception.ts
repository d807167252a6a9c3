import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Conv2D } from "../layers/conv2d.ts";
import { Activation } from "../layers/core.ts";
import { Dense } from "../layers/dense.ts";
import { SeparableConv2D } from "../layers/depthwise.ts";
import { Add } from "../layers/merge.ts";
import { GlobalAveragePooling2D, MaxPooling2D } from "../layers/pooling.ts";
import type { SymbolicTensor } from "../symbolic.ts";
import { type Application, poolingOnTop } from "./application.ts";

const relu = (x: SymbolicTensor, name: string): SymbolicTensor =>
  new Activation({ name, activation: "relu" }).apply(x);

function convolution(x: SymbolicTensor, name: string, filters: number, strides: number): SymbolicTensor {
  const y = new Conv2D({ name, filters, kernelSize: 3, strides, useBias: false }).apply(x);
  return relu(new BatchNormalization({ name: `${name}_bn` }).apply(y), `${name}_act`);
}

function separable(x: SymbolicTensor, name: string, filters: number): SymbolicTensor {
  const y = new SeparableConv2D({ name, filters, kernelSize: 3, padding: "same", useBias: false }).apply(x);
  return new BatchNormalization({ name: `${name}_bn` }).apply(y);
}

/** Two separable convolutions and a pooling that halves the picture, beside a shortcut that halves it, too. */
function shrinkingBlock(
  x: SymbolicTensor,
  name: string,
  filters: readonly [number, number],
  { rectifiesFirst }: { rectifiesFirst: boolean },
): SymbolicTensor {
  let shortcut = new Conv2D({
    filters: filters[1],
    kernelSize: 1,
    strides: 2,
    padding: "same",
    useBias: false,
  }).apply(x);
  shortcut = new BatchNormalization().apply(shortcut);
  let y = rectifiesFirst ? relu(x, `${name}_sepconv1_act`) : x;
  y = separable(y, `${name}_sepconv1`, filters[0]);
  y = separable(relu(y, `${name}_sepconv2_act`), `${name}_sepconv2`, filters[1]);
  y = new MaxPooling2D({ name: `${name}_pool`, poolSize: 3, strides: 2, padding: "same" }).apply(y);
  return new Add().apply([y, shortcut]);
}

const release = "https://github.com/fchollet/deep-learning-models/releases/download/v0.4/";

/** Xception: Chollet (2016), arXiv:1610.02357; keras-applications' xception.py. */
export const xception: Application = {
  name: "xception",
  defaultSize: 299,
  minSize: 71,
  preprocessing: "tf",
  weightFiles: {
    top: {
      url: `${release}xception_weights_tf_dim_ordering_tf_kernels.h5`,
      md5: "0a58e3b7378bc2990ea3b43d5981f1f6",
    },
    noTop: {
      url: `${release}xception_weights_tf_dim_ordering_tf_kernels_notop.h5`,
      md5: "b0042744bf5b25fce3cb969f33bebb97",
    },
  },
  build(x, { includeTop, pooling, classes }) {
    let y = convolution(x, "block1_conv1", 32, 2);
    y = convolution(y, "block1_conv2", 64, 1);
    y = shrinkingBlock(y, "block2", [128, 128], { rectifiesFirst: false });
    y = shrinkingBlock(y, "block3", [256, 256], { rectifiesFirst: true });
    y = shrinkingBlock(y, "block4", [728, 728], { rectifiesFirst: true });
    for (let block = 5; block <= 12; block++) {
      const shortcut = y;
      for (let i = 1; i <= 3; i++) {
        const name = `block${block}_sepconv${i}`;
        y = separable(relu(y, `${name}_act`), name, 728);
      }
      y = new Add().apply([y, shortcut]);
    }
    y = shrinkingBlock(y, "block13", [728, 1024], { rectifiesFirst: true });
    y = relu(separable(y, "block14_sepconv1", 1536), "block14_sepconv1_act");
    y = relu(separable(y, "block14_sepconv2", 2048), "block14_sepconv2_act");
    if (!includeTop) return poolingOnTop(y, pooling);
    y = new GlobalAveragePooling2D({ name: "avg_pool" }).apply(y);
    return new Dense({ name: "predictions", units: classes, activation: "softmax" }).apply(y);
  },
};
