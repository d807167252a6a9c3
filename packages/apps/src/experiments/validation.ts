import type { NdArray } from "@convscope/kernels";
import { COLUMNS, wrapped } from "../report/wrapped.ts";
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
  /** For the user: what is done, and why so, where there is a choice. */
  readonly lines: readonly string[];
}

/**
 * Keras 2 takes `validation_steps` batches from an iterator that goes on where the last validation ended, Keras 3 from one that
 * begins anew. Where that is not all pictures, epochs are compared by other pictures, or some are never asked: so the default
 * is all of them.
 */
export function validationOf(validation: Samples, flags: Partial<RunFlags>): Validating {
  if ("x" in validation) {
    const steps = Math.ceil(validation.x.shape[0] / (flags.batchSize ?? 32));
    return { steps, lines: [], options: { validationData: [validation.x, validation.y] } };
  }
  const { validation: mode = "full", validationSteps = validation.length, batchSize = 32 } = flags;
  const { length } = validation;
  const count = validation.filenames.length;
  const steps = mode === "full" ? length : validationSteps;
  const feed = new Feed(validation, mode === "restart" ? steps : undefined);
  const some = `${validationSteps} batches of ${batchSize}`;
  const words = {
    full:
      validationSteps === length
        ? `all ${count} pictures after each epoch, as in the lecture.`
        : `all ${count} pictures after each epoch, so that epochs can be compared; the lecture's ${some} would be others each time (--validation rolling).`,
    rolling: `${some} after each epoch, which go on where the last ones ended, as in Keras 2: each epoch is asked about other pictures.`,
    restart: `the same ${some} after each epoch, as in Keras 3: other pictures are never asked about.`,
  };
  return {
    steps,
    feed,
    lines: wrapped(`Validation: ${words[mode]}`, COLUMNS),
    options: { validationData: feed, validationSteps: steps },
  };
}
