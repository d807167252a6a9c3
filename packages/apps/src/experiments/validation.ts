import type { NdArray } from "@convscope/kernels";
import type { RunFlags, Samples } from "./experiment.ts";
import { Feed } from "./feed.ts";

/** How a training is validated: on what, how many batches, and why so. */
export interface Validating {
  readonly steps: number;
  /** For `fit`. */
  readonly options:
    | { readonly validationData: Feed; readonly validationSteps: number }
    | { readonly validationData: readonly [NdArray, NdArray] };
  readonly feed?: Feed;
  /** A line for the user, where there is a choice. */
  readonly why?: string;
}

/**
 * Keras 2 takes `validation_steps` batches from an iterator that goes on where the last validation ended, Keras 3 from one that
 * begins anew. Where that is not all pictures, epochs are compared by other pictures, or some are never asked: so the default
 * is all of them.
 */
export function validationOf(validation: Samples, flags: Partial<RunFlags>): Validating {
  if ("x" in validation) {
    return { steps: 0, options: { validationData: [validation.x, validation.y] } };
  }
  const { validation: mode = "full", validationSteps = validation.length, batchSize = 32 } = flags;
  const { length } = validation;
  const count = validation.filenames.length;
  const steps = mode === "full" ? length : validationSteps;
  const feed = new Feed(validation, mode === "restart" ? steps : undefined);
  const some = `${validationSteps} batches of ${batchSize}`;
  const why = {
    full:
      validationSteps === length
        ? `Validation: all ${count} pictures after each epoch.`
        : `Validation: all ${count} pictures after each epoch, so that epochs can be compared (${some}, as in the lecture: --validation rolling).`,
    rolling: `Validation: ${some} after each epoch, going on where the last one ended, as Keras 2 does: epochs see other pictures.`,
    restart: `Validation: the same ${some} after each epoch, as Keras 3 does: other pictures are never asked.`,
  }[mode];
  return { steps, feed, why, options: { validationData: feed, validationSteps: steps } };
}
