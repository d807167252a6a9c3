import { type ModelFile, matchWeights, readModelFile, transformWeight } from "../files/index.ts";
import type { MatchTarget } from "../files/match.ts";
import type { SavedModel } from "../files/saved-model.ts";
import type { Layer } from "../layer.ts";
import type { AnyModel } from "../model/base-model.ts";
import { checkOptions } from "../options.ts";
import { weightNames } from "./weight-names.ts";

export interface LoadWeightsOptions {
  /** By the layers' names instead of their order; layers that the file does not have keep their values. Default false. */
  readonly byName?: boolean;
  /** With `byName`: leaves out what does not fit, with a warning. Default false. */
  readonly skipMismatch?: boolean;
  /** Where warnings go; default `console.warn`. */
  readonly warn?: (text: string) => void;
}

/**
 * Gives a model the weights of a file: of Keras 1, 2 or 3, tf.keras, tfjs-layers or safetensors, whole models too.
 * @throws with Keras's words where file and model do not fit together; then nothing was changed
 */
export async function loadWeights(
  model: AnyModel,
  file: ModelFile,
  options: LoadWeightsOptions = {},
): Promise<void> {
  checkOptions("loadWeights", options, { byName: true, skipMismatch: true, warn: true });
  if (!model.isBuilt) {
    throw new Error(
      "Unable to load weights saved in HDF5 format into a subclassed Model which has not created its variables yet. " +
        `${model.name} is not built: give its first layer an inputShape.`,
    );
  }
  assignWeights(model, await readModelFile(file), options);
}

/** Gives a model the weights of a file that was read. */
export function assignWeights(
  model: AnyModel,
  saved: SavedModel,
  { warn = console.warn, ...options }: LoadWeightsOptions = {},
): void {
  const targets = targetsOf(model);
  const { assignments, warnings } = matchWeights(saved, targets, options);
  // By the target itself: models in a model may hold weights of one name.
  const weights = new Map(
    model.layers.flatMap((layer, k) => layer.weights.map((weight, i) => [targets[k].weights[i], weight])),
  );
  for (const text of [...(saved.notes ?? []), ...warnings]) warn(text);
  for (const assignment of assignments) {
    const { weight } = assignment;
    weights.get(weight)!.set({ shape: weight.shape, data: transformWeight(assignment) }, true);
  }
}

/** What `matchWeights` looks for: the model's layers, with the names and shapes of their weights. */
export const targetsOf = (model: AnyModel): MatchTarget[] => model.layers.map(targetOf);

function targetOf(layer: Layer): MatchTarget {
  const names = weightNames(layer);
  return {
    layer: layer.name,
    className: layer.className,
    weights: layer.weights.map((weight) => ({ name: names.get(weight)!, shape: weight.shape })),
  };
}
