import type { Device } from "../device/device.ts";
import type { VariantName } from "../variants/kernel-choice.ts";

/** The static table of the three passes: which variants to try, the fastest known first. Measured in README.md. */
export const fastestVariants = ({ adapter }: Device): readonly VariantName[] =>
  adapter.isSoftware ? ["subgroups", "registers"] : ["matrices", "half-tiles", "tiles", "registers"];
