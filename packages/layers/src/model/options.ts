import type { Device, NdArray } from "@convscope/kernels";
import type { Callback } from "../callbacks/callback.ts";
import type { History } from "../history.ts";
import type { Loss, LossName } from "../losses.ts";
import type { NamedMetric } from "../metrics.ts";
import type { OptimizerName } from "../optimizer-names.ts";
import type { Optimizer } from "../optimizers.ts";
import { checkCount, type OptionNames } from "../options.ts";
import type { Output } from "../output.ts";
import type { Several } from "./batch.ts";
import type { ClassWeights } from "./class-weight.ts";
import type { PlanOptions } from "./plan.ts";
import type { FitPosition } from "./position.ts";
import type { Batches } from "./sources.ts";

export interface ModelOptions {
  readonly name?: string;
  /** Where the model runs. Default: the first use opens one, which `close()` ends. */
  readonly device?: Device;
  /** For initializers, shuffling and dropout. Default: drawn once; see `seed`. */
  readonly seed?: number;
}
export const modelOptionNames: OptionNames<ModelOptions> = { name: true, device: true, seed: true };

export type LossIdentifier = LossName | (string & {}) | Loss;
export type MetricIdentifier = string | NamedMetric;

export interface CompileOptions {
  readonly optimizer: OptimizerName | (string & {}) | Optimizer;
  /** One for all outputs, or one for each: in order, or by name. */
  readonly loss: LossIdentifier | readonly LossIdentifier[] | Readonly<Record<string, LossIdentifier>>;
  /** By what each output's loss is multiplied before they are added. Default 1. */
  readonly lossWeights?: readonly number[] | Readonly<Record<string, number>>;
  /** For all outputs; or a list of lists, one for each; or by name. Default none. */
  readonly metrics?:
    | readonly (MetricIdentifier | readonly MetricIdentifier[])[]
    | Readonly<Record<string, MetricIdentifier | readonly MetricIdentifier[]>>;
}
export const compileOptionNames: OptionNames<CompileOptions> = {
  optimizer: true,
  loss: true,
  lossWeights: true,
  metrics: true,
};

/** Arrays to validate on: x, y and, where samples are weighed, their weights. */
export type ValidationArrays =
  | readonly [x: Several<NdArray>, y: Several<NdArray>]
  | readonly [x: Several<NdArray>, y: Several<NdArray>, sampleWeight: Several<NdArray | undefined>];

export interface FitOptions {
  /** Samples a step, for arrays. Default 32. */
  readonly batchSize?: number;
  /** The index of the last epoch, counted from 1. Default 1. */
  readonly epochs?: number;
  /** Epochs done before, in an earlier run. Default 0. */
  readonly initialEpoch?: number;
  /** 1: a progress bar. 2: a line an epoch. 0: nothing. Default 1. */
  readonly verbose?: 0 | 1 | 2;
  /** Shuffle arrays before each epoch; `batch`: whole batches. Default true. */
  readonly shuffle?: boolean | "batch";
  /** Batches an epoch. Default: one pass, where the source says its length. */
  readonly stepsPerEpoch?: number;
  /** The share of the arrays, at their end, that is kept for validation. Default 0. */
  readonly validationSplit?: number;
  /** Goes before `validationSplit`. */
  readonly validationData?: ValidationArrays | Batches;
  /** Batches a validation. Default: one pass, where the source says its length. An iterator goes on where it was. */
  readonly validationSteps?: number;
  /** Validate after every so many epochs, or after those of a list, counted from 1. Default 1. */
  readonly validationFreq?: number | readonly number[];
  /** By what the loss of each class's samples is multiplied in training. */
  readonly classWeight?: ClassWeights;
  /** By what the loss of each sample is multiplied in training, [n]; for arrays. */
  readonly sampleWeight?: Several<NdArray | undefined>;
  /** Called between epochs, steps and validations, in order. */
  readonly callbacks?: readonly Callback[];
  /** Where an earlier run stood: it goes on from there. The model, and any iterators, must stand there too. */
  readonly position?: FitPosition;
  /**
   * Called when nothing is under way: after each epoch and its callbacks, after every `checkpointSteps` steps, and when
   * `signal` ends the run. `history` has the epochs of this run.
   */
  readonly onCheckpoint?: (position: FitPosition, history: History) => void | Promise<void>;
  /** Steps, counted through all epochs, between calls of `onCheckpoint` besides those between epochs. Default: none. */
  readonly checkpointSteps?: number;
  /** Ends the run after the step under way: calls `onCheckpoint`, and throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Where the progress goes. Default: standard output. */
  readonly output?: Output;
}
export const fitOptionNames: OptionNames<FitOptions> = {
  batchSize: true,
  epochs: true,
  initialEpoch: true,
  verbose: true,
  shuffle: true,
  stepsPerEpoch: true,
  validationSplit: true,
  validationData: true,
  validationSteps: true,
  validationFreq: true,
  classWeight: true,
  sampleWeight: true,
  callbacks: true,
  position: true,
  onCheckpoint: true,
  checkpointSteps: true,
  signal: true,
  output: true,
};

export interface EvaluateOptions {
  /** Samples a step, for arrays. Default 32. */
  readonly batchSize?: number;
  /** By what the loss of each sample is multiplied, [n]; for arrays. */
  readonly sampleWeight?: Several<NdArray | undefined>;
  /** Batches. Default: one pass, where the source says its length. */
  readonly steps?: number;
  /** Called around it and around its batches, in order. */
  readonly callbacks?: readonly Callback[];
  /** 1: a progress bar. 0: nothing. Default 1. */
  readonly verbose?: 0 | 1;
  /** Where the progress goes. Default: standard output. */
  readonly output?: Output;
}
export const evaluateOptionNames: OptionNames<EvaluateOptions> = {
  batchSize: true,
  sampleWeight: true,
  steps: true,
  callbacks: true,
  verbose: true,
  output: true,
};

export interface PredictOptions extends Omit<EvaluateOptions, "sampleWeight" | "verbose"> {
  /** 1: a progress bar. 0: nothing. Default 0. */
  readonly verbose?: 0 | 1;
}
export const predictOptionNames: OptionNames<PredictOptions> = {
  batchSize: true,
  steps: true,
  callbacks: true,
  verbose: true,
  output: true,
};

export interface OnBatchOptions {
  /** By what the loss of each sample is multiplied, [n]. */
  readonly sampleWeight?: Several<NdArray | undefined>;
}
export const testOnBatchOptionNames: OptionNames<OnBatchOptions> = { sampleWeight: true };

export interface TrainOnBatchOptions extends OnBatchOptions {
  /** By what the loss of each class's samples is multiplied. */
  readonly classWeight?: ClassWeights;
}
export const trainOnBatchOptionNames: OptionNames<TrainOnBatchOptions> = {
  sampleWeight: true,
  classWeight: true,
};

export const planOptionNames: OptionNames<PlanOptions> = { batchSize: true, steps: true, x: true };

export interface SummaryPrintOptions {
  /** Takes the text, line by line. Default: the console. */
  readonly printFn?: (line: string) => void;
  /** Characters per line. Default 65; 98 for a model with branches. */
  readonly lineLength?: number;
  /** Where each column ends: as parts of the line ([.45, .85, 1]), or in characters. */
  readonly positions?: readonly number[];
}
export const summaryOptionNames: OptionNames<SummaryPrintOptions> = {
  printFn: true,
  lineLength: true,
  positions: true,
};

/** @throws for numbers that are none */
export function checkFitOptions({
  epochs = 1,
  initialEpoch = 0,
  verbose = 1,
  validationFreq = 1,
  checkpointSteps = 1,
}: FitOptions): void {
  checkVerbose("fit", verbose, [0, 1, 2]);
  checkCount("fit", "epochs", epochs, 0);
  checkCount("fit", "initialEpoch", initialEpoch, 0);
  checkCount("fit", "checkpointSteps", checkpointSteps);
  for (const epoch of [validationFreq].flat()) checkCount("fit", "validationFreq", epoch);
}

/** @throws for a verbose that is none */
export function checkVerbose(where: string, verbose: number, known: readonly number[]): void {
  if (known.includes(verbose)) return;
  throw new Error(`[${where}] verbose must be ${known.join(" or ")}, got ${JSON.stringify(verbose)}.`);
}

/** @throws where an option is given that is for arrays only, or for batches only, and would do nothing here */
export function checkMode(where: string, options: object, isArrays: boolean): void {
  const forArrays = ["batchSize", "shuffle", "validationSplit", "sampleWeight"];
  const forBatches = ["stepsPerEpoch", "steps"];
  const refused = isArrays ? forBatches : forArrays;
  const given = Object.entries(options).find(
    ([name, value]) => refused.includes(name) && value !== undefined && value !== null,
  );
  if (!given) return;
  const [mine, others] = isArrays
    ? ["arrays", "an iterator of batches"]
    : ["an iterator of batches", "arrays"];
  throw new Error(`[${where}] ${given[0]} is for ${others}, not for ${mine}.`);
}
