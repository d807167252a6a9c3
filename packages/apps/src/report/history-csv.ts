import type { TrainingHistory } from "./training-history.ts";

/**
 * A run as a table, as Keras 2's CSVLogger writes it: `epoch` (from 0) and the values in sorted order, numbers as
 * Python's `repr`, lines ended by `\r\n`, `NA` where an epoch lacks a value.
 */
export function historyCsv({ epoch, history }: TrainingHistory): string {
  const names = Object.keys(history).sort();
  const rows = epoch.map((index, i) => [index, ...names.map((name) => formatCell(history[name][i]))]);
  return [["epoch", ...names], ...rows].map((cells) => `${cells.join(",")}\r\n`).join("");
}

function formatCell(value: number | undefined): string {
  return value === undefined ? "NA" : pythonRepr(value);
}

/**
 * A float as Python's `repr`: the shortest digits that read back the same, as in JavaScript, but `1.0` for 1, and
 * an exponent below 1e-4 and from 1e16 on.
 */
function pythonRepr(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
