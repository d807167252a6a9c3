import type { Layer, LayerConfig } from "../layer.ts";
import { ELU, LeakyReLU, ReLU, Rescaling, Softmax, ThresholdedReLU } from "./activation-layers.ts";
import { BatchNormalization } from "./batch-normalization.ts";
import { Conv2D } from "./conv2d.ts";
import { Activation, Dropout, Flatten, Reshape } from "./core.ts";
import { Dense } from "./dense.ts";
import { DepthwiseConv2D, SeparableConv2D } from "./depthwise.ts";
import { InputLayer } from "./input.ts";
import { Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract } from "./merge.ts";
import { Cropping2D, UpSampling2D, ZeroPadding2D } from "./pictures.ts";
import { AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D } from "./pooling.ts";

/** What makes a layer of the configuration that a file holds. Nothing in it is ever executed. */
export interface LayerClass {
  fromConfig(config: LayerConfig): Layer;
}

/** The layers by their class names in Keras's files; Keras 1's names, and Keras's own short ones, too. */
export const layerClasses: Readonly<Record<string, LayerClass>> = {
  Activation,
  Add,
  Average,
  AveragePooling2D,
  AvgPool2D: AveragePooling2D,
  BatchNormalization,
  BatchNormalizationV1: BatchNormalization,
  BatchNormalizationV2: BatchNormalization,
  Concatenate,
  Conv2D,
  Convolution2D: Conv2D,
  Cropping2D,
  Dense,
  DepthwiseConv2D,
  Dropout,
  ELU,
  Flatten,
  GlobalAveragePooling2D,
  GlobalAvgPool2D: GlobalAveragePooling2D,
  GlobalMaxPool2D: GlobalMaxPooling2D,
  GlobalMaxPooling2D,
  InputLayer,
  LeakyReLU,
  MaxPool2D: MaxPooling2D,
  Maximum,
  MaxPooling2D,
  Minimum,
  Multiply,
  ReLU,
  Rescaling,
  Reshape,
  SeparableConv2D,
  SeparableConvolution2D: SeparableConv2D,
  Softmax,
  Subtract,
  ThresholdedReLU,
  UpSampling2D,
  ZeroPadding2D,
};
