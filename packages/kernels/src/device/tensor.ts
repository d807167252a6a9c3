/** A typed array on the device: shape and buffer, no gradient. Row-major; images are NHWC, filters HWIO. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly dtype: DataType;
  readonly buffer: GPUBuffer;
}

/** `uint8`: bytes, four in a word, as pictures are; a kernel binds them as `array<u32>`, the first byte lowest. */
export type DataType = "float32" | "uint32" | "uint8";

/** The typed array that holds the values of a tensor. */
export type TensorData = Float32Array | Uint32Array | Uint8Array;

/** A typed array in the computer's own memory: what goes up to the device and comes back from it. */
export interface NdArray<D extends TensorData = Float32Array> {
  readonly shape: readonly number[];
  readonly data: D;
}

/** The data type of a tensor that holds such an array's values. */
export function dtypeOf(data: TensorData): DataType {
  if (data instanceof Uint8Array) return "uint8";
  return data instanceof Uint32Array ? "uint32" : "float32";
}

/** How many elements a shape holds; 1 for a scalar's empty shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** The bytes of a tensor of that shape: whole words of four. */
export function bytesOf(shape: readonly number[], dtype: DataType = "float32"): number {
  return dtype === "uint8" ? Math.ceil(sizeOf(shape) / 4) * 4 : sizeOf(shape) * 4;
}

/** A shape as it stands in messages: `[32,224,224,3]`. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.join(",")}]`;
}

/** The same values under another shape: no copy is made. @throws where the sizes differ */
export function reshaped(tensor: Tensor, shape: readonly number[]): Tensor {
  if (sizeOf(shape) !== sizeOf(tensor.shape)) {
    throw new Error(
      `[reshape] ${formatShape(tensor.shape)} holds ${sizeOf(tensor.shape)} values, ` +
        `${formatShape(shape)} would hold ${sizeOf(shape)}: give a shape of the same size.`,
    );
  }
  return { shape, dtype: tensor.dtype, buffer: tensor.buffer };
}
