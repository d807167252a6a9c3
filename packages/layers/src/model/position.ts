import { checkCount } from "../options.ts";
import type { FitOptions } from "./options.ts";

/**
 * Where a `fit` stands between two steps: plain data, JSON keeps it exactly. With the model's file (weights, optimizer,
 * `stepsDone`, seed) it is all that `fit` needs to go on to the same bits. The batches are the caller's: an iterator
 * that is handed in must stand where it stood, the training's after `epoch · stepsPerEpoch + step` batches, the
 * validation's after those of the epochs before.
 */
export interface FitPosition {
  /** The epoch it is in, counted from 0. */
  readonly epoch: number;
  /** Steps done in it. After the last one the epoch's validation is still to come. */
  readonly step: number;
  /** Samples in these steps. */
  readonly samples: number;
  /** The sums over these steps of loss and metrics, each times the samples of its batch. */
  readonly sums: readonly number[];
  /** Samples of the largest batch so far: as large are those of a validation on arrays. */
  readonly largestBatch: number;
}

/** Where an epoch begins. */
export function beginningOf(epoch: number, values: number, largestBatch: number): FitPosition {
  return { epoch, step: 0, samples: 0, sums: Array(values).fill(0), largestBatch };
}

/**
 * Where a fit is to begin.
 * @param values numbers that a step tells: loss and metrics
 * @param steps batches an epoch
 * @param stepsDone training steps of the model before
 * @throws for a position that cannot be this training's
 */
export function startOf(
  { position, initialEpoch }: FitOptions,
  values: number,
  steps: number,
  stepsDone: number,
): FitPosition {
  if (!position) return beginningOf(initialEpoch ?? 0, values, 0);
  if (initialEpoch !== undefined) {
    throw new Error("[fit] position and initialEpoch both say where to begin: give one of them.");
  }
  const { epoch, step, samples, largestBatch } = position;
  for (const [name, value] of Object.entries({ epoch, step, samples, largestBatch })) {
    checkCount("fit", `position.${name}`, value, 0);
  }
  if (position.sums?.length !== values) {
    throw new Error(
      `[fit] position.sums holds ${position.sums?.length} values, but this model tells ${values}, loss and metrics: ` +
        "the position is another training's.",
    );
  }
  if (step > steps) {
    throw new Error(
      `[fit] position.step is ${step}, but an epoch has ${steps} steps: the batches are others.`,
    );
  }
  if (step > stepsDone) {
    throw new Error(
      `[fit] position.step is ${step}, but the model has done ${stepsDone} steps in all: load the model that was saved ` +
        "with this position, or give its number to resumeAt.",
    );
  }
  // What was not a number JSON made null.
  return { ...position, sums: position.sums.map((sum) => sum ?? Number.NaN) };
}
