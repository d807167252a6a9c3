import { checkCount, checkOptions } from "../options.ts";
import { formatFixed, formatTemplate } from "../python-format.ts";
import { formatOf } from "../saving/save-model.ts";
import { Callback, type Logs } from "./callback.ts";
import { epochName } from "./messages.ts";
import { Monitor, type MonitorOptions } from "./monitor.ts";

export interface ModelCheckpointOptions extends MonitorOptions {
  /** Where to save, with values of the epoch in it: `weights.{epoch:02d}-{val_loss:.2f}.h5`; `epoch` counts from 1. */
  readonly filepath: string;
  /** Save only where `monitor` is better than ever before. Default false. */
  readonly saveBestOnly?: boolean;
  /** Save the weights, and not the whole model. Default false. */
  readonly saveWeightsOnly?: boolean;
  /** Epochs from one file to the next. Default 1. */
  readonly period?: number;
  /** 1 says what is saved. Default 0. */
  readonly verbose?: 0 | 1;
}

/** Saves the model after epochs: each, or where it is better than before. */
export class ModelCheckpoint extends Callback {
  /** The best value so far. */
  best: number;
  readonly #monitor: Monitor;
  readonly #options: Required<Omit<ModelCheckpointOptions, keyof MonitorOptions>>;
  #epochsSinceLastSave = 0;

  /** @throws for a name that says no format of model files */
  constructor(options: ModelCheckpointOptions) {
    super();
    checkOptions("ModelCheckpoint", options, {
      filepath: true,
      monitor: true,
      mode: true,
      saveBestOnly: true,
      saveWeightsOnly: true,
      period: true,
      verbose: true,
    });
    const { filepath, saveBestOnly = false, saveWeightsOnly = false, period = 1, verbose = 0 } = options;
    if (typeof filepath !== "string") {
      throw new Error('[ModelCheckpoint] needs a filepath: { filepath: "weights.{epoch:02d}.h5" }.');
    }
    formatOf(filepath, undefined, !saveWeightsOnly);
    checkCount("ModelCheckpoint", "period", period);
    this.#options = { filepath, saveBestOnly, saveWeightsOnly, period, verbose };
    this.#monitor = new Monitor("ModelCheckpoint", options, (name) => name.startsWith("fmeasure"));
    this.best = this.#monitor.worst;
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const { filepath, saveBestOnly, period } = this.#options;
    this.#epochsSinceLastSave++;
    if (this.#epochsSinceLastSave < period) return;
    this.#epochsSinceLastSave = 0;
    const path = formatTemplate("ModelCheckpoint", filepath, { epoch: epoch + 1 }, logs);
    const { name } = this.#monitor;
    if (!saveBestOnly) return this.#save(epoch, `saving model to ${path}`, path);
    const current = this.#monitor.in(
      logs,
      () => `Can save best model only with ${name} available, skipping.`,
    );
    if (current === undefined) return;
    const best = formatFixed(this.best, 5);
    if (!this.#monitor.isBetter(current, this.best)) {
      return this.#say(epoch, `${name} did not improve from ${best}`);
    }
    this.best = current;
    const change = `${name} improved from ${best} to ${formatFixed(current, 5)}`;
    await this.#save(epoch, `${change}, saving model to ${path}`, path);
  }

  async #save(epoch: number, text: string, path: string): Promise<void> {
    this.#say(epoch, text);
    if (this.#options.saveWeightsOnly) await this.model.saveWeights(path);
    else await this.model.save(path);
  }

  #say(epoch: number, text: string): void {
    if (this.#options.verbose > 0) this.params.output.write(`\n${epochName(epoch)}: ${text}\n`);
  }
}
