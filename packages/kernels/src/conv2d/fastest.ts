import type { Device } from "../device/device.ts";
import type { VariantName } from "../variants/kernel-choice.ts";
import type { Conv2dGeometry } from "./geometry.ts";
import { winogradPays } from "./winograd/winograd.ts";

/** The static table of the three passes: which variants to try, the fastest known first. Measured in README.md. */
export function fastestVariants({ adapter }: Device, geometry: Conv2dGeometry): readonly VariantName[] {
  if (!adapter.isSoftware) return ["matrices", "half-tiles", "tiles", "registers"];
  return winogradPays(geometry) ? ["winograd", "subgroups", "registers"] : ["subgroups", "registers"];
}
