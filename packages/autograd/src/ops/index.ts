import { conv2d } from "./conv2d.ts";
import { dense } from "./dense.ts";
import { add, dropout, relu, reshape, sigmoid, softmax, tanh } from "./elementwise.ts";
import {
  binaryCrossentropy,
  binaryCrossentropyFromLogits,
  binaryCrossentropyKeras224,
  categoricalCrossentropy,
  categoricalCrossentropyFromLogits,
  meanSquaredError,
  sparseCategoricalCrossentropy,
  sparseCategoricalCrossentropyFromLogits,
} from "./losses.ts";
import { avgPool2d, globalAveragePool2d, globalMaxPool2d, maxPool2d } from "./pooling.ts";

/** Every op that a tape can record. The gradient-check table is typed by these names: one without a check does not compile. */
export const ops = {
  add,
  avgPool2d,
  binaryCrossentropy,
  binaryCrossentropyFromLogits,
  binaryCrossentropyKeras224,
  categoricalCrossentropy,
  categoricalCrossentropyFromLogits,
  conv2d,
  dense,
  dropout,
  globalAveragePool2d,
  globalMaxPool2d,
  maxPool2d,
  meanSquaredError,
  relu,
  reshape,
  sigmoid,
  softmax,
  sparseCategoricalCrossentropy,
  sparseCategoricalCrossentropyFromLogits,
  tanh,
} as const;
export type OpName = keyof typeof ops;
