import { conv2d } from "./conv2d.ts";
import { dense } from "./dense.ts";
import { add, dropout, relu, reshape, sigmoid, softmax, tanh } from "./elementwise.ts";
import { avgPool2d, globalAveragePool2d, globalMaxPool2d, maxPool2d } from "./pooling.ts";

/** Every op that a tape can record. The gradient-check table is typed by these names: one without a check does not compile. */
export const ops = {
  add,
  avgPool2d,
  conv2d,
  dense,
  dropout,
  globalAveragePool2d,
  globalMaxPool2d,
  maxPool2d,
  relu,
  reshape,
  sigmoid,
  softmax,
  tanh,
} as const;
export type OpName = keyof typeof ops;
