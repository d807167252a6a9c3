import type { Tape, Variable } from "@convscope/autograd";
import type { Initializer } from "../initializers.ts";
import { Layer, type LayerOptions } from "../layer.ts";
import { getRegularizer, type Regularizer, type RegularizerName } from "../regularizers.ts";
import { Weight, type WeightOptions } from "../weight.ts";

/** A regularizer as an option takes it. */
export type RegularizerOption = RegularizerName | Regularizer | null;

export interface RegularizedOptions extends LayerOptions {
  /** Adds a penalty for the layer's result, summed over the samples of a batch, to the loss. Default none. */
  readonly activityRegularizer?: RegularizerOption;
}

/** A layer whose weights and result may have penalties. */
export abstract class RegularizedLayer extends Layer {
  readonly activityRegularizer: Regularizer | undefined;
  readonly #ofWeights = new WeakMap<Weight, Regularizer>();
  /** What was recorded on a tape for the results. */
  readonly #ofResults = new WeakMap<Tape, Variable[]>();

  constructor(className: string, options: RegularizedOptions, names: Readonly<Record<string, true>>) {
    super(className, options, names);
    this.activityRegularizer = getRegularizer(options.activityRegularizer);
  }

  /** A weight of this layer. @param name its own, as Keras's: `kernel` */
  protected weight(
    name: string,
    shape: readonly number[],
    initializer: Initializer,
    regularizer?: Regularizer,
    options?: WeightOptions,
  ): Weight {
    const weight = new Weight(`${this.name}/${name}:0`, shape, initializer, options);
    if (regularizer) this.#ofWeights.set(weight, regularizer);
    return weight;
  }

  /** Records the penalty of a result, if there is one. */
  protected regularized(tape: Tape, y: Variable): Variable {
    if (!this.activityRegularizer) return y;
    const penalties = this.#ofResults.get(tape) ?? [];
    penalties.push(this.activityRegularizer.penalty(tape, y));
    this.#ofResults.set(tape, penalties);
    return y;
  }

  override losses(tape: Tape): readonly Variable[] {
    const ofWeights = this.weights.flatMap((weight) => {
      const regularizer = this.#ofWeights.get(weight);
      return regularizer ? weight.blocks.map((block) => regularizer.penalty(tape, block)) : [];
    });
    return [...ofWeights, ...(this.#ofResults.get(tape) ?? [])];
  }
}
