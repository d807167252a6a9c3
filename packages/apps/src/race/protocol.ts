import type { KernelChoice } from "@convscope/kernels";
import type { Findings } from "./competitor.ts";
import type { CompetitorName } from "./competitors/index.ts";
import type { Workload } from "./workloads.ts";

/** What the race asks of a competitor's process: one thing at a time, each answered. */
export type Request =
  | {
      readonly ask: "prepare";
      readonly competitor: CompetitorName;
      readonly workload: Workload;
      readonly kernels: KernelChoice;
    }
  | { readonly ask: "check" }
  | { readonly ask: "run"; readonly times: number };

export interface Answers {
  readonly prepare: Readonly<Record<string, string>>;
  readonly check: Findings;
  /** Milliseconds of all of them. */
  readonly run: number;
}

export type Reply =
  | { readonly answer: Answers[keyof Answers] }
  | { readonly cannot: string }
  | { readonly error: string };
