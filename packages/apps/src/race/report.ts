import type { AdapterInfo } from "@convscope/kernels";
import { COLUMNS, wrapped } from "../report/wrapped.ts";
import type { Comparison } from "./agreement.ts";
import type { Milliseconds } from "./timing.ts";
import type { Workload } from "./workloads.ts";

/** A row of the result, as `--json` has it. */
export type Row =
  | {
      readonly workload: string;
      readonly competitor: string;
      readonly milliseconds: Milliseconds;
      /** Null where there is nothing to multiply. */
      readonly gflops: number | null;
      /** The competitor's median over ours. */
      readonly ratio: number;
    }
  | {
      readonly workload: string;
      readonly competitor: string;
      readonly milliseconds: null;
      readonly gflops: null;
      readonly ratio: null;
      /** Why there is no time. */
      readonly cannot: string;
    };

export interface RaceResult {
  readonly adapter: AdapterInfo;
  readonly versions: Readonly<Record<string, string>>;
  readonly results: readonly Row[];
}

/** What the text has beside a row. */
export interface Shown {
  readonly row: Row;
  /** Timed runs. */
  readonly runs: number;
}

/** @param ours our median */
export function timedRow(
  { name, gflop }: Workload,
  competitor: string,
  milliseconds: Milliseconds,
  ours: number,
): Row {
  return {
    workload: name,
    competitor,
    milliseconds,
    gflops: gflop > 0 ? gflop / (milliseconds.median / 1000) : null,
    ratio: milliseconds.median / ours,
  };
}

export const cannotRow = ({ name }: Workload, competitor: string, cannot: string): Row => ({
  workload: name,
  competitor,
  milliseconds: null,
  gflops: null,
  ratio: null,
  cannot,
});

const NAME = 20;

/** A workload's heading: what it is, and how well all agree. */
export function headingOf(
  { name, batch, gflop }: Workload,
  times: number,
  worst: Comparison | undefined,
): string[] {
  const size = gflop > 0 ? `, ${significant(gflop)} GFLOP` : "";
  const dispatches = times > 1 ? `, ${times} dispatches a run` : "";
  const agreement = worst
    ? `  largest difference ${exponential(worst.difference)}, allowed ${exponential(worst.tolerance)}`
    : "";
  return [`${name}: batch ${batch}${size}${dispatches}`, ...(agreement ? [agreement] : [])];
}

export const columnsLine =
  `  ${"".padEnd(NAME)}${"median ms".padStart(11)}${"min to max".padStart(21)}` +
  `${"runs".padStart(6)}${"GFLOP/s".padStart(9)}${"ratio".padStart(8)}`;

/** A competitor's line; a long reason goes on below. */
export function linesOf({ row, runs }: Shown): string[] {
  const name = `  ${row.competitor.padEnd(NAME)}`;
  if (row.milliseconds === null) {
    return wrapped(`cannot: ${row.cannot}`, COLUMNS - name.length - 1).map(
      (line, i) => `${i === 0 ? name : " ".repeat(name.length)} ${line}`,
    );
  }
  const { median, min, max } = row.milliseconds;
  return [
    `${name}${decimal(median).padStart(11)}${`${decimal(min)} to ${decimal(max)}`.padStart(21)}` +
      `${String(runs).padStart(6)}${(row.gflops === null ? "-" : significant(row.gflops)).padStart(9)}` +
      `${row.ratio.toFixed(2).padStart(8)}`,
  ];
}

const decimal = (value: number) => value.toFixed(value < 100 ? 2 : value < 1000 ? 1 : 0);
const significant = (value: number) =>
  value < 1 ? value.toPrecision(2) : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
const exponential = (value: number) => (value === 0 ? "0" : value.toExponential(1));
