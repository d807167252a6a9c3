import type { RaceData } from "./data.ts";
import type { Workload } from "./workloads.ts";

/** What the competitors must agree on. */
export type Findings =
  /** Of a prediction or a pass: its result, in our layout. */
  | { readonly kind: "result"; readonly values: Float32Array }
  /** Of a training step: two steps from the data's weights, dropout left out. Arrays of trained weights, in order. */
  | {
      readonly kind: "training";
      /** The loss before each step. */
      readonly losses: readonly number[];
      /** Of each step, the gradient of each trained weight. */
      readonly gradients: readonly (readonly Float32Array[])[];
      /** After both. */
      readonly weights: readonly Float32Array[];
    };

/** A workload, ready to be run by one competitor. */
export interface Prepared {
  check(): Promise<Findings>;
  /**
   * Runs a step or a prediction once, from handing over the batch to the loss or the result on the CPU, dropout on; or a
   * pass `times` times, on data that is on the device, until all are done.
   */
  run(times: number): Promise<void>;
}

/** One adapter: how a library computes a workload, by its own best-known practice. */
export interface Competitor {
  /** Versions of what computes, by package. */
  readonly versions: Readonly<Record<string, string>>;
  /** @throws {Cannot} for a workload that it has no means for */
  prepare(workload: Workload, data: RaceData): Promise<Prepared>;
}

/** A competitor has no means for a workload. Shown as its row. */
export class Cannot extends Error {
  override readonly name = "Cannot";
}
