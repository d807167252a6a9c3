export { Callback, type CallbackParams, type Logs, type PredictBatchLogs } from "./callback.ts";
export { CSVLogger, type CSVLoggerOptions } from "./csv-logger.ts";
export { EarlyStopping, type EarlyStoppingOptions } from "./early-stopping.ts";
export { LambdaCallback, type LambdaCallbackOptions } from "./lambda-callback.ts";
export {
  LearningRateScheduler,
  type LearningRateSchedulerOptions,
  ReduceLROnPlateau,
  type ReduceLROnPlateauOptions,
} from "./learning-rates.ts";
export { ModelCheckpoint, type ModelCheckpointOptions } from "./model-checkpoint.ts";
export type { MonitorMode, MonitorOptions } from "./monitor.ts";
export { TensorBoard, type TensorBoardOptions } from "./tensor-board.ts";
export { TerminateOnNaN } from "./terminate-on-nan.ts";
