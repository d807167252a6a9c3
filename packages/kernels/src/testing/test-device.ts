import { afterAll, beforeAll } from "vitest";
import { Device } from "../device/device.ts";
import { type KernelChoice, mixedVariantNames, variantNames } from "../variants/kernel-choice.ts";

/** The variants that run on every device. `matrices` do not, and have a test of their own. */
export const testedVariants = variantNames.filter((name) => name !== "matrices");

/** Both ways of choosing kernels: every numeric test runs with each. */
export const kernelChoices: readonly KernelChoice[] = ["naive", "auto"];

/**
 * A device for the tests of a `describe` block; it is closed after them. Call the result inside a test. It is of mixed
 * precision where the kernels want that.
 */
export function openTestDevice(kernels: KernelChoice = "auto"): () => Device {
  let device: Device | undefined;
  beforeAll(async () => {
    const precision = mixedVariantNames.some((name) => name === kernels) ? "mixed" : "float32";
    device = await Device.open({ kernels, precision });
  });
  afterAll(() => device?.close());
  return () => {
    if (!device) throw new Error("openTestDevice: called outside a test.");
    return device;
  };
}
