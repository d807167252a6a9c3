import type { Workload } from "./workload.ts";

/** The values that every contestant starts from: made once, by a seed. */
export interface RaceData {
  /** The input: pictures, features, or a pass's x. */
  readonly x: Float32Array;
  /** Targets of a training step, 0 or 1: [batch, 1]. Empty for other workloads. */
  readonly targets: Float32Array;
  /** A model's weights in Keras's order, kernel and bias of each layer; or a pass's filter (HWIO) and bias. */
  readonly weights: readonly Float32Array[];
  /** A backward pass's gradient of the result, before the activation. Empty for other workloads. */
  readonly dy: Float32Array;
}

/** A workload, ready to be run by one contestant. */
export interface Prepared {
  /**
   * What the contestants must agree on. Of a prediction or a pass the result. Of a training step, dropout left out: the loss
   * before each of two steps from the data's weights, one array of 2, and then the trained weights after the second step.
   */
  check(): Promise<Float32Array[]>;
  /** Runs it once, until the result (of a step: the loss; of a pass: its completion) is known. Dropout is on. */
  run(): Promise<void>;
  close(): void;
}

export interface Contestant {
  readonly name: string;
  /** Versions of what computes, by package. */
  readonly versions: Readonly<Record<string, string>>;
  /** @throws {Cannot} for a workload that it has no means for */
  prepare(workload: Workload, data: RaceData): Promise<Prepared>;
  close(): Promise<void>;
}

/** A contestant cannot run a workload. Shown as its row. */
export class Cannot extends Error {}
