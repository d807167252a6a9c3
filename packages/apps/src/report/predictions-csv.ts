import { type Predictions, predictionsOf } from "./mistakes.ts";

/**
 * What a model says of every picture, a line each: `split,file,label,predicted,probability`; the probability is that of
 * the predicted class. Lines end as in `history.csv`.
 */
export function predictionsCsv(splits: readonly Predictions[]): string {
  const rows = splits.flatMap((given) =>
    predictionsOf(given).map(({ file, label, predicted, probability }) => [
      given.split,
      file,
      label,
      predicted,
      Number.isNaN(probability) ? "nan" : String(probability),
    ]),
  );
  return [["split", "file", "label", "predicted", "probability"], ...rows]
    .map((cells) => `${cells.map(cell).join(",")}\r\n`)
    .join("");
}

/** As RFC 4180 has it. */
const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
