import { type Ceilings, formatShape } from "@convscope/kernels";
import { type KernelRow, type Row, ratesOf, sum } from "./rows.ts";

/** What takes less than this share of the step has no line of its own. */
const LEAST_SHARE = 0.005;

const NAME_WIDTH = 36;

/**
 * The kernels of a step as a table of 80 columns: a line a kernel, below it one for each of the shapes that it writes, and
 * what is left of the step.
 */
export function tableOf(kernels: readonly KernelRow[], ceilings: Ceilings, step: number): string[] {
  const isSeen = ({ milliseconds }: Row) => milliseconds >= LEAST_SHARE * step;
  const rated = (name: string, row: Row) => {
    const { gflops, gigabytesPerSecond, boundBy, shareOfCeiling } = ratesOf(row, ceilings);
    const rate = boundBy === "gflops" ? `${digits(gflops)} GFLOP/s` : `${digits(gigabytesPerSecond)} GB/s`;
    return line(
      name,
      row.calls,
      digits(row.milliseconds),
      percent(row.milliseconds / step),
      rate,
      percent(shareOfCeiling),
    );
  };
  const plain = (name: string, calls: number | string, milliseconds: number) =>
    line(name, calls, digits(milliseconds), percent(milliseconds / step));

  const lines = [line("kernel, and the shape that it writes", "calls", "ms", "step", "rate", "ceiling")];
  for (const row of kernels.filter(isSeen)) {
    const [{ shape }, ...others] = row.shapes;
    if (others.length === 0) {
      const inOne = `${row.kernel} ${formatShape(shape)}`;
      if (inOne.length <= NAME_WIDTH) lines.push(rated(inOne, row));
      else lines.push(rated(row.kernel, row), `  ${formatShape(shape)}`);
      continue;
    }
    lines.push(rated(row.kernel, row));
    for (const ofShape of row.shapes.filter(isSeen)) {
      lines.push(rated(`  ${formatShape(ofShape.shape)}`, ofShape));
    }
  }
  const small = kernels.filter((row) => !isSeen(row));
  const total = (rows: readonly Row[], what: "calls" | "milliseconds") => sum(rows.map((row) => row[what]));
  if (small.length > 0) {
    const name = `${small.length} other ${small.length === 1 ? "kernel" : "kernels"}`;
    lines.push(plain(name, total(small, "calls"), total(small, "milliseconds")));
  }
  const all = total(kernels, "milliseconds");
  lines.push(plain("all kernels", total(kernels, "calls"), all));
  lines.push(plain("the rest of the step", "", step - all));
  return lines;
}

function line(
  name: string,
  calls: number | string,
  milliseconds: string,
  step: string,
  rate = "",
  ceiling = "",
): string {
  const cells = [
    name.length > NAME_WIDTH ? `${name.slice(0, NAME_WIDTH - 1)}…` : name.padEnd(NAME_WIDTH),
    String(calls).padStart(6),
    milliseconds.padStart(8),
    step.padStart(8),
    rate.padStart(14),
    ceiling.padStart(8),
  ];
  return cells.join("").trimEnd();
}

/** Three digits, and no fewer than stand before the point. */
export function digits(value: number): string {
  const decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return value.toFixed(decimals);
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
