import type { Device, StepMemory } from "@convscope/kernels";
import { leaveDevice, openDevice, useDevice } from "../opened-devices.ts";
import type { Weight } from "../weight.ts";

/** A device that is ready for a step, and the memory of the kinds of steps. */
export interface Place {
  readonly device: Device;
  readonly memories: Readonly<Record<"train" | "test" | "predict", StepMemory>>;
}

/** Where a model runs: its device, its weights on it, and the memory of its steps. */
export class Placement {
  readonly #modelName: string;
  #device: Device | undefined;
  #opening: Promise<Device> | undefined;
  #memories: Place["memories"] | undefined;
  readonly #weights = new Set<Weight>();
  #isClosed = false;

  /** @param device without one, that of the weights is taken, or one is opened */
  constructor(modelName: string, device: Device | undefined) {
    this.#modelName = modelName;
    this.#device = device;
  }

  /** Keeps weights until `close`, whatever other models that share them do. */
  hold(weights: readonly Weight[]): void {
    for (const weight of weights) {
      weight.hold(this);
      this.#weights.add(weight);
    }
  }

  /** Leaves the weights to an outer model, which holds them: for a model that never ran by itself. */
  leaveToOuter(): void {
    if (this.#memories) return;
    this.#release();
  }

  /** The device, whatever is on it. @throws after `close` */
  async device(weights: () => readonly Weight[]): Promise<Device> {
    this.checkOpen();
    this.#device ??= weights().find((weight) => weight.device)?.device;
    const device = this.#device ?? (await this.#open());
    this.checkOpen();
    return device;
  }

  /** The device, with these weights on it. @throws after `close` */
  async of(weights: () => readonly Weight[]): Promise<Place> {
    const device = await this.device(weights);
    this.hold(weights());
    for (const weight of this.#weights) weight.place(device);
    if (!this.#memories) {
      this.#memories = { train: device.scope(), test: device.scope(), predict: device.scope() };
      useDevice(device, this);
    }
    return { device, memories: this.#memories };
  }

  async #open(): Promise<Device> {
    // One for all that ask while it opens.
    this.#opening ??= openDevice();
    try {
      this.#device = await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
    if (this.#isClosed) leaveDevice(this.#device, this);
    return this.#device;
  }

  checkOpen(): void {
    if (this.#isClosed) throw new Error(`[model] ${this.#modelName} was closed: make a new model.`);
  }

  /** Gives back all memory that no other model holds; a device that models opened ends with the last of them. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const memory of Object.values(this.#memories ?? {})) memory[Symbol.dispose]();
    this.#release();
    if (this.#device) leaveDevice(this.#device, this);
  }

  #release(): void {
    for (const weight of this.#weights) weight.release(this);
    this.#weights.clear();
  }
}
