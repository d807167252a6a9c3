import { Tape } from "@convscope/autograd";
import { type Device, type NdArray, type StepMemory, sizeOf, type Tensor } from "@convscope/kernels";
import type { History } from "../history.ts";
import type { CallContext, Shape } from "../layer.ts";
import { getLoss, type Loss, targetShapeOf } from "../losses.ts";
import { getMetric, type NamedMetric } from "../metrics.ts";
import { getOptimizer, type Optimizer } from "../optimizers.ts";
import { checkOptions } from "../options.ts";
import { standardOutput } from "../output.ts";
import { formatTuple } from "../python-format.ts";
import type { Weight } from "../weight.ts";
import {
  type Arrays,
  asColumn,
  type Batch,
  checkArray,
  checkInput,
  checkSamples,
  checkShape,
  concatenate,
  type Input,
  isDeviceArray,
  isNdArray,
  type LabelledBatch,
  slice,
  typeName,
} from "./batch.ts";
import { type ClassWeight, weighClasses } from "./class-weight.ts";
import { evaluate, fit, progressOf, splitAt, type Trainer } from "./fit.ts";
import { Network } from "./network.ts";
import {
  type CompileOptions,
  checkFitOptions,
  checkMode,
  checkVerbose,
  compileOptionNames,
  type EvaluateOptions,
  evaluateOptionNames,
  type FitOptions,
  fitOptionNames,
  type OnBatchOptions,
  type PredictOptions,
  predictOptionNames,
  type TrainOnBatchOptions,
  testOnBatchOptionNames,
  trainOnBatchOptionNames,
} from "./options.ts";
import { type HandedOver, pipeline } from "./pipeline.ts";
import { ArraySource, type Batches, IteratorSource, type Source } from "./sources.ts";

const NOT_COMPILED =
  "You must compile a model before training/testing. Use `model.compile(optimizer, loss)`.";

interface Compiled {
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly metrics: readonly NamedMetric[];
  /** The shape of a target, where the loss wants one. */
  readonly targetShape: Shape | undefined;
  /** The weights that were trainable when the model was compiled: only these are trained until the next compile. */
  readonly trainable: readonly Weight[];
}

/** What every model can do, whatever its layers' wiring: be compiled, trained, evaluated and asked. */
export abstract class BaseModel extends Network {
  #settings: { optimizer: Optimizer; loss: Loss; metrics: readonly (string | NamedMetric)[] } | undefined;
  #compiled: Compiled | undefined;
  /** Training steps of this model, through all its compiles: no two of them share a dropout mask. */
  #stepsDone = 0;
  /** The memories of those steps whose kernels were compiled ahead. */
  #compiledAhead = new WeakSet<StepMemory>();

  get optimizer(): Optimizer | undefined {
    return this.#settings?.optimizer;
  }

  get metricsNames(): string[] {
    const metrics = this.#settings?.metrics ?? [];
    return ["loss", ...metrics.map((metric) => (typeof metric === "string" ? metric : metric.name))];
  }

  protected override get trainedWeights(): readonly Weight[] | undefined {
    return this.#compiled?.trainable;
  }

  /** Fixes what is trained, by what, towards what. @throws for an unknown optimizer, loss or metric */
  compile(options: CompileOptions): void {
    checkOptions("compile", options, compileOptionNames);
    const metrics = options.metrics ?? [];
    if (!Array.isArray(metrics)) {
      throw new Error(
        `Type of \`metrics\` argument not understood. Expected a list, found: ${JSON.stringify(metrics)}`,
      );
    }
    const settings = { optimizer: getOptimizer(options.optimizer), loss: getLoss(options.loss), metrics };
    for (const metric of metrics) getMetric(metric, [1], settings.loss);
    const names = ["loss", ...metrics.map((metric) => (typeof metric === "string" ? metric : metric.name))];
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice)
      throw new Error(`[compile] the name "${twice}" is used 2 times: the metrics need names of their own.`);
    this.#releaseOptimizer();
    settings.optimizer.beginFor(this);
    this.#settings = settings;
    this.#compiled = undefined;
    this.#compiledAhead = new WeakSet();
    if (this.isBuilt) this.#compiledNow();
  }

  /** Undoes a compile: the layers it was made for have changed. One that still waits for the first shapes is kept. */
  protected layersChanged(): void {
    if (!this.#compiled) return;
    this.#releaseOptimizer();
    this.#compiled = undefined;
    this.#settings = undefined;
  }

  /** Gives the optimizer's memory back, where no other model was compiled with it since. */
  #releaseOptimizer(): void {
    const optimizer = this.#settings?.optimizer;
    if (optimizer?.owner === this) optimizer.reset();
  }

  /** @throws before `compile` */
  #compiledNow(): Compiled {
    if (!this.#settings) throw new Error(NOT_COMPILED);
    const { optimizer, loss, metrics } = this.#settings;
    this.#compiled ??= {
      optimizer,
      loss,
      metrics: metrics.map((metric) => getMetric(metric, this.outputShape, loss)),
      targetShape: targetShapeOf(loss, this.outputShape),
      trainable: this.trainableWeights,
    };
    return this.#compiled;
  }

  /** Trains on arrays x and y. */
  async fit(x: NdArray, y: NdArray, options?: FitOptions): Promise<History>;
  /** Trains on batches. */
  async fit(batches: Batches, options?: FitOptions): Promise<History>;
  async fit(first: NdArray | Batches, second?: NdArray | FitOptions, third?: FitOptions): Promise<History> {
    const [arrays, options] = sortArguments("fit", first, second, third);
    checkOptions("fit", options, fitOptionNames);
    checkFitOptions(options);
    const { verbose = 1, output = standardOutput() } = options;
    if (!this.#settings) throw new Error(NOT_COMPILED);
    this.#checkWeighable(options);
    checkMode("fit", options, arrays !== undefined);

    let training: Source;
    let validation: Arrays | Source | undefined = this.#validationOf(options);
    if (arrays) {
      let checked: Arrays = this.#check({ ...arrays, sampleWeight: options.sampleWeight });
      const [samples] = checked.x.shape;
      if (!validation && options.validationSplit) {
        const left = splitAt(samples, options.validationSplit);
        validation = slice(checked, left, samples);
        checked = slice(checked, 0, left);
      }
      training = new ArraySource(checked, { shuffle: true, ...options }, this.seed);
    } else {
      const source = new IteratorSource(first as Batches, "stepsPerEpoch", options.stepsPerEpoch);
      if (!this.isBuilt) this.#check(await source.peek());
      training = source;
    }
    if (validation && "x" in validation) validation = this.#check(validation);
    this.warnOfDiscrepancy();
    const { trainable } = this.#compiledNow();
    if (verbose > 0 && trainable.length < this.weights.length) {
      const names = this.namesOfLayers(trainable).join(", ") || "nothing";
      output.write(`training ${trainable.length} of ${this.weights.length} tensors: ${names}\n`);
    }
    return fit(this.#trainer(), training, validation, { ...options, output });
  }

  #validationOf({ validationData, validationSteps }: FitOptions): Arrays | Source | undefined {
    if (Array.isArray(validationData) && validationData.every(isNdArray)) {
      const [x, y, sampleWeight] = validationData;
      if (validationData.length !== 2 && validationData.length !== 3) {
        throw new Error(
          "When passing validation_data, it must contain 2 (x_val, y_val) or 3 (x_val, y_val, val_sample_weights) items, " +
            `however it contains ${validationData.length} items`,
        );
      }
      if (validationSteps !== undefined) {
        throw new Error("[fit] validationSteps is for an iterator of batches, not for arrays.");
      }
      return { x, y, sampleWeight };
    }
    if (validationData) {
      return new IteratorSource(validationData as Batches, "validationSteps", validationSteps);
    }
    return undefined;
  }

  /** Loss and metrics with dropout off, weighted by batch size: `[loss, …metrics]`, or the loss alone without metrics. */
  async evaluate(x: NdArray, y: NdArray, options?: EvaluateOptions): Promise<number | number[]>;
  async evaluate(batches: Batches, options?: EvaluateOptions): Promise<number | number[]>;
  async evaluate(
    first: NdArray | Batches,
    second?: NdArray | EvaluateOptions,
    third?: EvaluateOptions,
  ): Promise<number | number[]> {
    const [arrays, options] = sortArguments("evaluate", first, second, third);
    checkOptions("evaluate", options, evaluateOptionNames);
    const { verbose = 1, output = standardOutput(), steps, sampleWeight } = options;
    checkVerbose("evaluate", verbose, [0, 1]);
    if (!this.#settings) throw new Error(NOT_COMPILED);
    this.#checkWeighable(options);
    checkMode("evaluate", options, arrays !== undefined);
    const source = arrays
      ? new ArraySource(this.#check({ ...arrays, sampleWeight }), options)
      : new IteratorSource(first as Batches, "steps", steps);
    const averages = await evaluate(this.#trainer(), source, progressOf(source, verbose, output));
    return aloneOrList(averages.values());
  }

  /** The model's results for samples, or for `steps` batches, in order. Works without compile. */
  async predict(x: NdArray | Batches, options: PredictOptions = {}): Promise<NdArray> {
    checkOptions("predict", options, predictOptionNames);
    const { verbose = 0, output = standardOutput(), steps } = options;
    checkVerbose("predict", verbose, [0, 1]);
    checkMode("predict", options, isNdArray(x));
    const source: Source = isNdArray(x)
      ? new ArraySource({ x: this.#checkX(x) }, options)
      : new IteratorSource(x, "steps", steps);
    const progress = progressOf(source, verbose, output);
    const parts: NdArray[] = [];
    let shown = 0;
    source.begin(0, 0);
    await pipeline(
      source.steps,
      async (step) => this.#predictStep(await source.next(step)),
      (part, samples) => {
        parts.push(part);
        shown += source.samples === undefined ? 1 : samples;
        progress.update(shown);
      },
    );
    return concatenate(parts);
  }

  /**
   * One training step: `[loss, …metrics]` of the batch, as they were before the update, or the loss alone without
   * metrics.
   */
  async trainOnBatch(x: Input, y: NdArray, options: TrainOnBatchOptions = {}): Promise<number | number[]> {
    const { sampleWeight, classWeight } = checkOptions("trainOnBatch", options, trainOnBatchOptionNames);
    this.#checkWeighable(options);
    const { results } = await this.#trainStep({ x, y, sampleWeight }, classWeight);
    return aloneOrList(await results);
  }

  /** `[loss, …metrics]` of the batch, dropout off, or the loss alone without metrics. */
  async testOnBatch(x: Input, y: NdArray, options: OnBatchOptions = {}): Promise<number | number[]> {
    const { sampleWeight } = checkOptions("testOnBatch", options, testOnBatchOptionNames);
    this.#checkWeighable(options);
    const { results } = await this.#testStep({ x, y, sampleWeight });
    return aloneOrList(await results);
  }

  /** The model's results for one batch. */
  async predictOnBatch(x: Input): Promise<NdArray> {
    return (await this.#predictStep({ x })).results;
  }

  /** The gradients of a batch's loss, for the trained weights in order; nothing is changed. */
  async gradientsOnBatch(x: Input, y: NdArray): Promise<NdArray[]> {
    const { device, batch, compiled, memories } = await this.#ready({ x, y });
    using tape = new Tape(device, memories.train);
    const { gradients } = this.#forwardBackward(tape, compiled, batch);
    return Promise.all(
      compiled.trainable.map((weight) => {
        const gradient = gradients.get(weight);
        return gradient
          ? device.read(gradient)
          : { shape: weight.shape, data: new Float32Array(sizeOf(weight.shape)) };
      }),
    );
  }

  /** What one training step on a batch records, as text; nothing is changed. */
  async tapeOnBatch(x: Input, y: NdArray): Promise<string> {
    const { device, batch, compiled, memories } = await this.#ready({ x, y });
    using tape = new Tape(device, memories.train);
    this.#forwardBackward(tape, compiled, batch);
    device.submit();
    return tape.toString();
  }

  override close(): void {
    this.#releaseOptimizer();
    super.close();
  }

  /** The model as the loops see it. */
  #trainer(): Trainer {
    return {
      metricsNames: this.metricsNames,
      stepsDone: () => this.#stepsDone,
      trainStep: (batch, classWeight, onCompile) => this.#trainStep(batch, classWeight, onCompile),
      testStep: (batch) => this.#testStep(batch),
    };
  }

  /** A loss of the user's own may not know of weights, and would leave them out without a word. */
  #checkWeighable({ sampleWeight, classWeight }: TrainOnBatchOptions): void {
    const loss = this.#settings?.loss;
    if ((!sampleWeight && !classWeight) || !loss || loss.length > 3) return;
    throw new Error(
      "[model] sampleWeight and classWeight need a loss that takes weights: (tape, prediction, target, sampleWeight).",
    );
  }

  /** The inputs of a batch, as the model takes them; they build it where that is still open. */
  #checkX<X extends Input>(given: X): X {
    const x = checkInput(given);
    if (!this.isBuilt) this.build([null, ...x.shape.slice(1)]);
    checkShape("input", this.inputName, this.inputShape, x);
    checkSamples({ x });
    return x;
  }

  /** A batch as the compiled model takes it. @throws in Keras's words where it does not fit */
  #check<X extends Input>(batch: Batch<X>): LabelledBatch<X> {
    if (!this.#settings) throw new Error(NOT_COMPILED);
    const x = this.#checkX(batch.x);
    if (!batch.y) throw new Error("[model] training and evaluation need targets: there is no y.");
    const y = asColumn(checkArray("y", batch.y));
    const { targetShape } = this.#compiledNow();
    if (targetShape) checkShape("target", this.outputName, targetShape, y);
    const sampleWeight = batch.sampleWeight && checkArray("sampleWeight", batch.sampleWeight);
    checkSamples({ x, y, sampleWeight });
    return { x, y, sampleWeight };
  }

  async #ready(given: Batch, classWeight?: ClassWeight) {
    const batch = weighClasses(this.#check(given), classWeight);
    const compiled = this.#compiledNow();
    return { batch, compiled, ...(await this.place()) };
  }

  #forward(
    tape: Tape,
    { loss, metrics }: Compiled,
    { x, y, sampleWeight }: LabelledBatch,
    context: CallContext,
  ) {
    // The input last: what makes it on the device is handed over with what follows, and not before another write.
    const target = upload(tape, y);
    const weights = sampleWeight && tape.variable(upload(tape, sampleWeight));
    const prediction = this.call(tape, tape.variable(upload(tape, x)), context);
    const lossValue = loss(tape, prediction, tape.variable(target), weights);
    const metricValues = metrics.map(({ metric }) => metric(tape, target, prediction.tensor, prediction));
    return { lossValue, results: [lossValue.tensor, ...metricValues] };
  }

  #forwardBackward(tape: Tape, compiled: Compiled, batch: LabelledBatch) {
    for (const weight of this.weights) weight.needsGradient = false;
    for (const weight of compiled.trainable) weight.needsGradient = true;
    const context = { training: true, seed: this.seed, step: this.#stepsDone };
    const { lossValue, results } = this.#forward(tape, compiled, batch, context);
    return { results, gradients: tape.backward(lossValue) };
  }

  /** Hands a training step over, and promises its results: the caller need not wait for them. */
  async #trainStep(
    given: Batch,
    classWeight?: ClassWeight,
    onCompile?: (pipelines: number) => void,
  ): Promise<HandedOver<number[]>> {
    const { device, batch, compiled, memories } = await this.#ready(given, classWeight);
    if (!this.#compiledAhead.has(memories.train)) {
      this.#compiledAhead.add(memories.train);
      await device.compile(() => {
        using tape = new Tape(device, memories.train);
        this.#forwardBackward(tape, compiled, batch);
      }, onCompile);
    }
    if (compiled.optimizer.owner !== this) {
      throw new Error(
        "[model] another model was compiled with this model's optimizer since: compile each with one of its own.",
      );
    }
    using tape = new Tape(device, memories.train);
    const { results, gradients } = this.#forwardBackward(tape, compiled, batch);
    compiled.optimizer.step(tape, compiled.trainable, gradients);
    this.#stepsDone++;
    return { samples: batch.x.shape[0], results: readScalars(device, results) };
  }

  async #testStep(given: Batch): Promise<HandedOver<number[]>> {
    const { device, batch, compiled, memories } = await this.#ready(given);
    using tape = new Tape(device, memories.test);
    for (const weight of this.weights) weight.needsGradient = false;
    const { results } = this.#forward(tape, compiled, batch, inference(this.seed));
    return { samples: batch.x.shape[0], results: readScalars(device, results) };
  }

  async #predictStep(given: Batch): Promise<HandedOver<NdArray>> {
    const x = this.#checkX(given.x);
    const { device, memories } = await this.place();
    if (!this.#compiledAhead.has(memories.predict)) {
      this.#compiledAhead.add(memories.predict);
      await device.compile(() => {
        using tape = new Tape(device, memories.predict);
        this.call(tape, tape.variable(upload(tape, x)), inference(this.seed));
      });
    }
    using tape = new Tape(device, memories.predict);
    const y = this.call(tape, tape.variable(upload(tape, x)), inference(this.seed));
    return { samples: x.shape[0], results: device.read(y.tensor) };
  }
}

/** As Keras gives results: a list where there are several. */
const aloneOrList = (values: number[]): number | number[] => (values.length === 1 ? values[0] : values);

const inference = (seed: number): CallContext => ({ training: false, seed, step: 0 });

/** Arrays x and y, where they are given, and the options. */
function sortArguments<Options>(
  where: string,
  first: NdArray | Batches,
  second: NdArray | Options | undefined,
  third: Options | undefined,
): [{ x: NdArray; y: NdArray } | undefined, Options | Record<string, never>] {
  if (isNdArray(first)) {
    if (!isNdArray(second)) {
      throw new Error(
        `[${where}] y must be an array beside x, ${where}(x, y, options), got ${typeName(second)}.`,
      );
    }
    return [{ x: first, y: second }, third ?? {}];
  }
  if (isNdArray(second) || third !== undefined) {
    throw new Error("`y` argument must not be specified when using a generator or Sequence as an input.");
  }
  return [undefined, second ?? {}];
}

/** Puts an array into the tape's memory, or has it made there. @throws where another is made than was promised */
function upload(tape: Tape, array: Input): Tensor {
  const { shape } = array;
  if (isDeviceArray(array)) {
    const made = array.upload(tape);
    if (made.dtype === "float32" && made.shape.join() === shape.join()) return made;
    throw new Error(
      `[model] x.upload gave a tensor of ${made.dtype} ${formatTuple(made.shape)}, must be of float32 ${formatTuple(shape)}.`,
    );
  }
  const tensor = tape.tensor(shape);
  tape.device.write(tensor, array.data);
  return tensor;
}

async function readScalars(device: Device, scalars: readonly Tensor[]): Promise<number[]> {
  const arrays = await Promise.all(scalars.map((scalar) => device.read(scalar)));
  return arrays.map(({ data }) => data[0]);
}
