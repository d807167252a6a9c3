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

/** The same of those whose lanes may have two quads of columns each, see `wideColumns`. */
export function wideLanesGrid(
  columns: number,
  rows: number,
): { grid: [number, number, number]; isWide: boolean } {
  const [, y, z] = lanesGrid(columns, rows);
  const { groups, isWide } = wideColumns(columns);
  return { grid: [groups, y, z], isWide };
}

/** How many workgroups lie side by side over columns: of 64 each, or of 32 where the last one would have half of them beyond. */
export function wideColumns(columns: number): { groups: number; isWide: boolean } {
  const narrow = Math.ceil(columns / 32);
  return narrow % 2 === 0 ? { groups: narrow / 2, isWide: true } : { groups: narrow, isWide: false };
}
