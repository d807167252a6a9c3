import { gridFor } from "../device/grid.ts";

/** The grid of registers: workgroups of 8×8 threads, each of 4 channels by 8 pixels, the pixels folded into y and z. */
export function registersGrid(channels: number, pixels: number): [number, number, number] {
  const [y, z] = gridFor(Math.ceil(pixels / 8), 8);
  return [Math.ceil(channels / 32), y, z];
}
