import type { KernelChoice } from "@convscope/kernels";
import { deviceLine, openDevice } from "../device.ts";
import { interruptible } from "../interruption.ts";
import { Output } from "../output.ts";
import type { CompetitorName } from "../race/competitors/index.ts";
import { raceWorkload } from "../race/race.ts";
import { columnsLine, headingOf, linesOf, type RaceResult, type Row } from "../race/report.ts";
import type { Workload } from "../race/workloads.ts";
import { versions } from "../report/versions.ts";
import { COLUMNS, wrapped } from "../report/wrapped.ts";

export interface RaceOptions {
  readonly workloads: readonly Workload[];
  readonly against: (workload: Workload) => readonly CompetitorName[];
  readonly kernels: KernelChoice;
  readonly json?: boolean;
}

/** Races our kernels against other libraries, on this device. */
export async function race({ workloads, against, kernels, json = false }: RaceOptions): Promise<void> {
  const output = new Output(json);
  const adapter = await adapterHere(kernels);
  output.say(deviceLine(adapter));
  const rows: Row[] = [];
  const disagreements: string[] = [];
  const packages: Record<string, string> = versions();
  await interruptible(async (signal) => {
    for (const workload of workloads) {
      const result = await raceWorkload(workload, against(workload), {
        kernels,
        signal,
        progress: progressOn(output),
      });
      progressOn(output)("");
      for (const line of headingOf(workload, result.times, result.agreement)) output.say(line);
      output.say(columnsLine);
      for (const shown of result.shown) for (const line of linesOf(shown)) output.say(line);
      output.say("");
      rows.push(...result.shown.map(({ row }) => row));
      disagreements.push(...result.disagreements);
      Object.assign(packages, result.versions);
    }
  });
  const named = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  for (const line of wrapped(`Versions: ${named.join(", ")}`, COLUMNS)) output.say(line);
  const result: RaceResult = { adapter, versions: packages, results: rows };
  output.result(result);
  if (disagreements.length > 0) throw new Error(`[race] ${disagreements.join("; ")}.`);
}

/** What all race on: the others open the same adapter. */
async function adapterHere(kernels: KernelChoice) {
  using device = await openDevice(kernels);
  return device.adapter;
}

/** What is being done now, on a terminal, where the next word replaces it. */
function progressOn(output: Output): (what: string) => void {
  return (what) => {
    if (output.isTerminal) output.write(`\r\x1b[K${what && `… ${what}`}`);
  };
}
