import { ops, Tape, type Variable } from "@convscope/autograd";
import { binaryAccuracy, categoricalAccuracy, type Device, type NdArray, sizeOf } from "@convscope/kernels";
import { upload } from "@convscope/kernels/testing";
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  getMetric,
  type Loss,
  meanSquaredError,
  sparseCategoricalCrossentropy,
} from "@convscope/layers";
