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
export { type CallContext, Layer, type LayerOptions, type Shape } from "./layer.ts";
export { Conv2D, type Conv2DOptions } from "./layers/conv2d.ts";
export { Activation, Dropout, Flatten, InputLayer, Reshape } from "./layers/core.ts";
export { Dense, type DenseOptions } from "./layers/dense.ts";
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
export type { Batch, Batches, BatchSource } from "./model/input-data.ts";
export {
  type CompileOptions,
  type EvaluateOptions,
  type FitOptions,
  Sequential,
  type SequentialOptions,
} from "./model/sequential.ts";
export { resetUids } from "./names.ts";
export { Adam, getOptimizer, Optimizer, type OptimizerName, RMSprop, SGD } from "./optimizers.ts";
export { Weight } from "./weight.ts";
