import { CallbackList, type Mode } from "../callbacks/callback-list.ts";
import { History } from "../history.ts";
import { type Output, standardOutput } from "../output.ts";
import { epochTitle, Progress } from "../progress.ts";
import { Averages } from "./averages.ts";
import { type Arrays, type Batch, samplesIn } from "./batch.ts";
import type { ClassWeights } from "./class-weight.ts";
import type { FitOptions } from "./options.ts";
import { type HandedOver, pipeline } from "./pipeline.ts";
import { beginningOf, type FitPosition, startOf } from "./position.ts";
import { ArraySource, type Source } from "./sources.ts";

/** What the loops need of a model. */
export interface Trainer {
  /** `loss` and the metrics: the values of a step, in order. */
  readonly metricsNames: readonly string[];
  /** Set by anyone: the training ends after the step, and the epoch with it. */
  stopTraining: boolean;
  /** Training steps of the model so far. */
  readonly stepsDone: number;
  /** @param onCompile told how many pipelines must be compiled before, if any: the first step's may take seconds */
  trainStep(
    batch: Batch,
    classWeight?: ClassWeights,
    onCompile?: (pipelines: number) => void,
  ): Promise<HandedOver<number[]>>;
  testStep(batch: Batch): Promise<HandedOver<number[]>>;
}

/** Whether an epoch (0-based) is followed by a validation. Keras's `should_run_validation`. */
function isValidated(epoch: number, frequency: number | readonly number[]): boolean {
  return typeof frequency === "number" ? (epoch + 1) % frequency === 0 : frequency.includes(epoch + 1);
}

/** A progress over the steps of a source, or over its samples, as Keras counts those of arrays. */
export function progressOf(
  source: Source,
  verbose: 0 | 1 | 2,
  output: Output,
  from?: { readonly step: number; readonly samples: number },
): Progress {
  const { isTerminal } = output;
  const write = (text: string) => output.write(text);
  const [target, done] =
    source.samples === undefined ? [source.steps, from?.step] : [source.samples, from?.samples];
  return new Progress({ target, from: done, verbose, isTerminal, write });
}

/** Trains epoch by epoch, and validates after each on what is held back for that. */
export async function fit(
  model: Trainer,
  training: Source,
  validation: Arrays | Source | undefined,
  options: FitOptions,
  callbacks = new CallbackList("fit", options.callbacks),
): Promise<History> {
  const { epochs = 1, verbose = 1, validationFreq = 1, classWeight, signal, onCheckpoint } = options;
  const { output = standardOutput(), checkpointSteps = Number.POSITIVE_INFINITY } = options;
  const values = model.metricsNames.length;
  let position = startOf(options, values, training.steps, model.stepsDone);
  const history = new History();
  let told: FitPosition | undefined;
  const checkpoint = async () => {
    if (told !== position) await onCheckpoint?.(position, history);
    told = position;
  };
  /** Ends everything here where the caller has asked for it. */
  const endIfAborted = async (progress?: Progress) => {
    if (!signal?.aborted) return;
    progress?.close();
    await checkpoint();
    throw signal.reason;
  };
  if (verbose > 0 && training.samples !== undefined && validation && "x" in validation) {
    const [held] = validation.x[0].shape;
    output.write(`Train on ${training.samples} samples, validate on ${held} samples\n`);
  }
  await endIfAborted();
  model.stopTraining = false;
  await callbacks.call("onTrainBegin", {});
  while (position.epoch < epochs && !model.stopTraining) {
    const { epoch, step: first } = position;
    if (verbose > 0) output.write(epochTitle(epoch, epochs));
    const progress = progressOf(training, verbose, output, position);
    const averages = new Averages(model.metricsNames, position);
    if (first < training.steps) {
      await unlessAborted(signal, () => training.begin(epoch, model.stepsDone - first));
    }
    await endIfAborted(progress);
    // An epoch that goes on has begun before.
    if (first === 0) await callbacks.call("onEpochBegin", epoch, {});

    // As Keras, which looks after a step, and not before the first.
    while (position.step < training.steps && !(model.stopTraining && position.step > first)) {
      const from = position.step;
      const stepsBefore = epoch * training.steps + from;
      const to = Math.min(training.steps, from + checkpointSteps - (stepsBefore % checkpointSteps));
      await runSteps("Train", training, callbacks, {
        from,
        to,
        isOver: () => model.stopTraining || signal?.aborted === true,
        signal,
        run: (batch) =>
          model.trainStep(batch, classWeight, (pipelines) =>
            progress.note(`compiling ${pipelines} kernels, some seconds …`),
          ),
        logsOf: (results) => namedValues(model.metricsNames, results),
        done: (results, samples, step) => {
          averages.add(results, samples);
          const largestBatch = Math.max(position.largestBatch, samples);
          position = { epoch, step: step + 1, ...averages.sums, largestBatch };
          // The last state waits for the validation.
          if (position.step < training.steps) progress.update(shownOf(training, position), averages.logs());
        },
      });
      await endIfAborted(progress);
      if ((stepsBefore + position.step - from) % checkpointSteps === 0) {
        await checkpoint();
        await endIfAborted(progress);
      }
    }

    const logs = averages.logs();
    const isWhole = position.step === training.steps;
    if (validation && isWhole && isValidated(epoch, validationFreq)) {
      const batchSize = options.batchSize ?? position.largestBatch;
      const source = "x" in validation ? new ArraySource(validation, { batchSize }) : validation;
      const validated = await evaluate(model, source, { callbacks, signal });
      await endIfAborted(progress);
      Object.assign(logs, validated.logs("val_"));
    }
    progress.update(shownOf(training, position), logs, true);
    await callbacks.call("onEpochEnd", epoch, logs);
    history.add(epoch, logs);
    position = beginningOf(epoch + 1, values, position.largestBatch);
    await checkpoint();
    await endIfAborted();
  }
  await callbacks.call("onTrainEnd", {});
  return history;
}

const shownOf = ({ samples }: Source, position: FitPosition) =>
  samples === undefined ? position.step : position.samples;

const namedValues = (names: readonly string[], values: readonly number[]) =>
  Object.fromEntries(names.map((name, i) => [name, values[i]]));

export interface EvaluateLoopOptions {
  readonly progress?: Progress;
  readonly callbacks?: CallbackList;
  /** Ends it early: what comes back then is of a part alone. */
  readonly signal?: AbortSignal;
}

/** Loss and metrics over a source, dropout off. */
export async function evaluate(
  model: Trainer,
  source: Source,
  { progress, callbacks = new CallbackList("evaluate"), signal }: EvaluateLoopOptions = {},
): Promise<Averages> {
  const averages = new Averages(model.metricsNames);
  let shown = 0;
  await callbacks.call("onTestBegin", {});
  await unlessAborted(signal, () => source.begin(0, 0));
  await runSteps("Test", source, callbacks, {
    to: source.steps,
    isOver: () => signal?.aborted === true,
    signal,
    run: (batch) => model.testStep(batch),
    logsOf: (results) => namedValues(model.metricsNames, results),
    done: (results, samples) => {
      averages.add(results, samples);
      shown += source.samples === undefined ? 1 : samples;
      progress?.update(shown);
    },
  });
  if (!signal?.aborted) await callbacks.call("onTestEnd", {});
  return averages;
}

/** What the loops have in common. */
export interface Steps<T> {
  /** The first step. Default 0. */
  readonly from?: number;
  /** The step before which it ends. */
  readonly to: number;
  /** Asked before each step but the first. */
  readonly isOver?: () => boolean;
  readonly signal?: AbortSignal;
  readonly run: (batch: Batch) => Promise<HandedOver<T>>;
  /** What a hook is told of a step's results. */
  readonly logsOf: (results: T) => object;
  readonly done: (results: T, samples: number, step: number) => void;
}

/** Runs the steps of a pass, with the hooks around each; one at a time where there are any. */
export async function runSteps<T>(
  mode: Mode,
  source: Source,
  callbacks: CallbackList,
  { from = 0, to, isOver, signal, run, logsOf, done }: Steps<T>,
): Promise<void> {
  const hasHooks = callbacks.hasBatchHooks(mode);
  await pipeline<T>(
    to,
    async (step) => {
      if (step > from && isOver?.()) return undefined;
      const batch = await unlessAborted(signal, () => source.next(step));
      if (!batch) return undefined;
      if (hasHooks)
        await callbacks.call(`on${mode}BatchBegin`, step, { batch: step, size: samplesIn(batch) });
      return run(batch);
    },
    async (results, samples, step) => {
      done(results, samples, step);
      if (!hasHooks) return;
      await callbacks.call(`on${mode}BatchEnd`, step, { batch: step, size: samples, ...logsOf(results) });
    },
    { from, oneAtATime: hasHooks },
  );
}

/** What `take` gives; nothing where it fails because of the signal: batches may come from one that heeds it too. */
async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  take: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await take();
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  }
}

/**
 * Cuts the last share off arrays, as they are before they are shuffled.
 * @returns the number of samples that are left
 * @throws where nothing is left of either part
 */
export function splitAt(samples: number, validationSplit: number): number {
  if (!(validationSplit > 0 && validationSplit < 1)) {
    throw new Error(`[fit] validationSplit must be above 0 and below 1, got ${validationSplit}.`);
  }
  const left = Math.trunc(samples * (1 - validationSplit));
  if (left === 0 || left === samples) {
    throw new Error(
      `[fit] a validationSplit of ${validationSplit} leaves ${left} of ${samples} samples to train on: both parts need some.`,
    );
  }
  return left;
}
