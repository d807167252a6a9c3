import type { Device } from "../device/device.ts";
import type { Scope } from "../device/memory.ts";
import type { Tensor } from "../device/tensor.ts";
import { type KernelChoice, type VariantName, variantNames } from "./kernel-choice.ts";

/** One way of computing a pass. */
export interface Variant<Geometry, Operands> {
  readonly name: VariantName;
  /** Why it cannot run: what it wants of the device or of the sizes. Undefined where it can. */
  readonly refuses?: (device: Device, geometry: Geometry) => string | undefined;
  readonly run: (scope: Scope, geometry: Geometry, operands: Operands) => Tensor;
}

/** A pass of an op, such as conv2d.forward, and the ways of computing it. */
export interface Pass<Geometry, Operands> {
  readonly name: string;
  /** The plainest first; that one takes everything. */
  readonly variants: readonly Variant<Geometry, Operands>[];
  /** The static table: which variants to try on such a device, the fastest known first. The plainest need not stand there. */
  readonly fastest: (device: Device, geometry: Geometry) => readonly VariantName[];
  /** The sizes as text, without the batch: a short last batch must take the same variant, or it would compile anew. */
  readonly key: (geometry: Geometry) => string;
  /** Floating-point operations. */
  readonly flop: (geometry: Geometry) => number;
  /** Operands of the right shapes, to measure with. Their values are whatever was there before. */
  readonly operands: (scope: Scope, geometry: Geometry) => Operands;
}

// biome-ignore lint/suspicious/noExplicitAny: lists hold passes of every kind
export type AnyPass = Pass<any, any>;

/** Runs a pass by the variant that the device's choice of kernels comes to. */
export function runPass<Geometry, Operands>(
  scope: Scope,
  pass: Pass<Geometry, Operands>,
  geometry: Geometry,
  operands: Operands,
): Tensor {
  scope.device.onPass?.(pass, geometry);
  return chooseVariant(scope.device, pass, geometry).run(scope, geometry, operands);
}

/** A pass at its sizes, as text without the batch: what a measured choice is kept by. */
export const passKey = <Geometry>(
  pass: Pick<Pass<Geometry, unknown>, "name" | "key">,
  geometry: Geometry,
): string => `${pass.name} ${pass.key(geometry)}`;

/** The variant that runs. @param kernels default: the device's choice */
export function chooseVariant<Geometry, Operands>(
  device: Device,
  pass: Pass<Geometry, Operands>,
  geometry: Geometry,
  kernels: KernelChoice = device.kernels,
): Variant<Geometry, Operands> {
  for (const name of wanted(device, pass, geometry, kernels)) {
    const variant = pass.variants.find((candidate) => candidate.name === name);
    if (variant && !variant.refuses?.(device, geometry)) return variant;
  }
  return pass.variants[0];
}

/** The names to try in turn. */
function wanted<Geometry, Operands>(
  device: Device,
  pass: Pass<Geometry, Operands>,
  geometry: Geometry,
  kernels: KernelChoice,
): readonly VariantName[] {
  if (kernels === "auto") return pass.fastest(device, geometry);
  if (kernels !== "tuned") return variantNames.slice(0, variantNames.indexOf(kernels) + 1).toReversed();
  const measured = device.tuning?.answer(passKey(pass, geometry));
  const known = pass.fastest(device, geometry);
  return measured ? [measured.variant, ...known] : known;
}
