import type { TrainingHistory } from "./training-history.ts";

/** A curve in four numbers. */
export interface Outcome {
  readonly best: number;
  /** Counted from 1. */
  readonly bestEpoch: number;
  /** The mean of the last five epochs, or of all where there are fewer. */
  readonly lastFive: number;
  readonly final: number;
}

const LAST = 5;

/** The name of a history's accuracy: `acc`, or Keras's longer name for it; undefined where there is none. */
export const accuracyKey = ({ history }: TrainingHistory): string | undefined =>
  ["acc", "accuracy"].find((key) => key in history);

/**
 * What an accuracy came to.
 * @returns undefined where it was not measured. Epochs without a finite value are never the best.
 */
export function outcomeOf({ epoch, history }: TrainingHistory, key: string): Outcome | undefined {
  const values = history[key] ?? [];
  if (values.length === 0) return undefined;
  const finite = values.filter(Number.isFinite);
  const best = finite.length === 0 ? Number.NaN : finite.reduce((a, b) => Math.max(a, b));
  const last = values.slice(-LAST);
  return {
    best,
    bestEpoch: finite.length === 0 ? Number.NaN : epoch[values.indexOf(best)] + 1,
    lastFive: last.reduce((sum, value) => sum + value, 0) / last.length,
    final: values[values.length - 1],
  };
}

/** A value of a history, as Keras prints it. */
export function valueText(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return value === undefined ? "–" : "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "infinite" : "−infinite";
  return (Math.abs(value) > 1e-3 && Math.abs(value) < 1e6) || value === 0
    ? value.toFixed(4)
    : value.toExponential(4);
}
