import { freemem, totalmem } from "node:os";
import type { Device } from "@convscope/kernels";

/** What memory there is for a training. */
export interface Room {
  /** The device's name. */
  readonly name: string;
  /** The most bytes that one tensor may have: kernels bind all of it. */
  readonly most: number;
  /** All bytes that can be had; undefined on a GPU: WebGPU does not tell how much it has. */
  readonly bytes: number | undefined;
}

/** On a software device the memory is the machine's: what is free, and what the device holds already for its models. */
export function roomOn(device: Device): Room {
  const { name, isSoftware } = device.adapter;
  const bytes = isSoftware ? freeBytes() + device.bytes : undefined;
  return { name, most: device.largestTensor, bytes };
}

/** What this process can still get: of the machine's memory, or of what a container allows it. */
function freeBytes(): number {
  // macOS tells of pages that nobody uses, and keeps few of those: the others are given up when they are asked for.
  const free = process.platform === "darwin" ? totalmem() - process.memoryUsage().rss : freemem();
  const allowed = process.constrainedMemory();
  // Without a limit it is 0, or a number beyond all memory.
  if (!(allowed > 0 && allowed < totalmem())) return free;
  return Math.min(free, allowed - process.memoryUsage().rss);
}
