import { ReLU } from "../layers/activation-layers.ts";
import { BatchNormalization } from "../layers/batch-normalization.ts";
import { Conv2D } from "../layers/conv2d.ts";
import { Activation, Dropout, Reshape } from "../layers/core.ts";
import { DepthwiseConv2D } from "../layers/depthwise.ts";
import { ZeroPadding2D } from "../layers/pictures.ts";
import { GlobalAveragePooling2D } from "../layers/pooling.ts";
import type { SymbolicTensor } from "../symbolic.ts";
import { type Application, poolingOnTop } from "./application.ts";

/** Batch normalization and a rectifier that stops at 6, named after the convolution before. */
function normalized(x: SymbolicTensor, name: string): SymbolicTensor {
  const y = new BatchNormalization({ name: `${name}_bn` }).apply(x);
  return new ReLU({ name: `${name}_relu`, maxValue: 6 }).apply(y);
}

/** With strides of 2 a row and a column of zeros are added below and on the right: TensorFlow's `same` at even sizes. */
const paddedForStrides = (x: SymbolicTensor, name: string): SymbolicTensor =>
  new ZeroPadding2D({
    name,
    padding: [
      [0, 1],
      [0, 1],
    ],
  }).apply(x);

/** A 3×3 convolution of each channel by itself, then one across the channels. */
function depthwiseBlock(
  x: SymbolicTensor,
  id: number,
  filters: number,
  strides: number,
  depthMultiplier: number,
): SymbolicTensor {
  const padded = strides === 1 ? x : paddedForStrides(x, `conv_pad_${id}`);
  let y = new DepthwiseConv2D({
    name: `conv_dw_${id}`,
    kernelSize: 3,
    padding: strides === 1 ? "same" : "valid",
    depthMultiplier,
    strides,
    useBias: false,
  }).apply(padded);
  y = normalized(y, `conv_dw_${id}`);
  y = new Conv2D({
    name: `conv_pw_${id}`,
    filters,
    kernelSize: 1,
    padding: "same",
    useBias: false,
  }).apply(y);
  return normalized(y, `conv_pw_${id}`);
}

const release = "https://github.com/fchollet/deep-learning-models/releases/download/v0.6/";
const pretrainedSizes = [128, 160, 192, 224];
const pretrainedWidths: Readonly<Record<number, string>> = { 1: "1_0", 0.75: "7_5", 0.5: "5_0", 0.25: "2_5" };

/** Filters of the depthwise blocks at full width, and their strides. */
const blocks: readonly (readonly [filters: number, strides: number])[] = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
];

export interface MobileNetWidth {
  /** All filters are multiplied by it: the network's width. Default 1. */
  readonly alpha?: number;
  /** Results of each depthwise convolution a channel. Default 1. */
  readonly depthMultiplier?: number;
  /** Of the dropout before the classifier. Default 0.001. */
  readonly dropout?: number;
}

/** MobileNet: Howard et al. (2017), arXiv:1704.04861; keras-applications' mobilenet.py. */
export function mobilenet({
  alpha = 1,
  depthMultiplier = 1,
  dropout = 1e-3,
}: MobileNetWidth = {}): Application {
  if (!(alpha > 0))
    throw new Error(`[MobileNet] alpha is ${alpha}; a number above 0 was needed, such as 0.25.`);
  return {
    name: ([rows]) => `mobilenet_${alpha.toFixed(2)}_${rows ?? "None"}`,
    defaultSize: ([rows, columns] = [null, null]) =>
      rows === columns && rows !== null && pretrainedSizes.includes(rows) ? rows : 224,
    minSize: 32,
    preprocessing: "tf",
    weightFiles([rows, columns]) {
      const width = pretrainedWidths[alpha];
      if (depthMultiplier !== 1) {
        throw new Error("If imagenet weights are being loaded, depth multiplier must be 1");
      }
      if (width === undefined) {
        throw new Error(
          "If imagenet weights are being loaded, alpha can be one of `0.25`, `0.50`, `0.75` or `1.0` only.",
        );
      }
      const size = rows ?? 224;
      if (rows !== columns || !pretrainedSizes.includes(size)) {
        throw new Error(
          "If imagenet weights are being loaded, input must have a static square shape (one of (128, 128), (160, 160), " +
            `(192, 192), or (224, 224)). Input shape provided = (${rows}, ${columns}, 3)`,
        );
      }
      const file = `${release}mobilenet_${width}_${size}_tf`;
      return { top: { url: `${file}.h5` }, noTop: { url: `${file}_no_top.h5` } };
    },
    build(x, { includeTop, pooling, classes }) {
      const filters = (full: number) => Math.trunc(full * alpha);
      let y = paddedForStrides(x, "conv1_pad");
      y = new Conv2D({
        name: "conv1",
        filters: filters(32),
        kernelSize: 3,
        strides: 2,
        useBias: false,
      }).apply(y);
      y = normalized(y, "conv1");
      blocks.forEach(([full, strides], i) => {
        y = depthwiseBlock(y, i + 1, filters(full), strides, depthMultiplier);
      });
      if (!includeTop) return poolingOnTop(y, pooling);
      y = new GlobalAveragePooling2D().apply(y);
      y = new Reshape({ name: "reshape_1", targetShape: [1, 1, filters(1024)] }).apply(y);
      y = new Dropout({ name: "dropout", rate: dropout }).apply(y);
      y = new Conv2D({ name: "conv_preds", filters: classes, kernelSize: 1, padding: "same" }).apply(y);
      y = new Reshape({ name: "reshape_2", targetShape: [classes] }).apply(y);
      return new Activation({ name: "act_softmax", activation: "softmax" }).apply(y);
    },
  };
}
