import { type NdArray, sizeOf } from "@convscope/kernels";
import { formatTuple } from "../python-format.ts";
import type { Samples } from "./batch.ts";

/** By what the loss of a class's samples is multiplied, by the number of the class. */
export type ClassWeight = Readonly<Record<number, number>>;

/** For each output: alone where there is one, else in order or by name. */
export type ClassWeights = ClassWeight | readonly ClassWeight[] | Readonly<Record<string, ClassWeight>>;

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

/** The class weights of each output. @throws where they are for no output */
function inOrderOf(outputs: readonly string[], given: ClassWeights): readonly (ClassWeight | undefined)[] {
  if (Array.isArray(given)) {
    if (given.length === outputs.length) return given;
    throw new Error(
      `The model has ${outputs.length} outputs, ${outputs.join(", ")}, but classWeight is a list of ${given.length}.`,
    );
  }
  const entries = Object.entries(given);
  if (outputs.length === 1 && entries.every(([, weight]) => typeof weight === "number")) {
    return [given as ClassWeight];
  }
  const unknown = entries.find(([name, weights]) => !outputs.includes(name) || typeof weights !== "object");
  if (unknown) {
    throw new Error(
      `Unknown entry in class_weight dictionary: "${unknown[0]}". Only expected the following keys: ${outputs.join(", ")}.`,
    );
  }
  return outputs.map((name) => (given as Readonly<Record<string, ClassWeight>>)[name]);
}

/**
 * A batch whose samples weigh what their classes weigh, besides the weights that they have already.
 * @throws for a class without a weight
 */
export function weighClasses(
  batch: Samples,
  outputs: readonly string[],
  classWeight: ClassWeights | undefined,
): Samples {
  if (!classWeight) return batch;
  const sampleWeight = inOrderOf(outputs, classWeight).map((weights, i) => {
    const before = batch.sampleWeight[i];
    return weights ? weightsOf(batch.y[i], weights, before) : before;
  });
  return { ...batch, sampleWeight };
}

function weightsOf(y: NdArray, classWeight: ClassWeight, before: NdArray | undefined): NdArray {
  const classes = classesOf(y);
  const missing = classes.filter((number) => !Object.hasOwn(classWeight, number));
  if (missing.length > 0) {
    throw new Error(
      `\`class_weight\` must contain all classes in the data. The classes {${[...new Set(missing)].join(", ")}} exist in ` +
        "the data but not in `class_weight`.",
    );
  }
  const data = Float32Array.from(classes, (number, i) => classWeight[number] * (before ? before.data[i] : 1));
  return { shape: [classes.length], data };
}
