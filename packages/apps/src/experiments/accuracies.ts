/** What a training came to, in the words and rows of its report. */
import type { ClaimRow, Results } from "./experiment.ts";

const percent = (share: number | undefined): string =>
  share === undefined ? "not measured" : `${(100 * share).toFixed(1)} %`;
const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((a, b) => a + b) / values.length;

/** The mean validation accuracy of the last five epochs. */
export const lastFive = ({ history }: Pick<Results, "history">): number | undefined =>
  mean((history.val_acc ?? []).slice(-5));

/** The numbers by which an experiment with a base is judged. */
function accuraciesOf(results: Results) {
  const { history, test } = results;
  const validation = history.val_acc ?? [];
  const best = validation.length === 0 ? undefined : Math.max(...validation);
  return {
    training: history.acc?.at(-1),
    best,
    bestEpoch: best === undefined ? 0 : validation.indexOf(best) + 1,
    lastFive: lastFive(results),
    /** How many epochs `lastFive` is the mean of. */
    epochs: Math.min(5, validation.length),
    test: test?.acc,
  };
}

const lastEpochs = (count: number): string => (count === 1 ? "last epoch" : `last ${count} epochs`);

/** One sentence: the validation at its best and at its end, the training, the test. */
export function measuredAccuracies(results: Results): string {
  const { training, best, bestEpoch, lastFive: end, epochs, test } = accuraciesOf(results);
  const tested = test === undefined ? "" : `; test accuracy ${percent(test)}`;
  return (
    `Validation accuracy ${percent(end)} in the ${lastEpochs(epochs)}, ${percent(best)} at its best (epoch ${bestEpoch}); ` +
    `training accuracy ${percent(training)} in the last epoch${tested}.`
  );
}

/** The same beside what is claimed of each. */
export function accuracyRows(
  results: Results,
  claimed: { readonly validation: string; readonly training: string; readonly test: string },
): ClaimRow[] {
  const { training, best, lastFive: end, epochs, test } = accuraciesOf(results);
  const nothing = "-";
  return [
    {
      what: `validation accuracy, ${lastEpochs(epochs)}`,
      claimed: claimed.validation,
      measured: percent(end),
    },
    { what: "validation accuracy, best epoch", claimed: nothing, measured: percent(best) },
    { what: "training accuracy, last epoch", claimed: claimed.training, measured: percent(training) },
    { what: "test accuracy", claimed: claimed.test, measured: percent(test) },
  ];
}

/** Points by which the training must be ahead of the validation for it to be called overfitting. */
const AHEAD = 10;

/** A sentence: whether the training was ahead of the validation over the last five epochs. */
export function overfitting({ history }: Results): string {
  const [training, validation] = ["acc", "val_acc"].map((key) => mean((history[key] ?? []).slice(-5)));
  if (training === undefined || validation === undefined) return "";
  const points = 100 * (training - validation);
  if (points >= AHEAD) return `It overfits: training accuracy is ${points.toFixed(0)} points above.`;
  return `It does not overfit: training accuracy is ${Math.abs(points).toFixed(1)} points ${points < 0 ? "below" : "above"}.`;
}
