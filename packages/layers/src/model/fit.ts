import { History } from "../history.ts";
import { type Output, standardOutput } from "../output.ts";
import { epochTitle, Progress } from "../progress.ts";
import { Averages } from "./averages.ts";
import type { Arrays, Batch } from "./batch.ts";
import type { ClassWeights } from "./class-weight.ts";
import type { FitOptions } from "./options.ts";
import { type HandedOver, pipeline } from "./pipeline.ts";
import { ArraySource, type Source } from "./sources.ts";

/** What the loops need of a model. */
export interface Trainer {
  /** `loss` and the metrics: the values of a step, in order. */
  readonly metricsNames: readonly string[];
  /** Training steps of the model so far. */
  stepsDone(): number;
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
export function progressOf(source: Source, verbose: 0 | 1 | 2, output: Output): Progress {
  const { isTerminal } = output;
  const write = (text: string) => output.write(text);
  return new Progress({ target: source.samples ?? source.steps, verbose, isTerminal, write });
}

/** Trains epoch by epoch, and validates after each on what is held back for that. */
export async function fit(
  model: Trainer,
  training: Source,
  validation: Arrays | Source | undefined,
  options: FitOptions,
): Promise<History> {
  const { epochs = 1, initialEpoch = 0, verbose = 1, validationFreq = 1, classWeight } = options;
  const { output = standardOutput() } = options;
  if (verbose > 0 && training.samples !== undefined && validation && "x" in validation) {
    const [held] = validation.x[0].shape;
    output.write(`Train on ${training.samples} samples, validate on ${held} samples\n`);
  }
  const history = new History();
  const target = training.samples ?? training.steps;
  let largestBatch = 0;
  for (let epoch = initialEpoch; epoch < epochs; epoch++) {
    if (verbose > 0) output.write(epochTitle(epoch, epochs));
    const progress = progressOf(training, verbose, output);
    const averages = new Averages(model.metricsNames);
    let shown = 0;
    training.begin(epoch, model.stepsDone());
    await pipeline(
      training.steps,
      async (step) =>
        model.trainStep(await training.next(step), classWeight, (pipelines) =>
          progress.note(`compiling ${pipelines} kernels, some seconds …`),
        ),
      (values, samples) => {
        averages.add(values, samples);
        largestBatch = Math.max(largestBatch, samples);
        shown += training.samples === undefined ? 1 : samples;
        // The last state waits for the validation.
        if (shown < target) progress.update(shown, averages.logs());
      },
    );
    const logs = averages.logs();
    if (validation && isValidated(epoch, validationFreq)) {
      const source =
        "x" in validation
          ? new ArraySource(validation, { batchSize: options.batchSize ?? largestBatch })
          : validation;
      Object.assign(logs, (await evaluate(model, source)).logs("val_"));
    }
    progress.update(target, logs);
    history.add(epoch, logs);
    await options.onEpochEnd?.(epoch, logs);
  }
  return history;
}

/** Loss and metrics over a source, dropout off. */
export async function evaluate(model: Trainer, source: Source, progress?: Progress): Promise<Averages> {
  const averages = new Averages(model.metricsNames);
  let shown = 0;
  source.begin(0, 0);
  await pipeline(
    source.steps,
    async (step) => model.testStep(await source.next(step)),
    (values, samples) => {
      averages.add(values, samples);
      shown += source.samples === undefined ? 1 : samples;
      progress?.update(shown);
    },
  );
  return averages;
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
