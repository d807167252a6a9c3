import { ops, type Tape, type Variable } from "@convscope/autograd";
import { checkNumber, checkOptions } from "./options.ts";
import { type SerializedObject, serializedObject } from "./serialized.ts";

/** What a weight, or a layer's result, adds to the loss: a sum over its elements. */
export interface Regularizer {
  /** Records the penalty: a scalar loss. Of a weight in blocks it is asked for each block; of a layer's result it is the sum over all samples, as in Keras 2. */
  penalty(tape: Tape, x: Variable): Variable;
  /** As Keras 2.3.1 writes it. */
  getConfig(): SerializedObject;
}

export interface L1L2Options {
  /** The factor of Σ|x|. */
  readonly l1?: number;
  /** The factor of Σx². */
  readonly l2?: number;
}

function make(where: string, { l1 = 0, l2 = 0 }: L1L2Options): Regularizer {
  const options = { l1: checkNumber(where, "l1", l1, 0), l2: checkNumber(where, "l2", l2, 0) };
  return {
    penalty: (tape, x) => tape.apply(ops.penalty, [x], options),
    // Keras keeps them as float32.
    getConfig: () => ({
      class_name: "L1L2",
      config: { l1: Math.fround(l1), l2: Math.fround(l2) },
    }),
  };
}

/** l1·Σ|x|; default 0.01. */
export function l1(options: Pick<L1L2Options, "l1"> = {}): Regularizer {
  const { l1: factor = 0.01 } = checkOptions("l1", options, { l1: true });
  return make("l1", { l1: factor });
}

/** l2·Σx²; default 0.01. */
export function l2(options: Pick<L1L2Options, "l2"> = {}): Regularizer {
  const { l2: factor = 0.01 } = checkOptions("l2", options, { l2: true });
  return make("l2", { l2: factor });
}

/** l1·Σ|x| + l2·Σx²; default 0.01 both. Keras's `l1_l2`. */
export function l1L2(options: L1L2Options = {}): Regularizer {
  const { l1: ofL1 = 0.01, l2: ofL2 = 0.01 } = checkOptions("l1L2", options, { l1: true, l2: true });
  return make("l1L2", { l1: ofL1, l2: ofL2 });
}

const byName = { l1, l2, l1L2 } as const;

/** The name of a regularizer with its default factors. Keras's own spelling (`l1_l2`) is taken as well. */
export type RegularizerName = keyof typeof byName;

/** The regularizer that is meant, if any: a name, one of them, or null. @throws for an unknown name */
export function getRegularizer(
  identifier: RegularizerName | (string & {}) | Regularizer | null | undefined,
): Regularizer | undefined {
  if (identifier === undefined || identifier === null) return undefined;
  if (typeof identifier === "object") return identifier;
  const name = identifier === "l1_l2" ? "l1L2" : identifier;
  if (!Object.hasOwn(byName, name)) {
    throw new Error(
      `[regularizer] unknown regularizer "${identifier}": use one of l1, l2, l1L2, or an object.`,
    );
  }
  return byName[name as RegularizerName]();
}

/**
 * The regularizer of a config: what Keras 2 ("L1L2"), tf.keras and Keras 3 ("L1", "L2") and Keras 1 ("WeightRegularizer") write.
 * @throws for another one
 */
export function regularizerFromConfig(value: unknown): Regularizer | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "string") return getRegularizer(value);
  const { className, config } = serializedObject("regularizer", value);
  if (!["L1L2", "L1", "L2", "WeightRegularizer", "ActivityRegularizer"].includes(className)) {
    throw new Error(`[regularizer] ${className} is not supported: L1, L2 and L1L2 are.`);
  }
  const factor = (key: string) => (config[key] ?? 0) as number;
  return make(className, { l1: factor("l1"), l2: factor("l2") });
}
