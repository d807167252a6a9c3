import { Tape, type Variable } from "@convscope/autograd";
import {
  addForward,
  type Device,
  type NdArray,
  namingTooLarge,
  type Scope,
  type StepMemory,
  sizeOf,
  type Tensor,
} from "@convscope/kernels";
import { CallbackList } from "../callbacks/callback-list.ts";
import { readBlocks } from "../column-blocks.ts";
import type { ModelFile } from "../files/index.ts";
import type { History } from "../history.ts";
import type { CallContext, Layer } from "../layer.ts";
import { getOptimizer } from "../optimizer-names.ts";
import type { Optimizer } from "../optimizers.ts";
import { checkChoice, checkCount, checkOptions } from "../options.ts";
import { standardOutput } from "../output.ts";
import { formatTuple } from "../python-format.ts";
import { type LoadWeightsOptions, loadWeights } from "../saving/load-weights.ts";
import { type SaveOptions, type SaveWeightsOptions, saveModel, saveWeights } from "../saving/save-model.ts";
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
  inOrder,
  isArrays,
  isDeviceArray,
  type Samples,
  type Several,
  slice,
  typeName,
} from "./batch.ts";
import { type ClassWeights, weighClasses } from "./class-weight.ts";
import { evaluate, fit, progressOf, runSteps, splitAt, type Trainer } from "./fit.ts";
import { type Goal, type GoalSettings, goalOf, goalSettings, resultNames } from "./goals.ts";
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
  planOptionNames,
  predictOptionNames,
  type TrainOnBatchOptions,
  testOnBatchOptionNames,
  trainOnBatchOptionNames,
} from "./options.ts";
import type { HandedOver } from "./pipeline.ts";
import {
  type ModelPlan,
  type PlanOptions,
  planModel,
  plannedInput,
  plannedShape,
  type StepKind,
} from "./plan.ts";
import {
  ArraySource,
  type Batches,
  DEFAULT_BATCH_SIZE,
  IteratorSource,
  type Source,
  warnOfOrder,
} from "./sources.ts";

const NOT_COMPILED =
  "You must compile a model before training/testing. Use `model.compile(optimizer, loss)`.";

interface Settings {
  readonly optimizer: Optimizer;
  readonly goals: readonly GoalSettings[];
}

interface Compiled {
  readonly optimizer: Optimizer;
  /** One for each output. */
  readonly goals: readonly Goal[];
  /** The weights that were trainable when the model was compiled: only these are trained until the next compile. */
  readonly trainable: readonly Weight[];
  /** The layers that no flag froze then. */
  readonly trained: ReadonlySet<Layer>;
}

/** A model whatever its results are. */
export type AnyModel = BaseModel<NdArray | NdArray[]>;

/**
 * What every model can do, whatever its layers' wiring: be compiled, trained, evaluated and asked.
 * `Result` is what `predict` gives: an array, or a list where there are several outputs.
 */
export abstract class BaseModel<Result extends NdArray | NdArray[] = NdArray> extends Network {
  #settings: Settings | undefined;
  #compiled: Compiled | undefined;
  /** Training steps of this model, through all its compiles: no two of them share a dropout mask. */
  #stepsDone = 0;
  /** The memories of those steps whose kernels were compiled ahead. */
  #compiledAhead = new WeakSet<StepMemory>();

  /** Set it to end a training: after the step, and the epoch with it, whose callbacks are still called. */
  stopTraining = false;

  get optimizer(): Optimizer | undefined {
    return this.#settings?.optimizer;
  }

  /** How it was compiled; undefined before. */
  get compiledFor(): readonly GoalSettings[] | undefined {
    return this.#settings?.goals;
  }

  /** The weights that the compiled model trains, in order; none before it is compiled. */
  get trained(): readonly Weight[] {
    return this.#compiled?.trainable ?? [];
  }

  /** Training steps done, through all compiles: they say which dropout masks come next. */
  get stepsDone(): number {
    return this.#stepsDone;
  }

  /** Takes up the training of a saved model where it was. */
  resumeAt(stepsDone: number): void {
    this.#stepsDone = stepsDone;
  }

  /** What `evaluate` and the calls for one batch give: `loss`, each output's where there are several, and the metrics. */
  get metricsNames(): string[] {
    return this.#settings ? resultNames(this.#settings.goals) : ["loss"];
  }

  /** Whether results are lists, also those of one output. */
  protected abstract get givesList(): boolean;

  protected override get trainedWeights(): readonly Weight[] | undefined {
    return this.#compiled?.trainable;
  }

  /** Fixes what is trained, by what, towards what. @throws for an unknown optimizer, loss or metric */
  compile(options: CompileOptions): void {
    checkOptions("compile", options, compileOptionNames);
    const settings = {
      optimizer: getOptimizer(options.optimizer),
      goals: goalSettings(options, this.outputNames),
    };
    resultNames(settings.goals);
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
    const { optimizer, goals } = this.#settings;
    this.#compiled ??= {
      optimizer,
      goals: goals.map((goal, i) => goalOf(goal, this.outputs[i].shape)),
      trainable: this.trainableWeights,
      trained: new Set(this.trainableLayers),
    };
    return this.#compiled;
  }

  /** Trains on arrays x and y. */
  async fit(x: Several<NdArray>, y: Several<NdArray>, options?: FitOptions): Promise<History>;
  /** Trains on batches. */
  async fit(batches: Batches, options?: FitOptions): Promise<History>;
  async fit(
    first: Several<NdArray> | Batches,
    second?: Several<NdArray> | FitOptions,
    third?: FitOptions,
  ): Promise<History> {
    const [arrays, options] = sortArguments("fit", first, second, third);
    checkOptions("fit", options, fitOptionNames);
    checkFitOptions(options);
    const { verbose = 1, output = standardOutput() } = options;
    if (!this.#settings) throw new Error(NOT_COMPILED);
    this.#checkWeighable(options);
    checkMode("fit", options, arrays !== undefined);

    let training: Source;
    const held = this.#validationOf(options);
    let validation: Arrays | Source | undefined;
    if (arrays) {
      let checked = this.#checkArrays({ ...arrays, sampleWeight: options.sampleWeight });
      const [samples] = checked.x[0].shape;
      if (!held && options.validationSplit) {
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
    if (held) validation = "x" in held ? this.#checkArrays(held) : held;
    this.warnOfDiscrepancy();
    const { trainable } = this.#compiledNow();
    const all = this.weights.filter((weight) => weight.isTrainable);
    if (verbose > 0 && trainable.length < all.length) {
      const names = this.namesOfLayers(trainable).join(", ") || "nothing";
      output.write(`training ${trainable.length} of ${all.length} tensors: ${names}\n`);
    }
    const { metricsNames } = this;
    const callbacks = new CallbackList("fit", options.callbacks).begin(this, {
      batchSize: arrays && (options.batchSize ?? DEFAULT_BATCH_SIZE),
      epochs: options.epochs ?? 1,
      steps: training.steps,
      samples: training.samples,
      verbose,
      doValidation: validation !== undefined,
      metrics: [...metricsNames, ...(validation ? metricsNames.map((name) => `val_${name}`) : [])],
      output,
    });
    return fit(this.#trainer(), training, validation, { ...options, output }, callbacks);
  }

  /** Keras 2's name for `fit` on batches. */
  fitGenerator(batches: Batches, options?: FitOptions): Promise<History> {
    return this.fit(batches, options);
  }

  #validationOf({ validationData, validationSteps }: FitOptions): Batch | Source | undefined {
    if (
      Array.isArray(validationData) &&
      validationData.every(isArrays) &&
      !this.#isBatch(validationData[0])
    ) {
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

  /** Whether what may be arrays by name is a batch, one of a list. */
  #isBatch(value: object): boolean {
    return "x" in value && !(this.isBuilt && this.inputNames.includes("x"));
  }

  /** Loss and metrics with dropout off, weighted by batch size: `[loss, …metrics]`, or the loss alone without metrics. */
  async evaluate(
    x: Several<NdArray>,
    y: Several<NdArray>,
    options?: EvaluateOptions,
  ): Promise<number | number[]>;
  async evaluate(batches: Batches, options?: EvaluateOptions): Promise<number | number[]>;
  async evaluate(
    first: Several<NdArray> | Batches,
    second?: Several<NdArray> | EvaluateOptions,
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
      ? new ArraySource(this.#checkArrays({ ...arrays, sampleWeight }), options)
      : new IteratorSource(first as Batches, "steps", steps);
    const callbacks = new CallbackList("evaluate", options.callbacks).begin(this, {
      batchSize: arrays && (options.batchSize ?? DEFAULT_BATCH_SIZE),
      steps: source.steps,
      samples: source.samples,
      verbose,
      metrics: this.metricsNames,
      output,
    });
    const progress = progressOf(source, verbose, output);
    const averages = await evaluate(this.#trainer(), source, { progress, callbacks });
    return aloneOrList(averages.values());
  }

  /** Keras 2's name for `evaluate` on batches. Prints nothing by default. */
  evaluateGenerator(batches: Batches, options?: EvaluateOptions): Promise<number | number[]> {
    return this.evaluate(batches, { verbose: 0, ...options });
  }

  /** The model's results for samples, or for `steps` batches, in order. Works without compile. */
  async predict(x: Several<NdArray> | Batches, options: PredictOptions = {}): Promise<Result> {
    checkOptions("predict", options, predictOptionNames);
    const { verbose = 0, output = standardOutput(), steps } = options;
    checkVerbose("predict", verbose, [0, 1]);
    checkMode("predict", options, isArrays(x));
    if (!isArrays(x)) warnOfOrder(x);
    const source: Source = isArrays(x)
      ? new ArraySource(this.#checkX(x) as Arrays, options)
      : new IteratorSource(x, "steps", steps);
    const callbacks = new CallbackList("predict", options.callbacks).begin(this, {
      batchSize: isArrays(x) ? (options.batchSize ?? DEFAULT_BATCH_SIZE) : undefined,
      steps: source.steps,
      samples: source.samples,
      verbose,
      metrics: [],
      output,
    });
    const progress = progressOf(source, verbose, output);
    const parts: NdArray[][] = [];
    let shown = 0;
    await callbacks.call("onPredictBegin", {});
    await source.begin(0, 0);
    await runSteps("Predict", source, callbacks, {
      to: source.steps,
      run: (batch) => this.#predictStep(batch),
      logsOf: (outputs) => ({ outputs }),
      done: (part, samples) => {
        parts.push(part);
        shown += source.samples === undefined ? 1 : samples;
        progress.update(shown);
      },
    });
    await callbacks.call("onPredictEnd", {});
    return this.#result(parts[0].map((_, i) => concatenate(parts.map((part) => part[i]))));
  }

  /** Keras 2's name for `predict` on batches. */
  predictGenerator(batches: Batches, options?: PredictOptions): Promise<Result> {
    return this.predict(batches, options);
  }

  /**
   * One training step: `[loss, …metrics]` of the batch, as they were before the update, or the loss alone without
   * metrics.
   */
  async trainOnBatch(
    x: Several<Input>,
    y: Several<NdArray>,
    options: TrainOnBatchOptions = {},
  ): Promise<number | number[]> {
    const { sampleWeight, classWeight } = checkOptions("trainOnBatch", options, trainOnBatchOptionNames);
    this.#checkWeighable(options);
    const { results } = await this.#trainStep({ x, y, sampleWeight }, classWeight);
    return aloneOrList(await results);
  }

  /** `[loss, …metrics]` of the batch, dropout off, or the loss alone without metrics. */
  async testOnBatch(
    x: Several<Input>,
    y: Several<NdArray>,
    options: OnBatchOptions = {},
  ): Promise<number | number[]> {
    const { sampleWeight } = checkOptions("testOnBatch", options, testOnBatchOptionNames);
    this.#checkWeighable(options);
    const { results } = await this.#testStep({ x, y, sampleWeight });
    return aloneOrList(await results);
  }

  /** The model's results for one batch. */
  async predictOnBatch(x: Several<Input>): Promise<Result> {
    return this.#result(await (await this.#predictStep({ x })).results);
  }

  #result(arrays: NdArray[]): Result {
    return (this.givesList ? arrays : arrays[0]) as Result;
  }

  /** The gradients of a batch's loss, for the trained weights in order; nothing is changed. */
  async gradientsOnBatch(x: Several<Input>, y: Several<NdArray>): Promise<NdArray[]> {
    const { device, samples, compiled, memories } = await this.#ready({ x, y });
    using tape = new Tape(device, memories.train);
    const { gradients } = this.#forwardBackward(tape, compiled, samples);
    return Promise.all(
      compiled.trainable.map((weight) => {
        const ofBlocks = weight.blocks.flatMap((block) => gradients.get(block) ?? []);
        return ofBlocks.length > 0
          ? readBlocks(device, ofBlocks)
          : { shape: weight.shape, data: new Float32Array(weight.size) };
      }),
    );
  }

  /** What one training step on a batch records, as text; nothing is changed. */
  async tapeOnBatch(x: Several<Input>, y: Several<NdArray>): Promise<string> {
    const { device, samples, compiled, memories } = await this.#ready({ x, y });
    const record = (tape: Tape) => this.#forwardBackward(tape, compiled, samples);
    await this.#compileAhead(device, memories.train, record);
    using tape = new Tape(device, memories.train);
    record(tape);
    device.submit();
    return tape.toString();
  }

  /** Does a whole training step on a batch, and keeps nothing of it: to measure how long one takes. Ends when the device is done. */
  async rehearseOnBatch(x: Several<Input>, y: Several<NdArray>): Promise<void> {
    const { device, samples, compiled, memories } = await this.#ready({ x, y });
    const record = (tape: Tape) => this.#forwardBackward(tape, compiled, samples);
    await this.#compileAhead(device, memories.train, record);
    using tape = new Tape(device, memories.train);
    compiled.optimizer.rehearse(tape, compiled.trainable, record(tape).gradients);
    await device.idle();
  }

  /**
   * What the model takes of the device's memory at a batch size: the buffers that steps of these kinds will make, to the byte.
   * Nothing is put on the device, compiled or run: it takes milliseconds.
   */
  async plan(options: PlanOptions): Promise<ModelPlan> {
    checkOptions("plan", options, planOptionNames);
    const { batchSize, steps = this.#settings ? ["train", "test"] : ["predict"] } = options;
    const standIn = options.x ?? plannedInput;
    checkCount("plan", "batchSize", batchSize);
    const device = await this.device();
    const { inputNames, outputs } = this;
    const x = this.inputs.map(({ shape }, i) => standIn(plannedShape(inputNames[i], shape, batchSize)));
    const kinds = {
      train: (tape: Tape) => {
        const compiled = this.#compiledNow();
        const recorded = this.#forwardBackward(tape, compiled, batch());
        compiled.optimizer.clip(tape, compiled.trainable, recorded.gradients);
        return recorded;
      },
      test: (tape: Tape) => this.#tested(tape, this.#compiledNow(), batch()),
      predict: (tape: Tape) => ({ results: this.#predicted(tape, x) }),
    };
    for (const kind of steps) checkChoice("plan", "steps", kind, Object.keys(kinds) as StepKind[]);
    const batch = (): Samples => {
      const y = this.#compiledNow().goals.map(({ output, targetShape }, i) => {
        const shape = plannedShape(output, targetShape ?? outputs[i].shape, batchSize);
        return { shape, data: new Float32Array(sizeOf(shape)) };
      });
      return { x, y, sampleWeight: y.map(() => undefined) };
    };
    return planModel(device, batchSize, {
      weights: this.weights,
      trained: this.trained,
      slots: this.optimizer?.slotNames.length ?? 0,
      steps: new Map(steps.map((kind) => [kind, kinds[kind]])),
    });
  }

  /**
   * Saves the whole model: layers, weights, how it was compiled, and the optimizer's state. Keras 2 opens an `.h5`; `loadModel`
   * reads it back.
   */
  save(path: string, options?: SaveOptions): Promise<void> {
    return saveModel(this, path, options);
  }

  /** Saves the weights alone. */
  saveWeights(path: string, options?: SaveWeightsOptions): Promise<void> {
    return saveWeights(this, path, options);
  }

  /**
   * Takes the weights of a file of Keras, tfjs-layers or safetensors.
   * @throws where they do not fit; then nothing was changed
   */
  loadWeights(file: ModelFile, options?: LoadWeightsOptions): Promise<void> {
    return loadWeights(this, file, options);
  }

  override close(): void {
    this.#releaseOptimizer();
    super.close();
  }

  /** The model as the loops see it. */
  #trainer(): Trainer {
    const model = this;
    return {
      metricsNames: this.metricsNames,
      get stopTraining() {
        return model.stopTraining;
      },
      set stopTraining(value) {
        model.stopTraining = value;
      },
      get stepsDone() {
        return model.stepsDone;
      },
      trainStep: (batch, classWeight, onCompile) => this.#trainStep(batch, classWeight, onCompile),
      testStep: (batch) => this.#testStep(batch),
    };
  }

  /** A loss of the user's own may not know of weights, and would leave them out without a word. */
  #checkWeighable({ sampleWeight, classWeight }: TrainOnBatchOptions): void {
    const goals = this.#settings?.goals ?? [];
    const isWeighed = sampleWeight || classWeight;
    if (goals.every(({ loss, weight }) => loss.length > 3 || (!isWeighed && weight === 1))) return;
    throw new Error(
      "[model] sampleWeight, classWeight and lossWeights need a loss that takes weights: " +
        "(tape, prediction, target, sampleWeight).",
    );
  }

  /** The inputs of a batch, as the model takes them; they build it where that is still open. */
  #checkX(given: unknown): Samples {
    if (!this.isBuilt) this.build(checkInput(given).shape.slice(1));
    const x = inOrder("input", this.inputNames, given).map(checkInput);
    x.forEach((array, i) => void checkShape("input", this.inputNames[i], this.inputs[i].shape, array));
    const samples = { x, y: [], sampleWeight: [] };
    checkSamples(samples);
    return samples;
  }

  /** A batch as the compiled model takes it. @throws in Keras's words where it does not fit */
  #check(batch: Batch): Samples {
    if (!this.#settings) throw new Error(NOT_COMPILED);
    const { x } = this.#checkX(batch.x);
    if (!batch.y) throw new Error("[model] training and evaluation need targets: there is no y.");
    const { outputNames } = this;
    const { goals } = this.#compiledNow();
    const y = inOrder("target", outputNames, batch.y).map((array) => asColumn(checkArray("y", array)));
    goals.forEach(({ targetShape }, i) => {
      if (targetShape) checkShape("target", outputNames[i], targetShape, y[i]);
    });
    const weights = inOrder(
      "sample_weight",
      outputNames,
      batch.sampleWeight ?? outputNames.map(() => undefined),
    );
    const sampleWeight = weights.map((array) => (array ? checkArray("sampleWeight", array) : undefined));
    const samples = { x, y, sampleWeight };
    checkSamples(samples);
    return samples;
  }

  /** The same of arrays that lie here. */
  #checkArrays(batch: Batch): Arrays {
    const { x, ...others } = this.#check(batch);
    return { ...others, x: x.map((array) => checkArray("x", array)) };
  }

  async #ready(given: Batch, classWeight?: ClassWeights) {
    const samples = weighClasses(this.#check(given), this.outputNames, classWeight);
    const compiled = this.#compiledNow();
    return { samples, compiled, ...(await this.place()) };
  }

  #uploaded(tape: Tape, x: readonly Input[]): Variable[] {
    const { inputNames } = this;
    return x.map((array, i) => namingTooLarge(inputNames[i], () => tape.variable(upload(tape, array))));
  }

  /** Records the layers and the losses. `losses` are to be made small; `results` are what a step tells, in order. */
  #forward(tape: Tape, { goals }: Compiled, { x, y, sampleWeight }: Samples, context: CallContext) {
    // The inputs last: what makes one on the device is handed over with what follows, and not before another write.
    const targets = y.map((array) => upload(tape, array));
    const weights = sampleWeight.map((array) => array && tape.variable(upload(tape, array)));
    const scaled = goals.map(({ weight }, i) =>
      weight === 1
        ? weights[i]
        : tape.variable(upload(tape, scaledWeights(weight, x[0].shape[0], sampleWeight[i]))),
    );
    const inputs = this.#uploaded(tape, x);
    const predictions = this.callAll(tape, inputs, context);
    const losses: Variable[] = [];
    const told: Tensor[] = [];
    const measured: Tensor[] = [];
    goals.forEach(({ loss, weight, metrics }, i) => {
      const prediction = predictions[i];
      const target = tape.variable(targets[i]);
      const value = loss(tape, prediction, target, scaled[i]);
      losses.push(value);
      // What is told of an output is not multiplied by its weight.
      told.push(weight === 1 ? value.tensor : loss(tape, prediction, target, weights[i]).tensor);
      for (const { metric } of metrics)
        measured.push(metric(tape, targets[i], prediction.tensor, prediction));
    });
    losses.push(...this.losses(tape));
    const total = sumOf(tape, losses);
    return { losses, results: [total, ...(goals.length === 1 ? [] : told), ...measured] };
  }

  #forwardBackward(tape: Tape, compiled: Compiled, samples: Samples) {
    for (const weight of this.weights) weight.needsGradient = false;
    for (const weight of compiled.trainable) weight.needsGradient = true;
    const updates = new Map<Weight, Tensor>();
    const context: CallContext = {
      training: true,
      seed: this.seed,
      step: this.#stepsDone,
      trained: compiled.trained,
      update: (weight, value) => void updates.set(weight, value),
    };
    const { losses, results } = this.#forward(tape, compiled, samples, context);
    return { results, gradients: tape.backward(losses), updates };
  }

  /** Has the kernels of a kind of step compiled side by side, before its first one. */
  async #compileAhead(
    device: Device,
    memory: StepMemory,
    record: (tape: Tape) => unknown,
    onCompile?: (pipelines: number) => void,
  ): Promise<void> {
    if (this.#compiledAhead.has(memory)) return;
    this.#compiledAhead.add(memory);
    await device.compile(() => {
      using tape = new Tape(device, memory);
      record(tape);
    }, onCompile);
  }

  /** Hands a training step over, and promises its results: the caller need not wait for them. */
  async #trainStep(
    given: Batch,
    classWeight?: ClassWeights,
    onCompile?: (pipelines: number) => void,
  ): Promise<HandedOver<number[]>> {
    const { device, samples, compiled, memories } = await this.#ready(given, classWeight);
    const record = (tape: Tape) => this.#forwardBackward(tape, compiled, samples);
    await this.#compileAhead(device, memories.train, record, onCompile);
    if (compiled.optimizer.owner !== this) {
      throw new Error(
        "[model] another model was compiled with this model's optimizer since: compile each with one of its own.",
      );
    }
    using tape = new Tape(device, memories.train);
    const { results, gradients, updates } = record(tape);
    compiled.optimizer.step(tape, compiled.trainable, gradients);
    for (const [weight, value] of updates) device.copy(value, weight.tensor);
    this.#stepsDone++;
    return { samples: samples.x[0].shape[0], results: readScalars(device, results) };
  }

  async #testStep(given: Batch): Promise<HandedOver<number[]>> {
    const { device, samples, compiled, memories } = await this.#ready(given);
    using tape = new Tape(device, memories.test);
    const { results } = this.#tested(tape, compiled, samples);
    return { samples: samples.x[0].shape[0], results: readScalars(device, results) };
  }

  #tested(tape: Tape, compiled: Compiled, samples: Samples) {
    for (const weight of this.weights) weight.needsGradient = false;
    return this.#forward(tape, compiled, samples, inference(this.seed));
  }

  async #predictStep(given: Batch): Promise<HandedOver<NdArray[]>> {
    const { x } = this.#checkX(given.x);
    const { device, memories } = await this.place();
    await this.#compileAhead(device, memories.predict, (tape) => this.#predicted(tape, x));
    using tape = new Tape(device, memories.predict);
    const results = Promise.all(this.#predicted(tape, x).map((tensor) => device.read(tensor)));
    return { samples: x[0].shape[0], results };
  }

  #predicted(tape: Tape, x: readonly Input[]): readonly Tensor[] {
    return this.callAll(tape, this.#uploaded(tape, x), inference(this.seed)).map(({ tensor }) => tensor);
  }
}

/** As Keras gives results: a list where there are several. */
const aloneOrList = (values: number[]): number | number[] => (values.length === 1 ? values[0] : values);

const inference = (seed: number): CallContext => ({ training: false, seed, step: 0, update: () => {} });

const sumOf = (scope: Scope, scalars: readonly Variable[]): Tensor =>
  scalars.map(({ tensor }) => tensor).reduce((sum, tensor) => addForward(scope, sum, tensor));

/** The weights of samples, each multiplied by the weight of their loss. */
function scaledWeights(weight: number, samples: number, sampleWeight: NdArray | undefined): NdArray {
  const data = sampleWeight?.data.map((value) => value * weight) ?? new Float32Array(samples).fill(weight);
  return { shape: [samples], data };
}

/** Arrays x and y, where they are given, and the options. */
function sortArguments<Options>(
  where: string,
  first: Several<NdArray> | Batches,
  second: Several<NdArray> | Options | undefined,
  third: Options | undefined,
): [{ x: Several<NdArray>; y: Several<NdArray> } | undefined, Options | Record<string, never>] {
  if (isArrays(first)) {
    if (!isArrays(second)) {
      throw new Error(
        `[${where}] y must be an array beside x, ${where}(x, y, options), got ${typeName(second)}.`,
      );
    }
    return [{ x: first, y: second }, third ?? {}];
  }
  if (isArrays(second) || third !== undefined) {
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
