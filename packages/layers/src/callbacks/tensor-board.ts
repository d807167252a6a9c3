import { appendToLog, beginLog, eventFileName } from "#log-files";
import { checkCount, checkOptions } from "../options.ts";
import { Callback, type Logs } from "./callback.ts";
import { scalarEvent, versionEvent } from "./event-file.ts";

export interface TensorBoardOptions {
  /** The folder for the files, made where it is missing. Default `./logs`. */
  readonly logDir?: string;
  /** When values are written: after each `epoch`, each `batch`, or so many samples. Default `epoch`. */
  readonly updateFreq?: "epoch" | "batch" | number;
}

/**
 * Writes the values of epochs, or of batches too, for `tensorboard --logdir ./logs`. Tags are the names in the logs; a
 * step is the number of the epoch, counted from 0, or of samples where batches are written. As Keras 2.3.1 on TensorFlow
 * 1; graphs, histograms and pictures are not written.
 */
export class TensorBoard extends Callback {
  readonly #logDir: string;
  readonly #updateFreq: number | undefined;
  #file = "";
  #samples = 0;
  #samplesWritten = 0;

  constructor(options: TensorBoardOptions = {}) {
    super();
    checkOptions("TensorBoard", options, { logDir: true, updateFreq: true });
    const { logDir = "./logs", updateFreq = "epoch" } = options;
    this.#logDir = logDir;
    if (updateFreq === "epoch") return;
    this.#updateFreq = updateFreq === "batch" ? 1 : checkCount("TensorBoard", "updateFreq", updateFreq);
    // Not a method: batches that nobody looks at run faster.
    this.onTrainBatchEnd = (_batch, logs) => this.#afterBatch(logs);
  }

  override async onTrainBegin(): Promise<void> {
    const now = seconds();
    this.#file = eventFileName(this.#logDir, now);
    await beginLog("TensorBoard", this.#file, versionEvent(now));
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    await this.#write(logs, this.#updateFreq === undefined ? epoch : this.#samples);
  }

  async #afterBatch(logs: Logs): Promise<void> {
    this.#samples += logs.size;
    if (this.#samples - this.#samplesWritten < this.#updateFreq!) return;
    this.#samplesWritten = this.#samples;
    await this.#write(logs, this.#samples);
  }

  async #write(logs: Logs, step: number): Promise<void> {
    const now = seconds();
    const events = Object.entries(logs)
      .filter(([name]) => name !== "batch" && name !== "size")
      .flatMap(([name, value]) => [...scalarEvent(now, step, name, value)]);
    await appendToLog("TensorBoard", this.#file, Uint8Array.from(events));
  }
}

const seconds = () => Date.now() / 1000;
