import { Tape, type Variable } from "@convscope/autograd";
import { Device, type NdArray, type StepMemory, sizeOf, type Tensor } from "@convscope/kernels";
import { History } from "../history.ts";
import type { CallContext, Layer, Shape } from "../layer.ts";
import { InputLayer } from "../layers/core.ts";
import { getLoss, type Loss, type LossName } from "../losses.ts";
import { getMetric, type NamedMetric } from "../metrics.ts";
import { uniqueName } from "../names.ts";
import { getOptimizer, type Optimizer, type OptimizerName } from "../optimizers.ts";
import { epochTitle, Progress } from "../progress.ts";
import { formatSummary } from "../summary.ts";
import type { Weight } from "../weight.ts";
import { Averages } from "./averages.ts";
import { type Batches, checkInput, checkTarget, isNdArray, rows, sourceOf } from "./input-data.ts";
import { ArraySource, IteratorSource } from "./sources.ts";

export interface SequentialOptions {
  readonly name?: string;
  /** Where the model runs. Default: the first use opens one, which `close()` ends. */
  readonly device?: Device;
  /** For initializers, shuffling and dropout. Default: drawn once; see `seed`. */
  readonly seed?: number;
}

export interface CompileOptions {
  readonly optimizer: OptimizerName | (string & {}) | Optimizer;
  readonly loss: LossName | (string & {}) | Loss;
  /** Default none. */
  readonly metrics?: readonly (string | NamedMetric)[];
}

export interface FitOptions {
  /** Samples a step, for arrays. Default 32. */
  readonly batchSize?: number;
  /** The index of the last epoch. Default 1. */
  readonly epochs?: number;
  /** Default 0. */
  readonly initialEpoch?: number;
  /** 1: a progress bar. 2: a line an epoch. 0: nothing. Default 1. */
  readonly verbose?: 0 | 1 | 2;
  /** Shuffle arrays before each epoch. Default true. */
  readonly shuffle?: boolean;
  /** Batches an epoch. Default: one pass, where the source says its length. */
  readonly stepsPerEpoch?: number;
  readonly validationData?: readonly [NdArray, NdArray] | Batches;
  /** Batches a validation. Default: one pass, where the source says its length. */
  readonly validationSteps?: number;
  /** Called after each epoch with its (0-based) index and values. */
  readonly onEpochEnd?: (epoch: number, logs: Readonly<Record<string, number>>) => void | Promise<void>;
}

export interface EvaluateOptions {
  /** Samples a step, for arrays. Default 32. */
  readonly batchSize?: number;
  /** Batches. Default: one pass, where the source says its length. */
  readonly steps?: number;
}

/** Steps that may be on their way to the device while their results are not read yet. */
const STEPS_IN_FLIGHT = 2;

const NOT_COMPILED =
  "You must compile a model before training/testing. Use `model.compile({ optimizer, loss })`.";

/** A step that was handed over to the device; its loss and metrics come when it is done. */
interface HandedOver {
  readonly results: Promise<number[]>;
}

interface Compiled {
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly metrics: readonly NamedMetric[];
  /** The weights that were trainable when the model was compiled: only these are trained until the next compile. */
  readonly trainable: readonly Weight[];
}

/** Layers in a row, each taking what the one before gives. */
export class Sequential {
  readonly name: string;
  readonly seed: number;
  readonly #layers: Layer[] = [];
  #device: Device | undefined;
  #ownsDevice = false;
  #compiled: Compiled | undefined;
  #compileOptions: CompileOptions | undefined;
  #memories: { train: StepMemory; test: StepMemory; predict: StepMemory } | undefined;

  constructor(layers: readonly Layer[] = [], options: SequentialOptions = {}) {
    this.name = options.name ?? uniqueName("Sequential");
    this.seed = options.seed ?? crypto.getRandomValues(new Uint32Array(1))[0];
    this.#device = options.device;
    for (const layer of layers) this.add(layer);
  }

  /** Adds a layer at the end. @throws where its name is taken, or it cannot take what the layer before gives */
  add(layer: Layer): void {
    if (this.#layers.some((other) => other.name === layer.name)) {
      throw new Error(
        `The name "${layer.name}" is used 2 times in the model. All layer names should be unique.`,
      );
    }
    const before = this.#layers.at(-1);
    const inputShape = before ? (before.isBuilt ? before.outputShape : undefined) : layer.givenInputShape;
    this.#layers.push(layer);
    if (inputShape) layer.build(inputShape, this.seed, this.#layers.length - 1);
  }

  /** Removes the last layer. */
  pop(): void {
    if (!this.#layers.pop()) throw new Error("There are no layers in the model.");
  }

  /** All layers, but not an InputLayer at the begin, as Keras. */
  get layers(): readonly Layer[] {
    return this.#layers[0] instanceof InputLayer ? this.#layers.slice(1) : this.#layers;
  }

  get inputShape(): Shape {
    if (this.#layers.length === 0) throw new Error("[model] the model has no layers: add one.");
    return this.#layers[0].inputShape;
  }

  get outputShape(): Shape {
    const last = this.#layers.at(-1);
    if (!last) throw new Error("[model] the model has no layers: add one.");
    return last.outputShape;
  }

  get weights(): readonly Weight[] {
    return [...this.trainableWeights, ...this.nonTrainableWeights];
  }

  get trainableWeights(): readonly Weight[] {
    return this.#layers.flatMap((layer) => layer.trainableWeights);
  }

  get nonTrainableWeights(): readonly Weight[] {
    return this.#layers.flatMap((layer) => layer.nonTrainableWeights);
  }

  get optimizer(): Optimizer | undefined {
    return this.#compiled?.optimizer;
  }

  get metricsNames(): string[] {
    return [
      "loss",
      ...(this.#compileOptions?.metrics ?? []).map((m) => (typeof m === "string" ? m : m.name)),
    ];
  }

  countParams(): number {
    return this.#layers.reduce((sum, layer) => sum + layer.countParams(), 0);
  }

  /** Fixes what is trained, by what, towards what. @throws for an unknown optimizer, loss or metric */
  compile(options: CompileOptions): void {
    const optimizer = getOptimizer(options.optimizer);
    getLoss(options.loss);
    for (const metric of options.metrics ?? []) getMetric(metric, [1], options.loss);
    optimizer.reset();
    this.#compileOptions = { ...options, optimizer };
    this.#compiled = undefined;
    if (this.#layers.at(-1)?.isBuilt) this.#finishCompile();
  }

  #finishCompile(): Compiled {
    if (!this.#compileOptions) throw new Error(NOT_COMPILED);
    const { optimizer, loss, metrics = [] } = this.#compileOptions;
    this.#compiled ??= {
      optimizer: getOptimizer(optimizer),
      loss: getLoss(loss),
      metrics: metrics.map((metric) => getMetric(metric, this.outputShape, loss)),
      trainable: this.trainableWeights,
    };
    return this.#compiled;
  }

  /** Builds the layers for an input shape, where that is still open. */
  #build(inputShape: Shape): void {
    let shape = inputShape;
    this.#layers.forEach((layer, index) => {
      shape = layer.build(shape, this.seed, index);
    });
  }

  /** Opens the device where there is none, and puts the weights there. */
  async #place(): Promise<Device> {
    if (!this.#device) {
      this.#device = await Device.open();
      this.#ownsDevice = true;
    }
    const device = this.#device;
    for (const layer of this.#layers) for (const weight of layer.weights) weight.place(device);
    this.#memories ??= { train: device.scope(), test: device.scope(), predict: device.scope() };
    return device;
  }

  /** Records all layers on a tape. */
  call(tape: Tape, x: Variable, context: CallContext): Variable {
    return this.#layers.reduce((value, layer, index) => layer.call(tape, value, context, index), x);
  }

  /** Keras's table of layers, shapes and parameters. @param print takes the text; default: the console */
  summary(
    print: (text: string) => void = (text) => console.log(text.replace(/\n$/, "")),
    options: { lineLength?: number; positions?: readonly number[] } = {},
  ): void {
    if (this.#layers.length === 0 || !this.#layers.at(-1)?.isBuilt) {
      throw new Error(
        "This model has not yet been built. Build the model first by calling build() or calling fit() with some data. " +
          "Or specify input_shape or batch_input_shape in the first layer for automatic build.",
      );
    }
    const size = (weights: readonly Weight[]) => weights.reduce((sum, weight) => sum + weight.size, 0);
    print(
      formatSummary({
        ...options,
        name: this.name,
        rows: this.layers.map((layer) => ({
          name: layer.name,
          className: layer.className,
          outputShape: [null, ...layer.outputShape],
          parameters: layer.countParams(),
        })),
        trainable: size(this.trainableWeights),
        nonTrainable: size(this.nonTrainableWeights),
      }),
    );
  }

  /** The weights' values, in Keras's order: layer by layer, kernel before bias. */
  async getWeights(): Promise<NdArray[]> {
    return Promise.all(this.#weightsInOrder().map((weight) => weight.read(this.#device)));
  }

  /** Replaces all weights. @throws where number or shapes differ; then nothing was changed */
  setWeights(values: readonly NdArray[]): void {
    const weights = this.#weightsInOrder();
    if (values.length !== weights.length) {
      throw new Error(
        `You called setWeights(values) with a list of length ${values.length}, but the model was expecting ${weights.length} weights.`,
      );
    }
    weights.forEach((weight, i) => {
      weight.checkShape(values[i]);
    });
    weights.forEach((weight, i) => {
      weight.set(this.#device, values[i]);
    });
  }

  #weightsInOrder(): readonly Weight[] {
    return this.#layers.flatMap((layer) => [...layer.trainableWeights, ...layer.nonTrainableWeights]);
  }

  /** Trains on arrays x and y. */
  async fit(x: NdArray, y: NdArray, options?: FitOptions): Promise<History>;
  /** Trains on batches. */
  async fit(batches: Batches, options?: FitOptions): Promise<History>;
  async fit(first: NdArray | Batches, second?: NdArray | FitOptions, third?: FitOptions): Promise<History> {
    const options = (isNdArray(first) ? third : (second as FitOptions | undefined)) ?? {};
    if (!this.#compileOptions) throw new Error(NOT_COMPILED);
    const training = isNdArray(first)
      ? new ArraySource(first, checkTarget(first, second as NdArray), options, this.seed)
      : new IteratorSource(sourceOf(first), "stepsPerEpoch", options.stepsPerEpoch);
    const validation = options.validationData ? this.#validationSource(options) : undefined;
    const { epochs = 1, initialEpoch = 0, verbose = 1 } = options;
    const isTerminal = globalThis.process?.stdout?.isTTY === true;
    const write = (text: string) => {
      if (globalThis.process?.stdout) process.stdout.write(text);
      else if (text.endsWith("\n")) console.log(text.trim());
    };
    if (verbose > 0 && training instanceof ArraySource) {
      const held = validation instanceof ArraySource ? `, validate on ${validation.samples} samples` : "";
      write(`Train on ${training.samples} samples${held}\n`);
    }
    const history = new History();
    for (let epoch = initialEpoch; epoch < epochs; epoch++) {
      if (verbose > 0) write(`${epochTitle(epoch, epochs)}\n`);
      const isArray = training instanceof ArraySource;
      const target = isArray ? training.samples : training.steps;
      const progress = new Progress({ target, verbose, isTerminal, write, unit: "step" });
      const averages = new Averages(this.metricsNames);
      let shown = 0;
      const inFlight: Promise<void>[] = [];
      training.begin(epoch);
      for (let step = 0; step < training.steps; step++) {
        const { x, y } = await training.next(step);
        const samples = x.shape[0];
        const { results } = await this.#trainStep(x, checkTarget(x, y));
        inFlight.push(
          results.then((values) => {
            averages.add(values, samples);
            shown += isArray ? samples : 1;
            if (shown < target) progress.update(shown, averages.values());
          }),
        );
        if (inFlight.length > STEPS_IN_FLIGHT) await inFlight.shift();
      }
      await Promise.all(inFlight);
      const logs = averages.values();
      if (validation) {
        const values = await this.#evaluate(validation);
        this.metricsNames.forEach((name, i) => {
          logs[`val_${name}`] = values[i];
        });
      }
      progress.update(target, logs);
      history.add(epoch, logs);
      await options.onEpochEnd?.(epoch, logs);
    }
    return history;
  }

  #validationSource({
    validationData,
    validationSteps,
    batchSize,
  }: FitOptions): ArraySource | IteratorSource {
    if (isPair(validationData)) {
      const [x, y] = validationData;
      return new ArraySource(x, checkTarget(x, y), { batchSize, shuffle: false }, this.seed);
    }
    return new IteratorSource(sourceOf(validationData as Batches), "validationSteps", validationSteps);
  }

  /** Loss and metrics with dropout off, weighted by batch size: `[loss, …metrics]`, or the loss alone without metrics. */
  async evaluate(x: NdArray, y: NdArray, options?: EvaluateOptions): Promise<number | number[]>;
  async evaluate(batches: Batches, options?: EvaluateOptions): Promise<number | number[]>;
  async evaluate(
    first: NdArray | Batches,
    second?: NdArray | EvaluateOptions,
    third?: EvaluateOptions,
  ): Promise<number | number[]> {
    if (!this.#compileOptions) throw new Error(NOT_COMPILED);
    const options = (isNdArray(first) ? third : (second as EvaluateOptions | undefined)) ?? {};
    const source = isNdArray(first)
      ? new ArraySource(
          first,
          checkTarget(first, second as NdArray),
          { ...options, shuffle: false },
          this.seed,
        )
      : new IteratorSource(sourceOf(first), "steps", options.steps);
    const values = await this.#evaluate(source);
    return values.length === 1 ? values[0] : values;
  }

  async #evaluate(source: ArraySource | IteratorSource): Promise<number[]> {
    const averages = new Averages(this.metricsNames);
    source.begin(0);
    const inFlight: Promise<void>[] = [];
    for (let step = 0; step < source.steps; step++) {
      const { x, y } = await source.next(step);
      const { results } = await this.#testStep(x, checkTarget(x, y));
      inFlight.push(results.then((values) => averages.add(values, x.shape[0])));
      if (inFlight.length > STEPS_IN_FLIGHT) await inFlight.shift();
    }
    await Promise.all(inFlight);
    return Object.values(averages.values());
  }

  /** The model's results for samples, or for `steps` batches, in order. Works without compile. */
  async predict(x: NdArray | Batches, options: EvaluateOptions = {}): Promise<NdArray> {
    if (isNdArray(x)) {
      const { batchSize = 32 } = options;
      const parts: NdArray[] = [];
      for (let from = 0; from < x.shape[0]; from += batchSize) {
        parts.push(await this.predictOnBatch(rows(x, from, Math.min(from + batchSize, x.shape[0]))));
      }
      return concatenate(parts, this.outputShape);
    }
    const source = new IteratorSource(sourceOf(x), "steps", options.steps);
    const parts: NdArray[] = [];
    for (let step = 0; step < source.steps; step++)
      parts.push(await this.predictOnBatch((await source.next()).x));
    return concatenate(parts, this.outputShape);
  }

  /** One training step: `[loss, …metrics]` of the batch, as they were before the update. */
  async trainOnBatch(x: NdArray, y: NdArray): Promise<number[]> {
    return (await this.#trainStep(x, checkTarget(x, y))).results;
  }

  /** `[loss, …metrics]` of the batch, dropout off. */
  async testOnBatch(x: NdArray, y: NdArray): Promise<number[]> {
    return (await this.#testStep(x, checkTarget(x, y))).results;
  }

  /** The model's results for one batch. */
  async predictOnBatch(x: NdArray): Promise<NdArray> {
    const { device, memories } = await this.#ready(x);
    using tape = new Tape(device, memories.predict);
    const input = tape.variable(upload(tape, x));
    const y = this.call(tape, input, { training: false, seed: this.seed, step: 0 });
    return device.read(y.tensor);
  }

  /** The gradients of a batch's loss, for the trained weights in order; nothing is changed. */
  async gradientsOnBatch(x: NdArray, y: NdArray): Promise<NdArray[]> {
    const { device, memories } = await this.#ready(x);
    const compiled = this.#finishCompile();
    using tape = new Tape(device, memories.train);
    const { gradients } = this.#forwardBackward(tape, compiled, x, checkTarget(x, y));
    return Promise.all(
      compiled.trainable.map((weight) =>
        gradients.has(weight) ? device.read(gradients.get(weight)!) : zerosOf(weight),
      ),
    );
  }

  /** What one training step on a batch records, as text; nothing is changed. */
  async tapeOnBatch(x: NdArray, y: NdArray): Promise<string> {
    const { device, memories } = await this.#ready(x);
    using tape = new Tape(device, memories.train);
    this.#forwardBackward(tape, this.#finishCompile(), x, checkTarget(x, y));
    device.submit();
    return tape.toString();
  }

  async #ready(x: NdArray) {
    this.#build(x.shape.slice(1));
    checkInput(this.#layers[0].name, this.inputShape, x);
    const device = await this.#place();
    if (!this.#memories) throw new Error("[model] the model is closed.");
    return { device, memories: this.#memories };
  }

  #forwardBackward(tape: Tape, { loss, metrics, trainable, optimizer }: Compiled, x: NdArray, y: NdArray) {
    for (const weight of this.weights) weight.needsGradient = false;
    for (const weight of trainable) weight.needsGradient = true;
    const target = upload(tape, y);
    const input = upload(tape, x);
    const context = { training: true, seed: this.seed, step: optimizer.iterations };
    const prediction = this.call(tape, tape.variable(input), context);
    const lossValue = loss(tape, prediction, tape.variable(target));
    const metricValues = metrics.map(({ metric }) => metric(tape, target, prediction.tensor));
    const gradients = tape.backward(lossValue);
    return { results: [lossValue.tensor, ...metricValues], gradients };
  }

  /** Hands a training step over, and promises its results: the caller need not wait for them. */
  async #trainStep(x: NdArray, y: NdArray): Promise<HandedOver> {
    const { device, memories } = await this.#ready(x);
    const compiled = this.#finishCompile();
    using tape = new Tape(device, memories.train);
    const { results, gradients } = this.#forwardBackward(tape, compiled, x, y);
    compiled.optimizer.step(tape, compiled.trainable, gradients);
    return { results: readScalars(device, results) };
  }

  async #testStep(x: NdArray, y: NdArray): Promise<HandedOver> {
    const { device, memories } = await this.#ready(x);
    const { loss, metrics } = this.#finishCompile();
    using tape = new Tape(device, memories.test);
    for (const weight of this.weights) weight.needsGradient = false;
    const target = upload(tape, y);
    const input = tape.variable(upload(tape, x));
    const prediction = this.call(tape, input, { training: false, seed: this.seed, step: 0 });
    const lossValue = loss(tape, prediction, tape.variable(target));
    const metricValues = metrics.map(({ metric }) => metric(tape, target, prediction.tensor));
    return { results: readScalars(device, [lossValue.tensor, ...metricValues]) };
  }

  /** Gives the step memory back, and ends the device where the model opened it. */
  close(): void {
    if (this.#memories) for (const memory of Object.values(this.#memories)) memory[Symbol.dispose]();
    this.#memories = undefined;
    if (this.#ownsDevice) this.#device?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function isPair(data: FitOptions["validationData"]): data is readonly [NdArray, NdArray] {
  return Array.isArray(data) && data.length === 2 && data.every(isNdArray);
}

/** Puts an array into the tape's memory. */
function upload(tape: Tape, { shape, data }: NdArray): Tensor {
  const tensor = tape.tensor(shape);
  tape.device.write(tensor, data);
  return tensor;
}

async function readScalars(device: Device, scalars: readonly Tensor[]): Promise<number[]> {
  const arrays = await Promise.all(scalars.map((scalar) => device.read(scalar)));
  return arrays.map(({ data }) => data[0]);
}

function zerosOf({ shape }: Weight): NdArray {
  return { shape, data: new Float32Array(sizeOf(shape)) };
}

/** Batches of results, one after the other. */
function concatenate(parts: readonly NdArray[], shape: Shape): NdArray {
  const samples = parts.reduce((sum, part) => sum + part.shape[0], 0);
  const data = new Float32Array(samples * sizeOf(shape));
  let offset = 0;
  for (const part of parts) {
    data.set(part.data, offset);
    offset += part.data.length;
  }
  return { shape: [samples, ...shape], data };
}
