import type { Device } from "../device/device.ts";
import { gridFor } from "../device/grid.ts";

/**
 * What the kernels for subgroups want, or undefined where they have it: a subgroup of at least 8 lanes, the lanes of a
 * SIMD register where a processor plays the GPU, and whole quads of the channels that the lanes share out.
 */
export function wantsLanes(device: Device, name: string, channels: number): string | undefined {
  if (!device.features.has("subgroups")) return "the adapter has no subgroups";
  const { subgroupSize } = device.adapter;
  if (subgroupSize < 8) return `a subgroup has ${subgroupSize || "an unknown number of"} lanes, 8 are needed`;
  return channels % 4 === 0 ? undefined : `${name} is ${channels}, must be a multiple of 4`;
}

/** The grid of registers: workgroups of 8×8 threads, each of 4 channels by 8 pixels, the pixels folded into y and z. */
export function registersGrid(channels: number, pixels: number): [number, number, number] {
  const [y, z] = gridFor(Math.ceil(pixels / 8), 8);
  return [Math.ceil(channels / 32), y, z];
}

/** The grid of subgroups: workgroups of 8 lanes, together 32 channels by 32 pixels, the pixels folded into y and z. */
export function subgroupsGrid(channels: number, pixels: number): [number, number, number] {
  const [y, z] = gridFor(Math.ceil(pixels / 32), 1);
  return [Math.ceil(channels / 32), y, z];
}
