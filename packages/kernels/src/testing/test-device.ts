import { afterAll, beforeAll } from "vitest";
import { Device } from "../device/device.ts";
import type { KernelChoice } from "../variants/kernel-choice.ts";

/** Both ways of choosing kernels: every numeric test runs with each. */
export const kernelChoices: readonly KernelChoice[] = ["naive", "auto"];

/** A device for the tests of a `describe` block; it is closed after them. Call the result inside a test. */
export function openTestDevice(kernels: KernelChoice = "auto"): () => Device {
  let device: Device | undefined;
  beforeAll(async () => {
    device = await Device.open({ kernels });
  });
  afterAll(() => device?.close());
  return () => {
    if (!device) throw new Error("openTestDevice: called outside a test.");
    return device;
  };
}
