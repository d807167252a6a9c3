export type { ActivationName } from "./activations.ts";
export { History } from "./history.ts";
export {
  constant,
  getInitializer,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  lecunNormal,
  lecunUniform,
  ones,
  randomNormal,
  randomUniform,
  truncatedNormal,
  varianceScaling,
  zeros,
} from "./initializers.ts";
export {
  type CallContext,
  Layer,
  type LayerConfig,
  type LayerOptions,
  MergeLayer,
  type Shape,
} from "./layer.ts";
export { Conv2D, type Conv2DOptions } from "./layers/conv2d.ts";
export {
  Activation,
  type ActivationOptions,
  Dropout,
  type DropoutOptions,
  Flatten,
  Reshape,
  type ReshapeOptions,
} from "./layers/core.ts";
export { Dense, type DenseOptions } from "./layers/dense.ts";
export { InputLayer, type InputOptions, input } from "./layers/input.ts";
export type { PictureLayerOptions } from "./layers/options.ts";
export {
  AveragePooling2D,
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  MaxPooling2D,
  type Pooling2DOptions,
} from "./layers/pooling.ts";
export {
  type BinaryCrossentropyOptions,
  binaryCrossentropy,
  categoricalCrossentropy,
  getLoss,
  type Loss,
  type LossName,
  meanSquaredError,
  sparseCategoricalCrossentropy,
} from "./losses.ts";
export { getMetric, type Metric, type NamedMetric } from "./metrics.ts";
export type { Batch, Several } from "./model/batch.ts";
export type { ClassWeight, ClassWeights } from "./model/class-weight.ts";
export { type GraphOptions, Model } from "./model/model.ts";
export type {
  CompileOptions,
  EvaluateOptions,
  FitOptions,
  ModelOptions,
  OnBatchOptions,
  PredictOptions,
  SummaryPrintOptions,
  TrainOnBatchOptions,
  ValidationArrays,
} from "./model/options.ts";
export { Sequential } from "./model/sequential.ts";
export type { Batches, BatchSource } from "./model/sources.ts";
export { resetUids } from "./names.ts";
export {
  Adam,
  type AdamOptions,
  getOptimizer,
  Optimizer,
  type OptimizerName,
  type OptimizerOptions,
  RMSprop,
  type RMSpropOptions,
  SGD,
  type SGDOptions,
} from "./optimizers.ts";
export type { Output } from "./output.ts";
export { Node, SymbolicTensor } from "./symbolic.ts";
export { Weight, type WeightOptions } from "./weight.ts";
