import { checkCount, checkNumber, checkOptions } from "../options.ts";
import { formatNumber } from "../python-format.ts";
import { Callback, type Logs } from "./callback.ts";
import { epochName } from "./messages.ts";
import { Monitor, type MonitorOptions } from "./monitor.ts";

/** A callback that sets the optimizer's learning rate, and has it in the history, as `lr`. */
abstract class LearningRateCallback extends Callback {
  protected get learningRate(): number {
    return this.model.optimizer!.learningRate;
  }

  protected set learningRate(value: number) {
    this.model.optimizer!.learningRate = value;
  }

  override onEpochEnd(_epoch: number, logs: Logs): void {
    logs.lr = this.learningRate;
  }

  protected say(epoch: number, text: string): void {
    this.params.output.write(`\n${epochName(epoch)}: ${text}.\n`);
  }
}

export interface LearningRateSchedulerOptions {
  /** The learning rate of an epoch, counted from 0, from the rate before. */
  readonly schedule: (epoch: number, learningRate: number) => number;
  /** 1 says what is set. Default 0. */
  readonly verbose?: 0 | 1;
}

/** Sets the learning rate before each epoch. */
export class LearningRateScheduler extends LearningRateCallback {
  readonly #schedule: LearningRateSchedulerOptions["schedule"];
  readonly #verbose: 0 | 1;

  constructor(options: LearningRateSchedulerOptions) {
    super();
    checkOptions("LearningRateScheduler", options, { schedule: true, verbose: true });
    if (typeof options.schedule !== "function") {
      throw new Error("[LearningRateScheduler] needs a schedule: { schedule: (epoch, learningRate) => … }.");
    }
    this.#schedule = options.schedule;
    this.#verbose = options.verbose ?? 0;
  }

  override onEpochBegin(epoch: number): void {
    const rate = this.#schedule(epoch, this.learningRate);
    if (typeof rate !== "number") {
      throw new Error('The output of the "schedule" function should be float.');
    }
    this.learningRate = rate;
    if (this.#verbose > 0) {
      this.say(epoch, `LearningRateScheduler setting learning rate to ${formatNumber(rate)}`);
    }
  }
}

export interface ReduceLROnPlateauOptions extends MonitorOptions {
  /** By what the learning rate is multiplied, below 1. Default 0.1. */
  readonly factor?: number;
  /** Epochs without a better value after which it is reduced. Default 10. */
  readonly patience?: number;
  /** By how much a value must be better to count. Default 1e-4. */
  readonly minDelta?: number;
  /** Epochs after a reduction in which none is counted. Default 0. */
  readonly cooldown?: number;
  /** The learning rate goes no lower. Default 0. */
  readonly minLr?: number;
  /** 1 says what is set. Default 0. */
  readonly verbose?: 0 | 1;
}

/** Reduces the learning rate when a value has stopped becoming better. */
export class ReduceLROnPlateau extends LearningRateCallback {
  readonly #monitor: Monitor;
  readonly #options: Required<Omit<ReduceLROnPlateauOptions, keyof MonitorOptions>>;
  #best = Number.NaN;
  #wait = 0;
  #cooldown = 0;

  constructor(options: ReduceLROnPlateauOptions = {}) {
    super();
    const where = "ReduceLROnPlateau";
    checkOptions(where, options, {
      monitor: true,
      mode: true,
      factor: true,
      patience: true,
      minDelta: true,
      cooldown: true,
      minLr: true,
      verbose: true,
    });
    const { factor = 0.1, patience = 10, minDelta = 1e-4, cooldown = 0, minLr = 0, verbose = 0 } = options;
    if (checkNumber(where, "factor", factor, 0) >= 1) {
      throw new Error("ReduceLROnPlateau does not support a factor >= 1.0.");
    }
    checkCount(where, "patience", patience, 0);
    checkNumber(where, "minDelta", minDelta, 0);
    checkCount(where, "cooldown", cooldown, 0);
    checkNumber(where, "minLr", minLr, 0);
    this.#monitor = new Monitor(where, options);
    this.#options = { factor, patience, minDelta, cooldown, minLr, verbose };
  }

  override onTrainBegin(): void {
    this.#best = this.#monitor.worst;
    this.#wait = 0;
    this.#cooldown = 0;
  }

  override onEpochEnd(epoch: number, logs: Logs): void {
    super.onEpochEnd(epoch, logs);
    const current = this.#monitor.in(
      logs,
      (available) =>
        `Reduce LR on plateau conditioned on metric \`${this.#monitor.name}\` which is not available. ` +
        `Available metrics are: ${available}`,
    );
    if (current === undefined) return;
    if (this.#cooldown > 0) {
      this.#cooldown--;
      this.#wait = 0;
    }
    if (this.#monitor.isBetter(current, this.#monitor.better(this.#best, this.#options.minDelta))) {
      this.#best = current;
      this.#wait = 0;
    } else if (this.#cooldown === 0) {
      this.#wait++;
      if (this.#wait >= this.#options.patience) this.#reduce(epoch);
    }
  }

  #reduce(epoch: number): void {
    const { factor, minLr, cooldown, verbose } = this.#options;
    const before = this.learningRate;
    if (!(before > minLr)) return;
    this.learningRate = Math.max(before * factor, minLr);
    if (verbose > 0) {
      const rate = formatNumber(this.learningRate);
      this.say(epoch, `ReduceLROnPlateau reducing learning rate to ${rate}`);
    }
    this.#cooldown = cooldown;
    this.#wait = 0;
  }
}
