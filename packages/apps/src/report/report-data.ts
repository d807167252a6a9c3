import type { SplitMistakes } from "./mistakes.ts";
import type { TrainingHistory } from "./training-history.ts";

/** How far a run came. */
export type RunState = "running" | "finished" | "interrupted" | "failed";

/** What a page about a run says. */
export interface ReportData {
  readonly experiment: {
    readonly name: string;
    /** What is asked. */
    readonly question: string;
    /** What the lecture says. */
    readonly claim: string;
    /** Where it says so. */
    readonly slides: string;
  };
  /** The answer of this run, in a sentence. */
  readonly measured: string;
  /** The claim, number by number. */
  readonly rows: readonly { readonly what: string; readonly claimed: string; readonly measured: string }[];
  readonly history: TrainingHistory;
  /** Keras's table of the layers. */
  readonly summary: string;
  readonly mistakes: readonly SplitMistakes[];
  /** Of the data, the model, the device, the versions, the run. */
  readonly facts: readonly {
    readonly title: string;
    readonly rows: readonly (readonly [what: string, value: string])[];
  }[];
  /** What repeats the run. */
  readonly command: string;
  readonly state: RunState;
  /** That it trained, over all sessions. */
  readonly seconds: number;
  /** What a reader must know to judge the numbers: that it was resumed, that the weights are not the published ones … */
  readonly notes: readonly string[];
}

export const epochsText = ({ epoch: { length } }: TrainingHistory): string =>
  length === 1 ? "1 epoch" : `${length} epochs`;
