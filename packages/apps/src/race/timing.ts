/** How often, and how it is summed up: plain arithmetic. */

export interface Milliseconds {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws for no times */
export function summarize(times: readonly number[]): Milliseconds {
  if (times.length === 0) throw new Error("[race] there are no times to sum up.");
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1] };
}

/** How often they are run, by the milliseconds of one run. */
const MOST_RUNS = 10;
const FEWEST_RUNS = 3;
const BUDGET_MILLISECONDS = 20_000;

/** Timed runs: at least 3 of up to 20 s each, and up to 10; of slower ones 2, and of those above 40 s one. */
export function runsFor(milliseconds: number): number {
  if (milliseconds > 2 * BUDGET_MILLISECONDS) return 1;
  if (milliseconds > BUDGET_MILLISECONDS) return 2;
  return Math.min(MOST_RUNS, Math.max(FEWEST_RUNS, Math.floor(BUDGET_MILLISECONDS / milliseconds)));
}

const SHORT_MILLISECONDS = 20;
const MOST_TIMES = 20;

/** How often a pass is dispatched before it is waited for: so that the fastest competitor has 20 ms to do. */
export function timesFor(fastest: number): number {
  return Math.min(MOST_TIMES, Math.max(1, Math.ceil(SHORT_MILLISECONDS / fastest)));
}

/** The order of timed runs: round by round, each competitor that has runs left once. */
export function interleaved<T>(competitors: readonly { readonly item: T; readonly runs: number }[]): T[] {
  const rounds = Math.max(0, ...competitors.map(({ runs }) => runs));
  return Array.from({ length: rounds }, (_, round) => competitors.filter(({ runs }) => runs > round))
    .flat()
    .map(({ item }) => item);
}
