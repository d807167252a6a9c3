import { activationCode } from "../activation/activation.ts";
import { gridFor } from "../device/grid.ts";
import { defineKernel } from "../device/kernel.ts";
import type { Scope } from "../device/memory.ts";
import type { Tensor } from "../device/tensor.ts";
import type { DenseGeometry } from "./geometry.ts";
import type { ForwardOperands } from "./operands.ts";
import sumPartsWgsl from "./sum-parts.wgsl";

// Guesses, both: no GPU was at hand to measure on.
/** Workgroups that fill a large GPU. */
const WORKGROUPS = 256;
/** Inputs of a part, at least: fewer cost more to add up than they gain. */
const LEAST_INPUTS = 256;

const sumParts = defineKernel({
  name: "dense.forward.sumParts",
  wgsl: sumPartsWgsl,
  buffers: ["partial", "b", "y"],
  constants: ["OUT", "ACTIVATION", "HAS_BIAS"],
  step: ["quads", "parts"],
});

/** What a kernel of the forward pass is started with. */
export interface Start {
  readonly buffers: Readonly<Record<"x" | "w" | "b" | "y", Tensor>>;
  readonly constants: Readonly<Record<"IN" | "OUT" | "ACTIVATION" | "HAS_BIAS", number>>;
  readonly grid: readonly [number, number, number];
  readonly step: Readonly<Record<"rows" | "parts" | "inputsOfPart", number>>;
}

/**
 * The forward pass by a kernel whose workgroups compute tiles of 32 rows by 64 outputs, its sum cut into parts where there
 * are too few tiles to fill a GPU; they are added up in a fixed order.
 */
export function forwardInParts(
  scope: Scope,
  { rows, inputs, outputs, outputShape }: DenseGeometry,
  { x, w, b, activation }: ForwardOperands,
  start: (start: Start) => void,
): Tensor {
  const y = scope.tensor(outputShape);
  const tilesOfOutputs = Math.ceil(outputs / 64);
  const tilesOfRows = Math.ceil(rows / 32);
  const { parts, inputsOfPart } = partsOf(inputs, tilesOfOutputs * tilesOfRows);
  const partial = parts > 1 ? scope.tensor([parts, rows, outputs]) : y;
  const epilogue = { OUT: outputs, ACTIVATION: activationCode[activation], HAS_BIAS: b ? 1 : 0 };
  const [gridY, gridZ] = gridFor(parts * tilesOfRows, 1);
  start({
    buffers: { x, w, b: b ?? w, y: partial },
    constants: { ...epilogue, IN: inputs },
    grid: [tilesOfOutputs, gridY, gridZ],
    step: { rows, parts, inputsOfPart },
  });
  if (parts > 1) {
    const quads = (rows * outputs) / 4;
    const launch = { grid: gridFor(quads), step: { quads, parts } };
    scope.device.run(sumParts, { partial, b: b ?? w, y }, epilogue, launch);
  }
  return y;
}

/** How the sum is cut. The parts are step numbers, so that a short batch compiles nothing. */
function partsOf(inputs: number, tiles: number): { parts: number; inputsOfPart: number } {
  const wanted = Math.max(1, Math.min(Math.ceil(WORKGROUPS / tiles), Math.floor(inputs / LEAST_INPUTS)));
  const inputsOfPart = 4 * Math.ceil(inputs / 4 / wanted);
  return { parts: Math.ceil(inputs / inputsOfPart), inputsOfPart };
}
