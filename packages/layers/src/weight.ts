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

/**
 * A layer's weight: a named array that lives with its models. Until one of them meets a device the values are kept
 * here, and drawn only when they are asked for; from then on the device's are the true ones.
 */
export class Weight implements Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly #initializer: Initializer;
  #stream: RandomStream | undefined;
  #values: Float32Array | undefined;
  #placed: { readonly device: Device; readonly tensor: Tensor } | undefined;
  /** Models that have placed this weight and not released it. */
  #users = 0;
  #isGone = false;
  /** Set by the model before each step: true where the compiled model trains this weight. */
  needsGradient = false;

  constructor(name: string, shape: readonly number[], initializer: Initializer) {
    this.name = name;
    this.shape = shape;
    this.#initializer = initializer;
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  /** The weight on the device. @throws before a model has placed it on one */
  get tensor(): Tensor {
    this.#check();
    if (!this.#placed) throw new Error(`[weight] ${this.name} is on no device yet: run the model once.`);
    return this.#placed.tensor;
  }

  /** Says from which stream the first values are drawn, where there are none yet. */
  initialize(stream: RandomStream): void {
    this.#check();
    if (!this.#values && !this.#placed) this.#stream ??= stream;
  }

  /** Puts the weight on a device, for one model more. @throws where it is on another one */
  place(device: Device): void {
    this.#check();
    if (this.#placed && this.#placed.device !== device) {
      throw new Error(
        `[weight] ${this.name} is on another device: models that share a layer must share a device.`,
      );
    }
    this.#placed ??= { device, tensor: device.tensor(this.shape, this.#current()) };
    this.#values = undefined;
    this.#users++;
  }

  /** One model less; after the last one the memory goes back to the device, and the values are lost. */
  release(): void {
    if (!this.#placed || --this.#users > 0) return;
    this.#placed.device.pool.release(this.#placed.tensor.buffer);
    this.#placed = undefined;
    this.#isGone = true;
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
      if (!this.#stream) throw new Error(`[weight] ${this.name} has no values yet: initialize or set it.`);
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
