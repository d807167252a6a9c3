import type { NdArray } from "@convscope/kernels";

/**
 * How pictures are made ready for pretrained weights. `caffe`: RGB to BGR, minus ImageNet's mean (103.939, 116.779, 123.68),
 * not scaled; `tf`: −1 … 1; `torch`: 0 … 1, then minus mean and over deviation of each channel.
 */
export type PreprocessMode = "caffe" | "tf" | "torch";

const CAFFE_MEAN = [103.939, 116.779, 123.68];
const TORCH_MEAN = [0.485, 0.456, 0.406];
const TORCH_DEVIATION = [0.229, 0.224, 0.225];

/**
 * Makes pictures ready for a pretrained network, in a new array (Keras writes over the old one). In float32, step by step, as
 * NumPy does.
 * Source: keras-applications 1.0.8, imagenet_utils.py (`_preprocess_numpy_input`).
 * @param x values 0 … 255, RGB: […, height, width, 3]
 */
export function preprocessInput(x: NdArray, mode: PreprocessMode = "caffe"): NdArray {
  const modes: readonly PreprocessMode[] = ["caffe", "tf", "torch"];
  if (!modes.includes(mode)) {
    throw new Error(
      `[preprocessInput] mode ${JSON.stringify(mode)} is none; it is one of ${modes.join(", ")}.`,
    );
  }
  const f32 = Math.fround;
  if (mode === "tf") {
    return { shape: x.shape, data: x.data.map((value) => f32(value / 127.5) - 1) };
  }
  if (x.shape.at(-1) !== 3) {
    throw new Error(`[preprocessInput] x has the shape [${x.shape}]; RGB pictures […, 3] were needed.`);
  }
  const data = new Float32Array(x.data.length);
  for (let i = 0; i < data.length; i += 3) {
    for (let channel = 0; channel < 3; channel++) {
      const value =
        mode === "caffe"
          ? x.data[i + 2 - channel] - f32(CAFFE_MEAN[channel])
          : f32(f32(x.data[i + channel] / 255) - f32(TORCH_MEAN[channel])) / f32(TORCH_DEVIATION[channel]);
      data[i + channel] = value;
    }
  }
  return { shape: x.shape, data };
}
