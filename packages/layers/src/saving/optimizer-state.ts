/** An optimizer's state in a file, of whichever Keras, in the order of Keras 2. */
import { formatShape } from "@convscope/kernels";
import type { SavedModel, SavedWeight } from "../files/saved-model.ts";
import type { Optimizer } from "../optimizers.ts";
import type { Weight } from "../weight.ts";

/**
 * Puts a file's state into an optimizer that was made of the file's configuration.
 * @throws where it belongs to other weights, or to another optimizer; then nothing was changed
 */
export function restoreState(optimizer: Optimizer, weights: readonly Weight[], saved: SavedModel): void {
  const { optimizerWeights = [] } = saved;
  const [steps, rate, ...rest] = optimizerWeights;
  if (isKeras3(saved)) {
    const hasRate = rate?.shape.length === 0;
    const slots = hasRate ? rest : optimizerWeights.slice(1);
    optimizer.setWeights(weights, [steps, ...kindByKind(slots, weights)]);
    if (hasRate) optimizer.learningRate = rate.data[0];
  } else {
    optimizer.setWeights(weights, optimizerWeights);
  }
  if (steps?.count !== undefined) optimizer.iterations = steps.count;
}

/** Keras 3, and tf.keras from 2.11 on, save the learning rate beside the number of steps. */
const isKeras3 = ({ format, kerasVersion, optimizerWeights = [] }: SavedModel): boolean =>
  format === "keras" ||
  (kerasVersion?.startsWith("3.") ?? false) ||
  /(^|\/)learning_rate(:0)?$/.test(optimizerWeights[1]?.name ?? "");

/**
 * Most versions of Keras 3 go weight by weight, with all that is kept for one; some, and some optimizers, kind by kind; and
 * AMSGrad's greatest velocities were for a time apart behind the others. Which it is, shapes and names tell.
 */
function kindByKind(slots: readonly SavedWeight[], weights: readonly Weight[]): readonly SavedWeight[] {
  const n = weights.length;
  const kinds = slots.length / n;
  if (!Number.isInteger(kinds) || kinds < 2) return slots;
  const places: ((kind: number, i: number) => number)[] = [
    (kind, i) => i * kinds + kind,
    (kind, i) => kind * n + i,
    (kind, i) => (kind === kinds - 1 ? kind * n + i : i * (kinds - 1) + kind),
  ];
  for (const place of places) {
    const ordered = Array.from({ length: slots.length }, (_, at) => slots[place(Math.floor(at / n), at % n)]);
    const fits = ordered.every(
      ({ name, shape }, at) =>
        formatShape(shape) === formatShape(weights[at % n].shape) &&
        kindIn(name) === kindIn(ordered[at - (at % n)].name),
    );
    if (fits) return ordered;
  }
  return slots;
}

/** What an array is for its weight, where Keras 3 says it in the name. */
const kindIn = (name: string): string | undefined =>
  /_(momentum|velocity|velocity_hat|norm|average_gradient|accumulated_grad|accumulated_delta_var)$/.exec(
    name,
  )?.[1];
