/** A run's page, as far as the run has come: written after each epoch, and when it ends, however it does. */
import type { SplitMistakes } from "../report/mistakes.ts";
import { reportHtml } from "../report/report-html.ts";
import type { RunFolder } from "../report/run-folder.ts";
import type { RunJson, RunRecord } from "../report/run-record.ts";
import type { TrainingHistory } from "../report/training-history.ts";
import {
  type ClaimRow,
  type Facts,
  type Feeds,
  optionOf,
  type Results,
  type Samples,
  type Training,
} from "./experiment.ts";
import type { Session } from "./session.ts";

export interface Reported {
  readonly folder: RunFolder;
  readonly record: RunRecord;
  readonly feeds: Feeds;
  readonly history: TrainingHistory;
  /** Keras's table. */
  readonly summary: string;
  /** Once it is known. */
  readonly test?: Samples;
  readonly results?: Results;
  readonly mistakes?: readonly SplitMistakes[];
}

/** The measured answer; before the first epoch was finished there is none. */
export function answerOf(
  training: Training,
  results: Results,
): { measured: string; rows: readonly ClaimRow[] } {
  const isThere = Object.values(results.history).some(({ length }) => length > 0);
  return isThere
    ? { measured: training.measured(results), rows: training.rows(results) }
    : { measured: "Nothing yet.", rows: [] };
}

export async function writeReport(
  { experiment }: Session,
  training: Training,
  { folder, record: { run }, feeds, history, summary, test, results, mistakes = [] }: Reported,
): Promise<void> {
  const { command, state, seconds, notes } = run;
  const page = reportHtml({
    experiment,
    ...answerOf(training, results ?? { history: history.history }),
    history,
    summary,
    mistakes,
    facts: [...factsOf(run, feeds, test), ...(training.facts?.() ?? [])],
    command,
    state,
    seconds,
    notes,
  });
  await folder.write("report.html", page);
}

/** Of data, device, versions and run. */
function factsOf(run: RunJson, feeds: Feeds, test: Samples | undefined): Facts[] {
  const { training, validation } = feeds;
  const size = (samples: Samples) => ("x" in samples ? samples.pictures : samples).filenames.length;
  const classes = ("x" in training ? training.pictures : training).classIndices;
  const { adapter, versions, tuning, sittings, parameters = 0 } = run;
  const said = (value: unknown) => (value === undefined || value === null ? "-" : String(value));
  return [
    {
      title: "Data",
      rows: [
        ["folder", said(run.arguments.data ?? "drawn pets")],
        ["classes", Object.keys(classes).join(", ")],
        ["training pictures", said(size(training))],
        ["validation pictures", said(size(validation))],
        ["test pictures", test ? said(size(test)) : feeds.test ? "asked at the end" : "none"],
      ],
    },
    {
      title: "Run",
      rows: [
        ...Object.entries(run.arguments)
          .filter(([name, value]) => name !== "data" && value !== undefined)
          .map(([name, value]): [string, string] => [optionOf(name), said(value)]),
        ["parameters", parameters.toLocaleString("en")],
        ["sittings", said(sittings.length)],
      ],
    },
    {
      title: "Device",
      rows: [
        ["adapter", said(adapter?.name)],
        ["software", adapter?.isSoftware ? "yes: a processor plays the GPU" : "no"],
        ["tuning", said(tuning)],
      ],
    },
    { title: "Versions", rows: Object.entries(versions) },
  ];
}
