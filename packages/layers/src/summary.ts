import { formatTuple } from "./python-format.ts";

/** With the batch first, `null` where not known: `[null, 148, 148, 32]`. */
export type BatchShape = readonly (number | null)[];

/** A layer's row of the summary. */
export interface SummaryRow {
  name: string;
  /** Keras's class name, such as `Conv2D`; of a nested model `Model` or `Sequential`. */
  className: string;
  /** A list of them where it gives several tensors; `multiple` where its calls differ. */
  outputShape: BatchShape | readonly BatchShape[] | "multiple";
  parameters: number;
  /** The tensors that its calls take: `input_1[0][0]`. Shown where the model has branches. */
  connectedTo?: readonly string[];
}

export interface SummaryOptions {
  /** The model's name. */
  name: string;
  rows: readonly SummaryRow[];
  /** The number of trainable parameters, each weight counted once. */
  trainable: number;
  nonTrainable: number;
  /** The number of parameters that the compiled model trains, where it is another one than `trainable`. */
  trainableWhenCompiled?: number;
  /** Adds a column that says what each layer is connected to. Default false. */
  hasBranches?: boolean;
  /** Characters per line (65; 98 with branches). */
  lineLength?: number;
  /** Where each column ends: as parts of the line ([.45, .85, 1]; [.33, .55, .67, 1] with branches), or in characters. */
  positions?: readonly number[];
}

/**
 * The text of `model.summary()`, byte for byte that of Keras 2.3.1, every line ended by `\n`. Names too long for their column are cut, as Keras cuts them. The total is the sum of the two parts.
 * Source: Keras 2.3.1, utils/layer_utils.py (`print_summary`).
 */
export function formatSummary(options: SummaryOptions): string {
  const { name, rows, trainable, nonTrainable, trainableWhenCompiled, hasBranches = false } = options;
  const { lineLength = hasBranches ? 98 : 65 } = options;
  const { positions: parts = hasBranches ? [0.33, 0.55, 0.67, 1] : [0.45, 0.85, 1] } = options;
  const positions = inCharacters(parts, lineLength);
  const thin = "_".repeat(lineLength);
  const thick = "=".repeat(lineLength);

  const lines = [
    `Model: "${name}"`,
    thin,
    formatRow(
      ["Layer (type)", "Output Shape", "Param #", ...(hasBranches ? ["Connected to"] : [])],
      positions,
    ),
    thick,
  ];
  rows.forEach((row, i) => {
    const cells = [`${row.name} (${row.className})`, formatShapes(row.outputShape), String(row.parameters)];
    const [connected = "", ...others] = hasBranches ? (row.connectedTo ?? []) : [];
    lines.push(formatRow(hasBranches ? [...cells, connected] : cells, positions));
    for (const other of others) lines.push(formatRow(["", "", "", other], positions));
    lines.push(i === rows.length - 1 ? thick : thin);
  });
  lines.push(
    `Total params: ${withThousands(trainable + nonTrainable)}`,
    `Trainable params: ${withThousands(trainable)}`,
    `Non-trainable params: ${withThousands(nonTrainable)}`,
  );
  if (trainableWhenCompiled !== undefined && trainableWhenCompiled !== trainable) {
    lines.push(`Trainable params when compiled: ${withThousands(trainableWhenCompiled)}`);
  }
  lines.push(thin);
  return `${lines.join("\n")}\n`;
}

function formatShapes(shape: SummaryRow["outputShape"]): string {
  if (shape === "multiple") return shape;
  const isOne = (sides: BatchShape | readonly BatchShape[]): sides is BatchShape => !Array.isArray(sides[0]);
  return isOne(shape) ? formatTuple(shape) : `[${shape.map(formatTuple).join(", ")}]`;
}

function inCharacters(positions: readonly number[], lineLength: number): readonly number[] {
  return positions[positions.length - 1] <= 1
    ? positions.map((part) => Math.trunc(lineLength * part))
    : positions;
}

/** Fills each column up to its position; a space always parts two columns, even at the cost of a letter. */
function formatRow(cells: readonly string[], positions: readonly number[]): string {
  let line = "";
  cells.forEach((cell, i) => {
    if (i > 0) line = `${line.slice(0, -1)} `;
    line = (line + cell).slice(0, positions[i]).padEnd(positions[i]);
  });
  return line;
}

function withThousands(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
