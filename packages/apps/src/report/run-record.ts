import type { AdapterInfo, KernelChoice, Precision, VariantName } from "@convscope/kernels";
import type { Waiting } from "../experiments/feed.ts";
import { jsonText } from "../output.ts";
import { renderCurves } from "./curves.ts";
import { historyCsv } from "./history-csv.ts";
import { rasterize } from "./rasterize.ts";
import type { RunFolder } from "./run-folder.ts";
import type { TrainingHistory } from "./training-history.ts";
import { versions } from "./versions.ts";

/** What decides a run's result. */
export interface RunArguments {
  readonly data: string;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly validationSteps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly kernels: KernelChoice;
  readonly precision: Precision;
}

export interface RunSetting {
  readonly experiment: string;
  readonly arguments: RunArguments;
  readonly adapter: AdapterInfo;
  /** The key of the measured choices that ran; null where there were none. */
  readonly tuning: string | null;
  /** Which variant of each pass ran, by pass and sizes; it grows as the run goes. */
  readonly variants: Readonly<Record<string, VariantName>>;
  /** Of the model. */
  readonly parameters: number;
}

/** The record of a run: what it was, and how it went so far. It is saved after each epoch, whole. */
export class RunRecord {
  readonly #folder: RunFolder;
  readonly #setting: RunSetting;
  readonly #started = new Date();
  readonly #epochs: number[] = [];
  readonly #history: Record<string, number[]> = {};
  /** How long the training waited for its pictures, once that is known. */
  waiting: Waiting | undefined;

  constructor(folder: RunFolder, setting: RunSetting) {
    this.#folder = folder;
    this.#setting = setting;
  }

  /** Epochs that were finished, and are saved. */
  get epochs(): number {
    return this.#epochs.length;
  }

  get history(): Readonly<Record<string, readonly number[]>> {
    return this.#history;
  }

  /** Adds an epoch's values, and saves everything: history, curves, `run.json`. */
  async addEpoch(epoch: number, logs: Readonly<Record<string, number>>): Promise<void> {
    for (const [name, value] of Object.entries(logs)) {
      this.#history[name] ??= [];
      this.#history[name].push(value);
    }
    this.#epochs.push(epoch);
    const history: TrainingHistory = { epoch: this.#epochs, history: this.#history };
    await this.#folder.write("history.json", jsonText(this.#history));
    await this.#folder.write("history.csv", historyCsv(history));
    for (const [kind, name] of [
      ["acc", "accuracy"],
      ["loss", "loss"],
    ] as const) {
      const { svg } = renderCurves(history, kind);
      await this.#folder.write(`${name}.svg`, svg);
      await this.#folder.write(`${name}.png`, rasterize(svg));
    }
    await this.save("running");
  }

  /** Writes `run.json`. @param reason why the run did not finish */
  async save(state: "running" | "finished" | "interrupted" | "failed", reason?: string): Promise<void> {
    await this.#folder.write("run.json", jsonText(this.toJson(state, reason)));
  }

  /** The content of `run.json`. */
  toJson(state: "running" | "finished" | "interrupted" | "failed", reason?: string): object {
    return {
      ...this.#setting,
      seed: this.#setting.arguments.seed,
      command: ["convscope", ...process.argv.slice(2)].join(" "),
      versions: versions(),
      startedAt: this.#started.toISOString(),
      seconds: (Date.now() - this.#started.getTime()) / 1000,
      state,
      ...(reason === undefined ? {} : { reason }),
      epochs: this.epochs,
      ...(this.waiting && { waiting: this.waiting }),
    };
  }
}
