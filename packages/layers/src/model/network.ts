import type { Tape, Variable } from "@convscope/autograd";
import type { NdArray } from "@convscope/kernels";
import type { CallContext, Layer, Shape } from "../layer.ts";
import { uniqueName } from "../names.ts";
import { checkCount, checkOptions } from "../options.ts";
import { formatSummary } from "../summary.ts";
import type { Weight } from "../weight.ts";
import { checkArray } from "./batch.ts";
import {
  type ModelOptions,
  modelOptionNames,
  type SummaryPrintOptions,
  summaryOptionNames,
} from "./options.ts";
import { type Place, Placement } from "./placement.ts";

const sizeOfAll = (weights: readonly Weight[]) => weights.reduce((sum, weight) => sum + weight.size, 0);

/**
 * Layers that are wired together: what they hold, and how that is read, set, shown and put on a device. A kind of model
 * says which layers there are and how they are called.
 */
export abstract class Network {
  readonly name: string;
  readonly seed: number;
  /** False freezes all layers. Taken over by the next compile, as a layer's flag is. */
  trainable = true;
  readonly #placement: Placement;

  constructor(className: string, options: ModelOptions) {
    checkOptions(className, options, modelOptionNames);
    this.name = options.name ?? uniqueName(className);
    this.seed = options.seed ?? crypto.getRandomValues(new Uint32Array(1))[0];
    checkCount(className, "seed", this.seed, 0);
    this.#placement = new Placement(this.name, options.device);
  }

  /** As Keras lists them. */
  abstract get layers(): readonly Layer[];
  /** Whether all shapes are known, and the weights made. */
  abstract get isBuilt(): boolean;
  /** The shape of one sample. @throws before the model is built */
  abstract get inputShape(): Shape;
  /** The shape of one result. @throws before the model is built */
  abstract get outputShape(): Shape;
  /** Keras's name of the input, for messages. */
  protected abstract get inputName(): string;
  /** Keras's name of the output, for messages. */
  protected abstract get outputName(): string;
  /** The weights that a compile has found trainable: they are trained until the next one. */
  protected abstract get trainedWeights(): readonly Weight[] | undefined;
  /** Builds the layers for an input shape that begins with the batch: `[null, 150, 150, 3]`. */
  abstract build(batchInputShape: Shape): void;
  /** Records all layers on a tape. */
  abstract call(tape: Tape, x: Variable, context: CallContext): Variable;

  get weights(): readonly Weight[] {
    return [...this.trainableWeights, ...this.nonTrainableWeights];
  }

  get trainableWeights(): readonly Weight[] {
    return this.trainable ? this.layers.flatMap((layer) => layer.trainableWeights) : [];
  }

  get nonTrainableWeights(): readonly Weight[] {
    const frozen = this.layers.flatMap((layer) => layer.nonTrainableWeights);
    return this.trainable ? frozen : [...this.layers.flatMap((layer) => layer.trainableWeights), ...frozen];
  }

  countParams(): number {
    return sizeOfAll(this.weights);
  }

  /** The weights' values, in Keras's order: layer by layer, kernel before bias. */
  async getWeights(): Promise<NdArray[]> {
    this.#placement.checkOpen();
    return Promise.all(this.#weightsInOrder().map((weight) => weight.read()));
  }

  /** Replaces all weights. @throws where number or shapes differ; then nothing was changed */
  setWeights(values: readonly NdArray[]): void {
    this.#placement.checkOpen();
    const weights = this.#weightsInOrder();
    if (!Array.isArray(values)) {
      throw new Error("[setWeights] takes a list of arrays ({ shape, data }), as getWeights gives it.");
    }
    if (values.length !== weights.length) {
      const hint = this.isBuilt ? "" : " It is not built yet: give its first layer an inputShape.";
      throw new Error(
        `You called setWeights(values) with a list of length ${values.length}, ` +
          `but the model was expecting ${weights.length} weights.${hint}`,
      );
    }
    weights.forEach((weight, i) => {
      weight.checkShape(checkArray(weight.name, values[i]));
    });
    weights.forEach((weight, i) => {
      weight.set(values[i]);
    });
  }

  #weightsInOrder(): readonly Weight[] {
    return this.layers.flatMap((layer) => [...layer.trainableWeights, ...layer.nonTrainableWeights]);
  }

  /** Keras's table of layers, shapes and parameters. */
  summary(options: SummaryPrintOptions = {}): void {
    const { printFn = console.log, ...form } = checkOptions("summary", options, summaryOptionNames);
    if (!this.isBuilt) {
      throw new Error(
        "This model has not yet been built. Build the model first by calling build() or calling fit() with some data. " +
          "Or specify inputShape or batchInputShape in the first layer for automatic build.",
      );
    }
    this.warnOfDiscrepancy();
    const text = formatSummary({
      ...form,
      name: this.name,
      rows: this.layers.map((layer) => ({
        name: layer.name,
        className: layer.className,
        outputShape: [null, ...layer.outputShape],
        parameters: layer.countParams(),
      })),
      trainable: sizeOfAll(this.trainableWeights),
      nonTrainable: sizeOfAll(this.nonTrainableWeights),
      trainableWhenCompiled: this.trainedWeights && sizeOfAll(this.trainedWeights),
    });
    for (const line of text.trimEnd().split("\n")) printFn(line);
  }

  /** Says so where flags were changed since the model was compiled: until the next compile they change nothing. */
  protected warnOfDiscrepancy(): void {
    if (!this.trainedWeights) return;
    const now = new Set(this.trainableWeights);
    const then = new Set(this.trainedWeights);
    const frozen = this.namesOfLayers([...then].filter((weight) => !now.has(weight)));
    const thawed = this.namesOfLayers([...now].filter((weight) => !then.has(weight)));
    if (frozen.length === 0 && thawed.length === 0) return;
    const parts = [
      "Discrepancy between trainable weights and collected trainable weights, did you set `model.trainable` without " +
        "calling `model.compile` after ?",
      ...(frozen.length > 0 ? [`Trained, though not trainable any more: ${frozen.join(", ")}.`] : []),
      ...(thawed.length > 0 ? [`Not trained, though trainable now: ${thawed.join(", ")}.`] : []),
    ];
    console.warn(parts.join(" "));
  }

  /** The names of the layers that own some of these weights. */
  protected namesOfLayers(weights: readonly Weight[]): string[] {
    const owners = this.layers.filter((layer) => layer.weights.some((weight) => weights.includes(weight)));
    return owners.map((layer) => layer.name);
  }

  /** The device with all weights on it. */
  protected place(): Promise<Place> {
    return this.#placement.of(() => this.layers.flatMap((layer) => layer.weights));
  }

  /** Gives all memory back, and ends the device where the model opened it. The weights' values go with it. */
  close(): void {
    this.#placement.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
