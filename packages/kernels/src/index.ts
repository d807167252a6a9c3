export type { FusedActivation } from "./activation/activation.ts";
export {
  addBackward,
  addForward,
  type Extreme,
  extremeBackward,
  extremeForward,
  multiplyBackward,
  multiplyForward,
  subtractBackward,
  subtractForward,
} from "./arithmetic/arithmetic.ts";
export { type AugmentOptions, augment, fillModes, type PictureAugmentation } from "./augment/index.ts";
export { avgPool2dBackward, avgPool2dForward } from "./avgpool2d/avgpool2d.ts";
export {
  type BatchNormNeeds,
  type BatchNormWeights,
  batchMoments,
  batchNormBackward,
  batchNormForward,
  type Moments,
  movingAverage,
} from "./batchnorm/batchnorm.ts";
export { type BentReluOptions, bentReluBackward, bentReluForward } from "./bent-relu/bent-relu.ts";
export { biasGradient } from "./bias-gradient/bias-gradient.ts";
export { type Ceilings, measureCeilings } from "./ceiling/ceiling.ts";
export { clipByNorm, clipByValue } from "./clip/clip.ts";
export { concatenate, slice } from "./concatenate/concatenate.ts";
export { conv2dBackwardFilter, conv2dBackwardFilterPass } from "./conv2d/backward-filter.ts";
export { conv2dBackwardInput, conv2dBackwardInputPass } from "./conv2d/backward-input.ts";
export { conv2dForward, conv2dForwardPass } from "./conv2d/forward.ts";
export {
  type Conv2dGeometry,
  type Conv2dOptions,
  conv2dConstants as conv2dConstantNames,
  conv2dGeometry,
  type Padding,
} from "./conv2d/geometry.ts";
export {
  type GroupedConv2dGeometry,
  groupedConv2dBackwardFilter,
  groupedConv2dBackwardInput,
  groupedConv2dForward,
  groupedConv2dGeometry,
} from "./conv2d/groups.ts";
export { type CurveOptions, curveBackward, curveForward, curveKinds, selu } from "./curves/curves.ts";
export { denseBackwardInput, denseBackwardInputPass } from "./dense/backward-input.ts";
export { denseBackwardWeights, denseBackwardWeightsPass } from "./dense/backward-weights.ts";
export { denseForward, denseForwardPass } from "./dense/forward.ts";
export { type DenseGeometry, denseGeometry } from "./dense/geometry.ts";
export {
  depthwiseConv2dBackwardFilter,
  depthwiseConv2dBackwardInput,
  depthwiseConv2dForward,
} from "./depthwise-conv2d/depthwise-conv2d.ts";
export {
  type DepthwiseConv2dGeometry,
  type DepthwiseConv2dOptions,
  depthwiseConv2dGeometry,
} from "./depthwise-conv2d/geometry.ts";
export type { AdapterInfo } from "./device/adapter-info.ts";
export { Device, type DeviceOptions, type Launch, readingBytes, readingsAtOnce } from "./device/device.ts";
export { pollHot, waitGently } from "./device/gentle-polling.ts";
export { gridFor } from "./device/grid.ts";
export { type Binding, defineKernel, type Kernel, type StepField } from "./device/kernel.ts";
export {
  bufferBytes,
  bufferSize,
  type DeviceArray,
  type Scope,
  StepMemory,
} from "./device/memory.ts";
export type { Created } from "./device/pipelines.ts";
export type { KernelCall, KernelTime, Profile } from "./device/profile.ts";
export {
  bytesOf,
  type DataType,
  formatShape,
  type NdArray,
  reshaped,
  sizeOf,
  type Tensor,
  type TensorData,
} from "./device/tensor.ts";
export { namingTooLarge, TensorTooLarge } from "./device/tensor-too-large.ts";
export { type DropoutOptions, dropoutBackward, dropoutForward } from "./dropout/dropout.ts";
export {
  globalAveragePool2dBackward,
  globalAveragePool2dForward,
  globalMaxPool2dBackward,
  globalMaxPool2dForward,
} from "./global-pool/global-pool.ts";
export {
  binaryCrossentropyBackward,
  binaryCrossentropyForward,
  binaryCrossentropyFromLogitsBackward,
  binaryCrossentropyFromLogitsForward,
  binaryCrossentropyKeras224Backward,
  binaryCrossentropyKeras224Forward,
} from "./losses/binary-crossentropy/binary-crossentropy.ts";
export {
  categoricalCrossentropyBackward,
  categoricalCrossentropyForward,
  categoricalCrossentropyFromLogitsBackward,
  categoricalCrossentropyFromLogitsForward,
} from "./losses/categorical-crossentropy/categorical-crossentropy.ts";
export {
  meanSquaredErrorBackward,
  meanSquaredErrorForward,
} from "./losses/mean-squared-error/mean-squared-error.ts";
export {
  categoricalHingeBackward,
  categoricalHingeForward,
  cosineProximityBackward,
  cosineProximityForward,
} from "./losses/row-losses/row-losses.ts";
export {
  sparseCategoricalCrossentropyBackward,
  sparseCategoricalCrossentropyForward,
  sparseCategoricalCrossentropyFromLogitsBackward,
  sparseCategoricalCrossentropyFromLogitsForward,
} from "./losses/sparse-categorical-crossentropy/sparse-categorical-crossentropy.ts";
export {
  type ValueLossKind,
  type ValueLossOptions,
  valueLossBackward,
  valueLossForward,
  valueLossKinds,
} from "./losses/value-losses/value-losses.ts";
export { maxPool2dBackward, maxPool2dForward } from "./maxpool2d/maxpool2d.ts";
export { meanOf, weighSamples } from "./mean/mean.ts";
export { binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy } from "./metrics/metrics.ts";
export { type AdadeltaOptions, adadeltaUpdate } from "./optimizers/adadelta.ts";
export { type AdagradOptions, adagradUpdate } from "./optimizers/adagrad.ts";
export { type AdamOptions, adamUpdate } from "./optimizers/adam.ts";
export { type AdamaxOptions, adamaxUpdate } from "./optimizers/adamax.ts";
export { type NadamOptions, nadamMomentum, nadamUpdate } from "./optimizers/nadam.ts";
export { type RmspropOptions, rmspropUpdate } from "./optimizers/rmsprop.ts";
export { type SgdOptions, sgdUpdate } from "./optimizers/sgd.ts";
export { pad2d, pad2dBackward, pad2dShape, type Sides } from "./pad2d/pad2d.ts";
export { type PenaltyOptions, penaltyBackward, penaltyForward, squaredNorm } from "./penalty/penalty.ts";
export { keyFromSeed, type Purpose, philox4x32, RandomStream } from "./philox/index.ts";
export { type Pool2dGeometry, type Pool2dOptions, pool2dGeometry } from "./pool2d/geometry.ts";
export { reluBackward, reluForward } from "./relu/relu.ts";
export { rescale } from "./rescale/rescale.ts";
export { sigmoidBackward, sigmoidForward } from "./sigmoid/sigmoid.ts";
export { softmaxBackward, softmaxForward } from "./softmax/softmax.ts";
export { tanhBackward, tanhForward } from "./tanh/tanh.ts";
export {
  type Upsample2dOptions,
  upsample2dBackward,
  upsample2dForward,
} from "./upsample2d/upsample2d.ts";
export {
  type KernelChoice,
  kernelChoices,
  mixedVariantNames,
  type Precision,
  precisions,
  type VariantName,
  variantNames,
} from "./variants/kernel-choice.ts";
export { type AnyPass, chooseVariant, type Pass, passKey, type Variant } from "./variants/pass.ts";
export {
  type TunedPass,
  type TuneOptions,
  type TuningReport,
  tuneDevice,
  type VariantResult,
} from "./variants/tune.ts";
export { type Answer, Tuning } from "./variants/tuning.ts";
