import type { NdArray } from "@convscope/kernels";
import type { AnyModel } from "../model/base-model.ts";
import type { Output } from "../output.ts";

/**
 * What a hook is told, by name. At an epoch's end: loss and metrics, and `val_…` of a validation; a callback may add values,
 * which the callbacks after it and the history get too. Around a batch: `batch` and `size`, at its end loss and metrics.
 */
export type Logs = Record<string, number>;

/** The same of a batch of `predict`, at whose end the results are there. */
export interface PredictBatchLogs {
  readonly batch: number;
  readonly size: number;
  readonly outputs?: readonly NdArray[];
}

/** How the run was called, in Keras's words. */
export interface CallbackParams {
  /** For arrays. */
  readonly batchSize?: number;
  /** In `fit`. */
  readonly epochs?: number;
  /** Batches an epoch, or a pass. */
  readonly steps: number;
  /** The same in samples, for arrays. */
  readonly samples?: number;
  readonly verbose: 0 | 1 | 2;
  /** In `fit`. */
  readonly doValidation?: boolean;
  /** The names that are in the logs. */
  readonly metrics: readonly string[];
  /** Where the run writes. */
  readonly output: Output;
}

type Done = void | Promise<void>;

/**
 * What is called between the steps of a training, an evaluation or a prediction; derive from it, and override the hooks
 * that are needed. A hook may be asynchronous: it is waited for.
 *
 * While a callback has hooks around batches, steps run one at a time, and the device waits for each hook.
 */
export class Callback {
  /** The model that runs. Set before the first hook, as is `params`. */
  model!: AnyModel;
  params!: CallbackParams;

  onTrainBegin(_logs: Logs): Done {}
  onTrainEnd(_logs: Logs): Done {}
  /** @param _epoch counted from 0 */
  onEpochBegin(_epoch: number, _logs: Logs): Done {}
  onEpochEnd(_epoch: number, _logs: Logs): Done {}
  /** @param _batch counted from 0 in each epoch */
  onTrainBatchBegin(_batch: number, _logs: Logs): Done {}
  onTrainBatchEnd(_batch: number, _logs: Logs): Done {}
  /** Of an evaluation, also of the validation in a training. */
  onTestBegin(_logs: Logs): Done {}
  onTestEnd(_logs: Logs): Done {}
  onTestBatchBegin(_batch: number, _logs: Logs): Done {}
  onTestBatchEnd(_batch: number, _logs: Logs): Done {}
  onPredictBegin(_logs: Logs): Done {}
  onPredictEnd(_logs: Logs): Done {}
  onPredictBatchBegin(_batch: number, _logs: PredictBatchLogs): Done {}
  onPredictBatchEnd(_batch: number, _logs: PredictBatchLogs): Done {}
}

/** The names of the hooks. */
export type Hook = Exclude<keyof Callback, "model" | "params">;

/** What each of them is given. */
export type HookArguments = { [Name in Hook]: Parameters<Callback[Name]> };
