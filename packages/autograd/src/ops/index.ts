import { add, concatenate, maximum, minimum, multiply, rescale, subtract } from "./arithmetic.ts";
import { batchNorm } from "./batchnorm.ts";
import { conv2d, depthwiseConv2d, groupedConv2d } from "./conv2d.ts";
import { dense } from "./dense.ts";
import { bentRelu, curve, dropout, relu, reshape, sigmoid, softmax, tanh } from "./elementwise.ts";
import {
  binaryCrossentropy,
  binaryCrossentropyFromLogits,
  binaryCrossentropyKeras224,
  categoricalCrossentropy,
  categoricalCrossentropyFromLogits,
  categoricalHinge,
  cosineProximity,
  meanSquaredError,
  penalty,
  sparseCategoricalCrossentropy,
  sparseCategoricalCrossentropyFromLogits,
  valueLoss,
} from "./losses.ts";
import { pad2d, upsample2d } from "./pictures.ts";
import { avgPool2d, globalAveragePool2d, globalMaxPool2d, maxPool2d } from "./pooling.ts";

/** Every op that a tape can record. The gradient-check table is typed by these names: one without a check does not compile. */
export const ops = {
  add,
  avgPool2d,
  batchNorm,
  bentRelu,
  binaryCrossentropy,
  binaryCrossentropyFromLogits,
  binaryCrossentropyKeras224,
  categoricalCrossentropy,
  categoricalCrossentropyFromLogits,
  categoricalHinge,
  concatenate,
  conv2d,
  cosineProximity,
  curve,
  dense,
  depthwiseConv2d,
  dropout,
  globalAveragePool2d,
  globalMaxPool2d,
  groupedConv2d,
  maxPool2d,
  maximum,
  meanSquaredError,
  minimum,
  multiply,
  pad2d,
  penalty,
  relu,
  rescale,
  reshape,
  sigmoid,
  softmax,
  sparseCategoricalCrossentropy,
  sparseCategoricalCrossentropyFromLogits,
  subtract,
  tanh,
  upsample2d,
  valueLoss,
} as const;
export type OpName = keyof typeof ops;
