import { type NdArray, sizeOf } from "@convscope/kernels";
import { formatTuple } from "../python-format.ts";
import type { LabelledBatch } from "./batch.ts";

/** By what the loss of a class's samples is multiplied, by the number of the class. */
export type ClassWeight = Readonly<Record<number, number>>;

/** The class of each sample: the largest of a one-hot row, or the number itself. */
function classesOf({ shape, data }: NdArray): number[] {
  if (shape.length > 2) {
    throw new Error(
      `\`class_weight\` not supported for 3+ dimensional targets: y has the shape ${formatTuple(shape)}.`,
    );
  }
  const width = sizeOf(shape.slice(1));
  if (width === 1) return [...data];
  return Array.from({ length: shape[0] }, (_, sample) => {
    const row = data.subarray(sample * width, (sample + 1) * width);
    return row.indexOf(Math.max(...row));
  });
}

/**
 * A batch whose samples weigh what their classes weigh, besides the weights that they have already.
 * @throws for a class without a weight
 */
export function weighClasses(batch: LabelledBatch, classWeight: ClassWeight | undefined): LabelledBatch {
  if (!classWeight) return batch;
  const classes = classesOf(batch.y);
  const missing = classes.filter((number) => !Object.hasOwn(classWeight, number));
  if (missing.length > 0) {
    throw new Error(
      `\`class_weight\` must contain all classes in the data. The classes {${[...new Set(missing)].join(", ")}} exist in ` +
        "the data but not in `class_weight`.",
    );
  }
  const { sampleWeight } = batch;
  const data = Float32Array.from(
    classes,
    (number, i) => classWeight[number] * (sampleWeight ? sampleWeight.data[i] : 1),
  );
  return { ...batch, sampleWeight: { shape: [classes.length], data } };
}
