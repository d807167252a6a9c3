import { Device, type StepMemory } from "@convscope/kernels";
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

  /** @param device without one, the first use opens one, which `close` ends */
  constructor(modelName: string, device: Device | undefined) {
    this.#modelName = modelName;
    this.#device = device;
  }

  /** The device, with these weights on it. @throws after `close` */
  async of(weights: () => readonly Weight[]): Promise<Place> {
    this.checkOpen();
    const device = this.#device ?? (await this.#open());
    this.checkOpen();
    for (const weight of weights()) {
      if (this.#weights.has(weight)) continue;
      weight.place(device);
      this.#weights.add(weight);
    }
    this.#memories ??= { train: device.scope(), test: device.scope(), predict: device.scope() };
    return { device, memories: this.#memories };
  }

  async #open(): Promise<Device> {
    // One for all that ask while it opens.
    this.#opening ??= Device.open();
    try {
      this.#device = await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
    if (this.#isClosed) this.#device.close();
    return this.#device;
  }

  checkOpen(): void {
    if (this.#isClosed) throw new Error(`[model] ${this.#modelName} was closed: make a new model.`);
  }

  /** Gives all memory back, and ends the device where it was opened here. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const memory of Object.values(this.#memories ?? {})) memory[Symbol.dispose]();
    for (const weight of this.#weights) weight.release();
    this.#weights.clear();
    if (this.#opening) this.#device?.close();
  }
}
