export type { ActivationName } from "./activations.ts";
export * from "./applications/index.ts";
export * from "./callbacks/index.ts";
export {
  type Assignment,
  formatInspection,
  type InspectedLayer,
  type InspectedNode,
  type Inspection,
  inspectModelFile,
  type Json,
  type JsonObject,
  type Match,
  type MatchOptions,
  type MatchTarget,
  type ModelFile,
  type ModelFileFormat,
  matchWeights,
  modelFileBytes,
  modelFileFormats,
  readModelFile,
  type SavedLayerWeights,
  type SavedModel,
  type SavedWeight,
  type Statistics,
  type TargetWeight,
  transformWeight,
  type WeightTransform,
  type WritableFormat,
  writeModelFile,
} from "./files/index.ts";
export {
  Adadelta,
  type AdadeltaOptions,
  Adagrad,
  type AdagradOptions,
  Adamax,
  type AdamaxOptions,
  Nadam,
  type NadamOptions,
} from "./further-optimizers.ts";
export { History } from "./history.ts";
export {
  constant,
  getInitializer,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  identity,
  lecunNormal,
  lecunUniform,
  ones,
  orthogonal,
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
export {
  ELU,
  type ELUOptions,
  LeakyReLU,
  type LeakyReLUOptions,
  ReLU,
  type ReLUOptions,
  Rescaling,
  type RescalingOptions,
  Softmax,
  type SoftmaxOptions,
  ThresholdedReLU,
  type ThresholdedReLUOptions,
} from "./layers/activation-layers.ts";
export { BatchNormalization, type BatchNormalizationOptions } from "./layers/batch-normalization.ts";
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
export {
  DepthwiseConv2D,
  type DepthwiseConv2DOptions,
  SeparableConv2D,
  type SeparableConv2DOptions,
} from "./layers/depthwise.ts";
export { InputLayer, type InputOptions, input } from "./layers/input.ts";
export {
  Add,
  Average,
  Concatenate,
  type ConcatenateOptions,
  Maximum,
  Minimum,
  Multiply,
  Subtract,
} from "./layers/merge.ts";
export type { PictureLayerOptions } from "./layers/options.ts";
export {
  Cropping2D,
  type Cropping2DOptions,
  UpSampling2D,
  type UpSampling2DOptions,
  ZeroPadding2D,
  type ZeroPadding2DOptions,
} from "./layers/pictures.ts";
export {
  AveragePooling2D,
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  type GlobalPooling2DOptions,
  MaxPooling2D,
  type Pooling2DOptions,
} from "./layers/pooling.ts";
export { type LayerClass, layerClasses } from "./layers/registry.ts";
export {
  type BinaryCrossentropyOptions,
  binaryCrossentropy,
  categoricalCrossentropy,
  categoricalHinge,
  cosineProximity,
  getLoss,
  type HuberLossOptions,
  hinge,
  huberLoss,
  kullbackLeiblerDivergence,
  type Loss,
  type LossName,
  logcosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
  poisson,
  sparseCategoricalCrossentropy,
  squaredHinge,
} from "./losses.ts";
export { getMetric, type Metric, type NamedMetric } from "./metrics.ts";
export type { Batch, Several } from "./model/batch.ts";
export type { ClassWeight, ClassWeights } from "./model/class-weight.ts";
export { type FromConfigOptions, modelFromConfig } from "./model/from-config.ts";
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
export type { ModelPlan, PlannedTensor, PlanOptions, StepKind } from "./model/plan.ts";
export type { FitPosition } from "./model/position.ts";
export { Sequential } from "./model/sequential.ts";
export type { Batches, BatchSource } from "./model/sources.ts";
export { resetUids } from "./names.ts";
export { getOptimizer, type OptimizerName } from "./optimizer-names.ts";
export {
  Adam,
  type AdamOptions,
  Optimizer,
  type OptimizerOptions,
  RMSprop,
  type RMSpropOptions,
  SGD,
  type SGDOptions,
} from "./optimizers.ts";
export type { Output } from "./output.ts";
export { getRegularizer, l1, l1L2, l2, type Regularizer, type RegularizerName } from "./regularizers.ts";
export { type LoadModelOptions, loadModel } from "./saving/load-model.ts";
export { type LoadWeightsOptions, targetsOf } from "./saving/load-weights.ts";
export { modelBytes, type SaveOptions, type SaveWeightsOptions } from "./saving/save-model.ts";
export { type CallOptions, Node, SymbolicTensor } from "./symbolic.ts";
export { Weight, type WeightOptions } from "./weight.ts";
