import type { Parameter } from "@convscope/autograd";
import {
  type Device,
  formatShape,
  type NdArray,
  type RandomStream,
  sizeOf,
  type Tensor,
} from "@convscope/kernels";
import type { Initializer } from "./initializers.ts";
import { leaveDevice, useDevice } from "./opened-devices.ts";

export interface WeightOptions {
  /** False where no gradient changes it, such as a moving average. Default true. */
  readonly isTrainable?: boolean;
}

/**
 * A layer's weight: a named array that lives with the models that hold it. Until one of them meets a device the values
 * are kept here, and drawn only when they are asked for; from then on the device's are the true ones.
 */
export class Weight implements Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly isTrainable: boolean;
  readonly #initializer: Initializer;
  #stream: RandomStream | undefined;
  #values: Float32Array | undefined;
  #placed: { readonly device: Device; readonly tensor: Tensor } | undefined;
  /** The models that are not closed and have this weight. */
  readonly #holders = new Set<object>();
  #isGone = false;
  /** Set by the model before each step: true where the compiled model trains this weight. */
  needsGradient = false;
  /** While work is only planned: stands for the weight, which need not be on a device. */
  standIn: Tensor | undefined;

  constructor(
    name: string,
    shape: readonly number[],
    initializer: Initializer,
    { isTrainable = true }: WeightOptions = {},
  ) {
    this.name = name;
    this.shape = shape;
    this.#initializer = initializer;
    this.isTrainable = isTrainable;
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  /** The weight on the device. @throws before a model has placed it on one */
  get tensor(): Tensor {
    this.#check();
    if (this.standIn) return this.standIn;
    if (!this.#placed) throw new Error(`[weight] ${this.name} is on no device yet: run the model once.`);
    return this.#placed.tensor;
  }

  /** Says from which stream the first values are drawn, where there are none yet. */
  initialize(stream: RandomStream): void {
    this.#check();
    if (!this.#values && !this.#placed) this.#stream ??= stream;
  }

  /** The device that it is on, if any. */
  get device(): Device | undefined {
    return this.#placed?.device;
  }

  /** Puts the weight on a device. @throws where it is on another one */
  place(device: Device): void {
    this.#check();
    if (this.#placed && this.#placed.device !== device) {
      throw new Error(
        `[weight] ${this.name} is on another device: models that share a layer must share a device.`,
      );
    }
    if (this.#placed) return;
    this.#placed = { device, tensor: device.tensor(this.shape, this.#current()) };
    this.#values = undefined;
    useDevice(device, this);
  }

  /** Keeps the values for a model, until it lets go of them. */
  hold(model: object): void {
    this.#holders.add(model);
  }

  /** One model less; after the last one the memory goes back to the device, and the values are lost. */
  release(model: object): void {
    if (!this.#holders.delete(model) || this.#holders.size > 0 || !this.#placed) return;
    const { device, tensor } = this.#placed;
    device.pool.release(tensor.buffer);
    this.#placed = undefined;
    this.#isGone = true;
    leaveDevice(device, this);
  }

  /** The values now. */
  async read(): Promise<NdArray> {
    this.#check();
    if (this.#placed) return this.#placed.device.read(this.#placed.tensor);
    return { shape: this.shape, data: this.#current().slice() };
  }

  /** @throws where a value for this weight has another shape */
  checkShape(value: NdArray): void {
    if (formatShape(value.shape) !== formatShape(this.shape)) {
      throw new Error(
        `[setWeights] ${this.name} has shape ${formatShape(this.shape)}, got an array of shape ${formatShape(value.shape)}.`,
      );
    }
  }

  /** Replaces the values. @throws where the shape is another one */
  set(value: NdArray): void {
    this.#check();
    this.checkShape(value);
    if (this.#placed) this.#placed.device.write(this.#placed.tensor, value.data);
    else this.#values = Float32Array.from(value.data);
  }

  /** The values while there is no device. */
  #current(): Float32Array {
    if (!this.#values) {
      if (!this.#stream) {
        throw new Error(
          `[weight] ${this.name} has no values yet: put its layer into a model, which draws them, or set them.`,
        );
      }
      this.#values = this.#initializer(this.shape, this.#stream);
      this.#stream = undefined;
    }
    return this.#values;
  }

  #check(): void {
    if (this.#isGone) {
      throw new Error(
        `[weight] ${this.name} went with its model, which was closed: read it before, or make a new layer.`,
      );
    }
  }
}
