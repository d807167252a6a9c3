/** What a run has while it lasts: a folder, a device, a record; and what experiments are given of it. */
import type { Device } from "@convscope/kernels";
import { deviceLine, openDevice } from "../device.ts";
import type { Output } from "../output.ts";
import { RunFolder } from "../report/run-folder.ts";
import { type RunJson, RunRecord } from "../report/run-record.ts";
import { COLUMNS, wrapped } from "../report/wrapped.ts";
import { openDirectories } from "./directories.ts";
import type { AnyExperiment, Directories, RunContext, RunFlags } from "./experiment.ts";
import { train } from "./train.ts";

export interface SessionOptions {
  readonly experiment: AnyExperiment;
  /** All that the experiment knows: given, or its defaults. */
  readonly flags: Partial<RunFlags>;
  readonly output: Output;
  readonly signal: AbortSignal;
  /** `--out` */
  readonly out?: string;
  /** Of a run that goes on: its folder, and what is known of it. */
  readonly resumed?: { readonly folder: RunFolder; readonly run: RunJson };
}

export class Session {
  readonly experiment: AnyExperiment;
  readonly flags: Partial<RunFlags>;
  readonly output: Output;
  readonly signal: AbortSignal;
  readonly #options: SessionOptions;
  #folder: Promise<RunFolder> | undefined;
  #record: RunRecord | undefined;
  #device: Promise<Device> | undefined;
  #directories: Promise<Directories> | undefined;
  /** Said before there was a record. */
  readonly #notes: string[] = [];

  constructor(options: SessionOptions) {
    this.experiment = options.experiment;
    this.flags = options.flags;
    this.output = options.output;
    this.signal = options.signal;
    this.#options = options;
  }

  /** Whether a run goes on that was begun before. */
  get isResumed(): boolean {
    return this.#options.resumed !== undefined;
  }

  /** The run's folder: `--out`, or one of its own below `runs`. The first call claims it. */
  folder = (): Promise<RunFolder> => {
    const { resumed, out, experiment } = this.#options;
    this.#folder ??= resumed ? Promise.resolve(resumed.folder) : RunFolder.claim(out, experiment.name);
    return this.#folder;
  };

  /** What is known of the run, and kept in its folder. */
  async record(): Promise<RunRecord> {
    const { resumed, experiment, flags } = this.#options;
    this.#record ??= new RunRecord(await this.folder(), experiment.name, flags, resumed?.run);
    for (const line of this.#notes.splice(0)) this.#record.note(line);
    return this.#record;
  }

  note = (line: string): void => {
    for (const part of wrapped(line, COLUMNS)) this.output.say(part);
    if (this.#record) this.#record.note(line);
    else this.#notes.push(line);
  };

  directories = (): Promise<Directories> => {
    const { output, signal } = this;
    const { data, workers } = this.flags;
    // The folder first: where --out is no good, nothing is drawn.
    this.#directories ??= this.folder().then(() => openDirectories(data, { output, workers, signal }));
    return this.#directories;
  };

  device = (): Promise<Device> => {
    this.#device ??= this.#open();
    return this.#device;
  };

  async #open(): Promise<Device> {
    const { kernels = "auto", precision } = this.flags;
    const device = await openDevice(kernels, precision);
    this.output.say(deviceLine(device.adapter));
    return device;
  }

  /** Whether the device is gone. What fails because of that may fail before it is known. */
  async isDeviceLost(): Promise<boolean> {
    await new Promise((resolve) => setImmediate(resolve));
    const device = await this.#device?.catch(() => undefined);
    return device?.isLost === true;
  }

  /** Lets the lost device go: the next call of `device` opens another one. */
  async leaveDevice(): Promise<void> {
    (await this.#device?.catch(() => undefined))?.close();
    this.#device = undefined;
  }

  /** What the experiment is given. */
  get context(): RunContext {
    const { seed = 0, workers, badPictures: onBadPicture = "throw" } = this.flags;
    const { output, signal, directories, device, folder, note } = this;
    return {
      flags: this.flags as RunFlags, // an experiment reads those of its defaults
      output,
      signal,
      directories,
      reading: { seed, workers, onBadPicture, signal, log: (line) => output.say(line) },
      device,
      folder,
      note,
      train: (training) => train(this, training),
    };
  }

  /** Ends what is open; a folder into which nothing was written goes. */
  async close(): Promise<void> {
    await this.leaveDevice();
    await this.#options.resumed?.folder.close();
    await (await this.#folder?.catch(() => undefined))?.close();
  }
}
