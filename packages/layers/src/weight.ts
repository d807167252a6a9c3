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
 * A layer's weight: a named array that lives with the model. Until the model meets a device its values are kept here;
 * from then on the device's are the true ones.
 */
export class Weight implements Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly #initializer: Initializer;
  #values: Float32Array | undefined;
  #tensor: Tensor | undefined;
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

  /** The weight on the device. @throws before the model was placed on one */
  get tensor(): Tensor {
    if (!this.#tensor) throw new Error(`[weight] ${this.name} is on no device yet: run the model once.`);
    return this.#tensor;
  }

  /** Gives the weight its first values, where it has none. */
  initialize(stream: RandomStream): void {
    if (!this.#values && !this.#tensor) this.#values = this.#initializer(this.shape, stream);
  }

  /** Puts the weight on the device. */
  place(device: Device): void {
    if (this.#tensor) return;
    this.#tensor = device.tensor(this.shape, this.#values);
    this.#values = undefined;
  }

  /** The values now. */
  async read(device: Device | undefined): Promise<NdArray> {
    if (this.#tensor && device) return device.read(this.#tensor);
    return { shape: this.shape, data: this.#values?.slice() ?? new Float32Array(this.size) };
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
  set(device: Device | undefined, value: NdArray): void {
    this.checkShape(value);
    if (this.#tensor && device) device.write(this.#tensor, value.data);
    else this.#values = Float32Array.from(value.data);
  }
}
