import type { Device } from "./device.ts";
import { formatShape } from "./tensor.ts";

/** A tensor was asked for that is larger than what the device binds of one buffer. */
export class TensorTooLarge extends Error {
  readonly shape: readonly number[];
  readonly bytes: number;
  readonly device: Device;

  /** @param what whose tensor it is @param advice what to do */
  constructor(
    what: string,
    shape: readonly number[],
    bytes: number,
    device: Device,
    advice = "use a smaller batch, or smaller pictures",
  ) {
    super(
      `[${what}] a tensor ${formatShape(shape)} takes ${inMiB(bytes)} MiB, and ${device.adapter.name} ` +
        `binds ${inMiB(device.largestTensor)} MiB of a buffer at most: ${advice}.`,
    );
    this.shape = shape;
    this.bytes = bytes;
    this.device = device;
  }
}

/** Says of a tensor that turns out to be too large in some work whose it is. */
export function namingTooLarge<T>(what: string, work: () => T, advice?: string): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TensorTooLarge)) throw error;
    throw new TensorTooLarge(what, error.shape, error.bytes, error.device, advice);
  }
}

const inMiB = (bytes: number): string => {
  const value = bytes / 2 ** 20;
  return value >= 10 ? value.toFixed(0) : value.toPrecision(2);
};
