import type { KernelChoice } from "@convscope/kernels";
import { agrees, type Comparison, checkUpdates, compare, worst } from "./agreement.ts";
import { Cannot, type Findings } from "./competitor.ts";
import { CompetitorProcess } from "./competitor-process.ts";
import { type CompetitorName, OURS } from "./competitors/index.ts";
import { dataOf } from "./data.ts";
import { cannotRow, type Shown, timedRow } from "./report.ts";
import { interleaved, runsFor, summarize, timesFor } from "./timing.ts";
import { shapesOf, type Workload } from "./workloads.ts";

export interface WorkloadResult {
  readonly workload: Workload;
  readonly shown: readonly Shown[];
  /** Dispatches between two waits. */
  readonly times: number;
  /** How far the competitors that were timed differ from us, at the worst. */
  readonly agreement: Comparison | undefined;
  /** Those that compute something else; they were not timed. */
  readonly disagreements: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
}

export interface RaceOptions {
  readonly kernels: KernelChoice;
  /** Aborted, it ends all processes, and the race throws its reason. */
  readonly signal: AbortSignal;
  /** Told what is being done now. */
  readonly progress: (what: string) => void;
}

/** What the race needs of a process. */
export type Racer = Pick<CompetitorProcess, "name" | "ask" | "end">;

/** A competitor that agrees with us. */
interface Runner {
  readonly process: Racer;
  readonly comparison: Comparison;
  /** Milliseconds of a warm run. */
  readonly estimate: number;
}

/**
 * Races one workload: every competitor in a process of its own, first checked against us, then run in turns with all
 * others.
 * @throws where we ourselves fail
 */
export async function raceWorkload(
  workload: Workload,
  against: readonly CompetitorName[],
  options: RaceOptions,
): Promise<WorkloadResult> {
  const { signal } = options;
  signal.throwIfAborted();
  const processes = ([OURS, ...against] as const).map((name) => new CompetitorProcess(name));
  const end = () => {
    for (const process of processes) process.end();
  };
  signal.addEventListener("abort", end);
  try {
    return await raceProcesses(workload, processes, options);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", end);
    end();
  }
}

/** Races processes that were started for it. */
export async function raceProcesses(
  workload: Workload,
  processes: readonly Racer[],
  { kernels, signal, progress }: RaceOptions,
): Promise<WorkloadResult> {
  const refusals = new Map<CompetitorName, string>();
  const disagreements: string[] = [];
  const versions: Record<string, string> = {};
  const runners: Runner[] = [];
  let ours: Findings | undefined;

  for (const process of processes) {
    const { name } = process;
    try {
      if (name !== OURS && !ours) throw new Cannot("there is nothing of ours to compare with");
      progress(`${workload.name}: ${name} prepares`);
      Object.assign(versions, await process.ask({ ask: "prepare", competitor: name, workload, kernels }));
      progress(`${workload.name}: ${name} is checked`);
      const findings = await process.ask({ ask: "check" });
      ours ??= findings;
      const comparison = judge(workload, ours, findings);
      if (!agrees(comparison)) {
        const reason = `disagrees: ${describe(comparison)}`;
        disagreements.push(`${workload.name}, ${name}: ${describe(comparison)}`);
        throw new Cannot(reason);
      }
      progress(`${workload.name}: ${name} warms up`);
      runners.push({ process, comparison, estimate: await warmTime(process) });
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      if (name === OURS && !(error instanceof Cannot)) throw new Error(`[race] ${workload.name}: ${reason}`);
      refusals.set(name, reason);
      process.end();
    }
  }

  const fastest = Math.min(...runners.map(({ estimate }) => estimate));
  const times = workload.kind === "pass" ? timesFor(fastest) : 1;
  const milliseconds = await timeInTurns(workload, runners, times, progress);
  const median = summarize(milliseconds.get(OURS) ?? [Number.NaN]).median;
  return {
    workload,
    times,
    shown: processes.map(({ name }): Shown => {
      const time = milliseconds.get(name);
      return time
        ? { row: timedRow(workload, name, summarize(time), median), runs: time.length }
        : { row: cannotRow(workload, name, refusals.get(name) ?? "unknown"), runs: 0 };
    }),
    agreement: runners.length > 1 ? worst(runners.map(({ comparison }) => comparison)) : undefined,
    disagreements,
    versions,
  };
}

/** Ours or theirs against ours; of a training step also what became of the weights against the gradients. */
function judge(workload: Workload, ours: Findings, theirs: Findings): Comparison {
  const comparison = compare(workload, ours, theirs);
  if (workload.kind !== "train" || theirs.kind !== "training" || !agrees(comparison)) return comparison;
  return worst([comparison, checkUpdates(workload, trainedWeights(workload), theirs)]);
}

function trainedWeights(workload: Workload & { kind: "train" }): readonly Float32Array[] {
  const frozen = shapesOf(workload.model)
    .slice(0, workload.model.frozenLayers)
    .filter(({ filterShape }) => filterShape.length > 0).length;
  return dataOf(workload).weights.slice(2 * frozen);
}

const describe = ({ what, difference, tolerance }: Comparison) =>
  `${what}; the difference is ${difference.toPrecision(3)}, at most ${tolerance.toPrecision(3)} is allowed`;

/**
 * Milliseconds of a run, by one that is not counted: it may compile what the check did not need. Quick ones are run
 * twice, for the first says little of the next.
 */
async function warmTime(process: Racer): Promise<number> {
  const first = await process.ask({ ask: "run", times: 1 });
  return first < 1000 ? process.ask({ ask: "run", times: 1 }) : first;
}

/** Times all of them: A B A B. */
async function timeInTurns(
  workload: Workload,
  runners: readonly Runner[],
  times: number,
  progress: (what: string) => void,
): Promise<Map<CompetitorName, number[]>> {
  const found = new Map(runners.map(({ process }): [CompetitorName, number[]] => [process.name, []]));
  const plan = runners.map((runner) => ({ item: runner, runs: runsFor(runner.estimate * times) }));
  for (const { process } of interleaved(plan)) {
    progress(`${workload.name}: ${process.name} runs`);
    found.get(process.name)?.push((await process.ask({ ask: "run", times })) / times);
  }
  return found;
}
