import type { NdArray } from "@convscope/kernels";
import { checkCount, checkNumber, checkOptions } from "../options.ts";
import { Callback, type Logs } from "./callback.ts";
import { epochName } from "./messages.ts";
import { Monitor, type MonitorOptions } from "./monitor.ts";

export interface EarlyStoppingOptions extends MonitorOptions {
  /** By how much a value must be better to count. Default 0. */
  readonly minDelta?: number;
  /** Epochs without a better value after which it stops. Default 0. */
  readonly patience?: number;
  /** A value to be better than from the first. Default none. */
  readonly baseline?: number;
  /** Put back the weights of the best epoch when it stops. Default false. */
  readonly restoreBestWeights?: boolean;
  /** 1 says when it stops. Default 0. */
  readonly verbose?: 0 | 1;
}

/** Ends the training when a value has stopped becoming better. */
export class EarlyStopping extends Callback {
  /** The epoch at whose end it stopped, counted from 0; 0 where it did not. */
  stoppedEpoch = 0;
  best = Number.NaN;
  readonly #monitor: Monitor;
  readonly #minDelta: number;
  readonly #patience: number;
  readonly #baseline: number | undefined;
  readonly #restoreBestWeights: boolean;
  readonly #verbose: 0 | 1;
  #wait = 0;
  #bestWeights: NdArray[] | undefined;

  constructor(options: EarlyStoppingOptions = {}) {
    super();
    checkOptions("EarlyStopping", options, {
      monitor: true,
      mode: true,
      minDelta: true,
      patience: true,
      baseline: true,
      restoreBestWeights: true,
      verbose: true,
    });
    const { minDelta = 0, patience = 0, baseline, restoreBestWeights = false, verbose = 0 } = options;
    this.#monitor = new Monitor("EarlyStopping", options);
    this.#minDelta = Math.abs(checkNumber("EarlyStopping", "minDelta", minDelta));
    this.#patience = checkCount("EarlyStopping", "patience", patience, 0);
    this.#baseline = baseline ?? undefined;
    this.#restoreBestWeights = restoreBestWeights;
    this.#verbose = verbose;
  }

  override onTrainBegin(): void {
    this.#wait = 0;
    this.stoppedEpoch = 0;
    this.best = this.#baseline ?? this.#monitor.worst;
    this.#bestWeights = undefined;
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const current = this.#monitor.in(
      logs,
      (available) =>
        `Early stopping conditioned on metric \`${this.#monitor.name}\` which is not available. ` +
        `Available metrics are: ${available}`,
    );
    if (current === undefined) return;
    if (this.#monitor.isBetter(this.#monitor.better(current, -this.#minDelta), this.best)) {
      this.best = current;
      this.#wait = 0;
      if (this.#restoreBestWeights) this.#bestWeights = await this.model.getWeights();
      return;
    }
    this.#wait++;
    if (this.#wait < this.#patience) return;
    this.stoppedEpoch = epoch;
    this.model.stopTraining = true;
    if (!this.#bestWeights) return;
    this.#say("Restoring model weights from the end of the best epoch");
    this.model.setWeights(this.#bestWeights);
  }

  override onTrainEnd(): void {
    if (this.stoppedEpoch > 0) this.#say(`${epochName(this.stoppedEpoch)}: early stopping`);
  }

  #say(text: string): void {
    if (this.#verbose > 0) this.params.output.write(`${text}\n`);
  }
}
