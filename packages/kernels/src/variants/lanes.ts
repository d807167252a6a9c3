import type { Device } from "../device/device.ts";
import { gridFor } from "../device/grid.ts";

/**
 * What the kernels for subgroups want, or undefined where they have it: a subgroup of at least 8 lanes, the lanes of a
 * SIMD register where a processor plays the GPU, and whole quads of what the lanes read or share out.
 * @param sizes by name
 */
export function wantsLanes(device: Device, sizes: Readonly<Record<string, number>>): string | undefined {
  if (!device.features.has("subgroups")) return "the adapter has no subgroups";
  const { subgroupSize } = device.adapter;
  if (subgroupSize < 8) return `a subgroup has ${subgroupSize || "an unknown number of"} lanes, 8 are needed`;
  const odd = Object.entries(sizes).find(([, size]) => size % 4 !== 0);
  return odd && `${odd[0]} is ${odd[1]}, must be a multiple of 4`;
}

/** The grid of such kernels: workgroups of 8 lanes, together 32 columns by 32 rows, the rows folded into y and z. */
export function lanesGrid(columns: number, rows: number): [number, number, number] {
  const [y, z] = gridFor(Math.ceil(rows / 32), 1);
  return [Math.ceil(columns / 32), y, z];
}
