import { Conv2D } from "../layers/conv2d.ts";
import { Flatten } from "../layers/core.ts";
import { Dense } from "../layers/dense.ts";
import { MaxPooling2D } from "../layers/pooling.ts";
import type { SymbolicTensor } from "../symbolic.ts";
import { type Application, poolingOnTop } from "./application.ts";

/** Five blocks of 3×3 convolutions, each followed by a max-pooling that halves the picture. */
function vggBlocks(x: SymbolicTensor, convolutions: readonly number[]): SymbolicTensor {
  const filters = [64, 128, 256, 512, 512];
  let y = x;
  convolutions.forEach((count, block) => {
    const name = `block${block + 1}`;
    for (let i = 1; i <= count; i++) {
      y = new Conv2D({
        name: `${name}_conv${i}`,
        filters: filters[block],
        kernelSize: 3,
        activation: "relu",
        padding: "same",
      }).apply(y);
    }
    y = new MaxPooling2D({ name: `${name}_pool`, poolSize: 2, strides: 2 }).apply(y);
  });
  return y;
}

function vgg(name: string, convolutions: readonly number[], md5: Application["weightFiles"]): Application {
  return {
    name,
    defaultSize: 224,
    minSize: 32,
    preprocessing: "caffe",
    weightFiles: md5,
    build(x, { includeTop, pooling, classes }) {
      const features = vggBlocks(x, convolutions);
      if (!includeTop) return poolingOnTop(features, pooling);
      let y = new Flatten({ name: "flatten" }).apply(features);
      y = new Dense({ name: "fc1", units: 4096, activation: "relu" }).apply(y);
      y = new Dense({ name: "fc2", units: 4096, activation: "relu" }).apply(y);
      return new Dense({ name: "predictions", units: classes, activation: "softmax" }).apply(y);
    },
  };
}

const release = "https://github.com/fchollet/deep-learning-models/releases/download/v0.1/";

/** VGG16: Simonyan and Zisserman, "Very Deep Convolutional Networks" (2014), arXiv:1409.1556, column D. */
export const vgg16 = vgg("vgg16", [2, 2, 3, 3, 3], {
  top: {
    url: `${release}vgg16_weights_tf_dim_ordering_tf_kernels.h5`,
    md5: "64373286793e3c8b2b4e3219cbf3544b",
  },
  noTop: {
    url: `${release}vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5`,
    md5: "6d6bbae143d832006294945121d1f1fc",
  },
});

/** VGG19: the same paper, column E. */
export const vgg19 = vgg("vgg19", [2, 2, 4, 4, 4], {
  top: {
    url: `${release}vgg19_weights_tf_dim_ordering_tf_kernels.h5`,
    md5: "cbe5617147190e668d6c5d5026f83318",
  },
  noTop: {
    url: `${release}vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5`,
    md5: "253f8cb515780f3b799900260a226db6",
  },
});
