import type { Parameter } from "@convscope/autograd";
import {
  type Device,
  formatShape,
  type NdArray,
  namingTooLarge,
  type RandomStream,
  sizeOf,
  type Tensor,
} from "@convscope/kernels";
import { blockWidths, placeBlocks, readBlocks, writeBlocks } from "./column-blocks.ts";
import type { Initializer } from "./initializers.ts";
import { leaveDevice, useDevice } from "./opened-devices.ts";

export interface WeightOptions {
  /** False where no gradient changes it, such as a moving average. Default true. */
  readonly isTrainable?: boolean;
  /** True of a matrix whose layer can work on `blocks` of its columns. Default false. */
  readonly isSplittable?: boolean;
}

/**
 * A layer's weight: a named array that lives with the models that hold it. Until one of them meets a device the values
 * are kept here, and drawn only when they are asked for; from then on the device's are the true ones.
 */
export class Weight implements Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly isTrainable: boolean;
  readonly #isSplittable: boolean;
  readonly #initializer: Initializer;
  #stream: RandomStream | undefined;
  #values: Float32Array | undefined;
  #placed: { readonly device: Device; readonly tensors: readonly Tensor[] } | undefined;
  #blocks: readonly Parameter[] = [this];
  /** The models that are not closed and have this weight. */
  readonly #holders = new Set<object>();
  #isGone = false;
  /** Set by the model before each step: true where the compiled model trains this weight. */
  needsGradient = false;
  #beforePlan: (() => void) | undefined;

  constructor(
    name: string,
    shape: readonly number[],
    initializer: Initializer,
    { isTrainable = true, isSplittable = false }: WeightOptions = {},
  ) {
    this.name = name;
    this.shape = shape;
    this.#initializer = initializer;
    this.isTrainable = isTrainable;
    this.#isSplittable = isSplittable;
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  /** The weight on the device. @throws before a model has placed it on one, and where it lies there in several `blocks` */
  get tensor(): Tensor {
    this.#check();
    if (!this.#placed) throw new Error(`[weight] ${this.name} is on no device yet: run the model once.`);
    const [tensor, ...others] = this.#placed.tensors;
    if (others.length === 0) return tensor;
    throw new Error(
      `[weight] ${this.name} lies on its device in ${1 + others.length} tensors: see its blocks.`,
    );
  }

  /**
   * What a tape watches and an optimizer changes: the weight itself, or, where it is larger than what the device binds, blocks of
   * its columns, in order.
   */
  get blocks(): readonly Parameter[] {
    this.#check();
    return this.#blocks;
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
    const widths = this.#widthsOn(device);
    const tensors = namingTooLarge(
      this.name,
      () => placeBlocks(device, this.shape, widths, this.#current()),
      "use fewer units or filters, or another device",
    );
    this.#lieIn(device, tensors);
    this.#values = undefined;
    useDevice(device, this);
  }

  /** While work is only planned: a buffer stands for the weight, which need not be on the device. */
  plan(device: Device, standIn: GPUBuffer): void {
    const [placed, blocks] = [this.#placed, this.#blocks];
    this.#beforePlan = () => {
      this.#placed = placed;
      this.#blocks = blocks;
    };
    const widths = this.#widthsOn(device);
    const shapes = widths.length === 1 ? [this.shape] : widths.map((width) => [this.shape[0], width]);
    this.#lieIn(
      device,
      shapes.map((shape) => ({ shape, dtype: "float32", buffer: standIn })),
    );
  }

  endPlan(): void {
    this.#beforePlan?.();
    this.#beforePlan = undefined;
  }

  #widthsOn(device: Device): readonly number[] {
    return this.#isSplittable ? blockWidths(device.largestTensor, this.shape) : [this.shape.at(-1) ?? 1];
  }

  #lieIn(device: Device, tensors: readonly Tensor[]): void {
    this.#placed = { device, tensors };
    this.#blocks = tensors.length > 1 ? this.#blocksOf(tensors) : [this];
  }

  /** Keeps the values for a model, until it lets go of them. */
  hold(model: object): void {
    this.#holders.add(model);
  }

  /** One model less; after the last one the memory goes back to the device, and the values are lost. */
  release(model: object): void {
    if (!this.#holders.delete(model) || this.#holders.size > 0 || !this.#placed) return;
    const { device, tensors } = this.#placed;
    for (const { buffer } of tensors) device.pool.release(buffer);
    this.#placed = undefined;
    this.#isGone = true;
    leaveDevice(device, this);
  }

  /** The values now. */
  async read(): Promise<NdArray> {
    this.#check();
    if (this.#placed) return readBlocks(this.#placed.device, this.#placed.tensors);
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

  /**
   * Replaces the values.
   * @param isOurs true where nobody else holds them, so that they need not be copied
   * @throws where the shape is another one
   */
  set(value: NdArray, isOurs = false): void {
    this.#check();
    this.checkShape(value);
    if (this.#placed) writeBlocks(this.#placed.device, this.#placed.tensors, value.data);
    else this.#values = isOurs ? value.data : value.data.slice();
  }

  /** Named as in NumPy: `fc1/kernel:0[:, 0:1024]`. */
  #blocksOf(tensors: readonly Tensor[]): readonly Parameter[] {
    const needsGradient = () => this.needsGradient;
    let end = 0;
    return tensors.map((tensor) => {
      const start = end;
      end += tensor.shape[1];
      return {
        name: `${this.name}[:, ${start}:${end}]`,
        tensor,
        get needsGradient() {
          return needsGradient();
        },
      };
    });
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
