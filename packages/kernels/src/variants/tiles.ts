import type { Device } from "../device/device.ts";

/** Threads of the largest workgroup. */
const MOST_THREADS = 256;

/**
 * What the kernels in workgroup memory want, or undefined where they have it: workgroups of 256 threads, and whole quads of
 * what is read or written 16 bytes at a time. Of memory they take no more than the 16 KiB that WebGPU promises.
 * @param sizes by name
 */
function wantsTiles({ limits }: Device, sizes: Readonly<Record<string, number>>): string | undefined {
  const threads = limits.maxComputeInvocationsPerWorkgroup;
  if (threads < MOST_THREADS) return `a workgroup has at most ${threads} threads, ${MOST_THREADS} are needed`;
  const odd = Object.entries(sizes).find(([, size]) => size % 4 !== 0);
  return odd && `${odd[0]} is ${odd[1]}, must be a multiple of 4`;
}

/** Subgroups that multiply matrices together. */
const MATRIX_SUBGROUPS = 4;
/** The threads of a workgroup that multiplies matrices. */
export const matrixThreads = ({ adapter }: Device): number => MATRIX_SUBGROUPS * adapter.subgroupSize;

/** What the kernels want that multiply matrices in hardware, or undefined where they have it. @param sizes by name */
export function wantsMatrices(device: Device, sizes: Readonly<Record<string, number>>): string | undefined {
  const mixed = wantsMixed(device);
  if (mixed) return mixed;
  if (!device.features.has("chromium-experimental-subgroup-matrix"))
    return "the adapter has no subgroup matrices";
  if (!device.adapter.hasMatrices) return "its subgroups do not multiply 16×16 matrices of f16 into f32";
  return wantsTiles(device, sizes);
}

/** Why numbers may not be rounded to f16, or undefined where they may. */
const wantsMixed = ({ precision }: Device): string | undefined =>
  precision === "mixed" ? undefined : `the precision is ${precision}, must be mixed`;

/** What the kernels in workgroup memory want, or undefined where they have it, by their variant's name and the sizes, by name. */
export const wantsOfTiles = {
  tiles: wantsTiles,
  "half-tiles": (device: Device, sizes: Readonly<Record<string, number>>) =>
    wantsMixed(device) ?? wantsTiles(device, sizes),
};
export type TilesName = keyof typeof wantsOfTiles;
