import type { DeviceArray } from "@convscope/kernels";
import type { NdArray } from "../types.ts";

/** What a batch's `y` is: one-hot rows, a class index (`binary` for two classes), the pictures again, or nothing. */
export type ClassMode = "categorical" | "binary" | "sparse" | "input" | null;

const CLASS_MODES: readonly ClassMode[] = ["categorical", "binary", "sparse", "input", null];

/** @throws for an unknown mode, and for `binary` with another number of classes than two, which Keras lets pass */
export function checkClassMode(where: string, classMode: ClassMode, classNames?: readonly string[]): void {
  if (!CLASS_MODES.includes(classMode)) {
    const known = CLASS_MODES.map((mode) => JSON.stringify(mode)).join(", ");
    throw new Error(
      `[${where}] Invalid class_mode: ${JSON.stringify(classMode)}; expected one of: ${known}.`,
    );
  }
  if (classMode === "binary" && classNames !== undefined && classNames.length !== 2) {
    throw new Error(
      `[${where}] classMode "binary" needs exactly 2 classes, but there ${describe(classNames)}: ` +
        'use "categorical" or "sparse", or name two classes in `classes`.',
    );
  }
}

const describe = (names: readonly string[]): string =>
  names.length === 1 ? `is 1 (${names[0]})` : `are ${names.length} (${names.join(", ")})`;

/**
 * The targets of a batch.
 * @param labels class index of each picture
 * @param x the pictures, for `input`
 */
export function targets(
  classMode: ClassMode,
  labels: readonly number[],
  numClasses: number,
  x: NdArray | DeviceArray,
): NdArray | undefined {
  if (classMode === null) return undefined;
  if (classMode === "input" && "data" in x) return { shape: x.shape, data: x.data.slice() };
  if (classMode !== "categorical") return { shape: [labels.length], data: Float32Array.from(labels) };
  const data = new Float32Array(labels.length * numClasses);
  for (const [row, label] of labels.entries()) data[row * numClasses + label] = 1;
  return { shape: [labels.length, numClasses], data };
}
