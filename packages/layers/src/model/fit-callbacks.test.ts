import { openTestDevice } from "@convscope/kernels/testing";
import { describe, expect, it, vi } from "vitest";
import { Callback, LambdaCallback, type Logs, TerminateOnNaN } from "../callbacks/index.ts";
import { Dense } from "../layers/dense.ts";
import { array, collectOutput, withoutTimes } from "../testing/index.ts";
import { type Arrays, type Batch, samplesIn } from "./batch.ts";
import { fit, type Trainer } from "./fit.ts";
import type { FitOptions } from "./options.ts";
import type { FitPosition } from "./position.ts";
import { Sequential } from "./sequential.ts";
import { ArraySource, type BatchSource, IteratorSource } from "./sources.ts";

const arrays = (samples: number): Arrays => {
  const x = array([samples, 1], Array(samples).fill(1));
  return { x: [x], y: [x], sampleWeight: [] };
};
/** Batches of 2, 2 and 1. */
const training = () => new ArraySource(arrays(5), { batchSize: 2 });
const later = () => new Promise((resolve) => setTimeout(resolve, 2));

/** A model whose steps have the losses 1, 2, 3 … and take a moment on their way. */
class FakeTrainer implements Trainer {
  readonly metricsNames = ["loss"];
  stopTraining = false;
  stepsDone = 0;
  testSteps = 0;
  underWay = 0;
  mostUnderWay = 0;

  trainStep = async (batch: Batch) => this.#handOver(batch, ++this.stepsDone);
  testStep = async (batch: Batch) => this.#handOver(batch, 10 * ++this.testSteps);

  #handOver(batch: Batch, loss: number) {
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    const results = later().then(() => {
      this.underWay--;
      return [loss];
    });
    return { samples: samplesIn(batch), results };
  }
}

/** Notes all hooks: their names, numbers and values. */
class Recorder extends Callback {
  readonly calls: string[] = [];
  readonly #note =
    (name: string) =>
    async (...given: unknown[]) => {
      await later();
      this.calls.push([name, ...given.map((value) => JSON.stringify(value))].join(" "));
    };
  override onTrainBegin = this.#note("train begin");
  override onTrainEnd = this.#note("train end");
  override onEpochBegin = this.#note("epoch begin");
  override onEpochEnd = this.#note("epoch end");
  override onTrainBatchBegin = this.#note("train batch begin");
  override onTrainBatchEnd = this.#note("train batch end");
  override onTestBegin = this.#note("test begin");
  override onTestEnd = this.#note("test end");
  override onTestBatchBegin = this.#note("test batch begin");
  override onTestBatchEnd = this.#note("test batch end");
  override onPredictBegin = this.#note("predict begin");
  override onPredictEnd = this.#note("predict end");
  override onPredictBatchBegin = this.#note("predict batch begin");
  override onPredictBatchEnd = this.#note("predict batch end");
}

const quiet = { verbose: 0 } as const;

describe("callbacks", () => {
  it("are called in Keras's order, one step at a time", async () => {
    const [trainer, recorder] = [new FakeTrainer(), new Recorder()];
    const validationFreq = 2;
    await fit(trainer, training(), arrays(3), { ...quiet, epochs: 2, validationFreq, callbacks: [recorder] });
    expect(recorder.calls).toEqual([
      "train begin {}",
      "epoch begin 0 {}",
      'train batch begin 0 {"batch":0,"size":2}',
      'train batch end 0 {"batch":0,"size":2,"loss":1}',
      'train batch begin 1 {"batch":1,"size":2}',
      'train batch end 1 {"batch":1,"size":2,"loss":2}',
      'train batch begin 2 {"batch":2,"size":1}',
      'train batch end 2 {"batch":2,"size":1,"loss":3}',
      'epoch end 0 {"loss":1.8}',
      "epoch begin 1 {}",
      'train batch begin 0 {"batch":0,"size":2}',
      'train batch end 0 {"batch":0,"size":2,"loss":4}',
      'train batch begin 1 {"batch":1,"size":2}',
      'train batch end 1 {"batch":1,"size":2,"loss":5}',
      'train batch begin 2 {"batch":2,"size":1}',
      'train batch end 2 {"batch":2,"size":1,"loss":6}',
      "test begin {}",
      'test batch begin 0 {"batch":0,"size":2}',
      'test batch end 0 {"batch":0,"size":2,"loss":10}',
      'test batch begin 1 {"batch":1,"size":1}',
      'test batch end 1 {"batch":1,"size":1,"loss":20}',
      "test end {}",
      `epoch end 1 {"loss":4.8,"val_loss":${(2 * 10 + 20) / 3}}`,
      "train end {}",
    ]);
    expect(trainer.mostUnderWay).toBe(1);
  });

  it("leave steps their overlap where none looks at batches", async () => {
    const trainer = new FakeTrainer();
    const callbacks = [new LambdaCallback({ onEpochEnd: () => {}, onTestBatchEnd: () => {} })];
    await fit(trainer, training(), undefined, { ...quiet, callbacks });
    expect(trainer.mostUnderWay).toBe(3);
  });

  it("may add values, for those after them and for the history", async () => {
    const seen: Logs[] = [];
    const { history } = await fit(new FakeTrainer(), training(), undefined, {
      ...quiet,
      epochs: 2,
      callbacks: [
        new LambdaCallback({ onEpochEnd: (epoch, logs) => void Object.assign(logs, { lr: 0.5 ** epoch }) }),
        new LambdaCallback({ onEpochEnd: (_, logs) => void seen.push(logs) }),
      ],
    });
    expect(history).toEqual({ loss: [1.8, 4.8], lr: [1, 0.5] });
    expect(seen.map(({ lr }) => lr)).toEqual([1, 0.5]);
  });

  it("speak after the epoch's line", async () => {
    const output = collectOutput();
    const callbacks = [
      new LambdaCallback({
        onEpochBegin: () => output.write("begin\n"),
        onEpochEnd: () => output.write("\nend\n"),
      }),
    ];
    await fit(new FakeTrainer(), training(), undefined, { callbacks, output });
    expect(withoutTimes(output.text)).toBe(
      "Epoch 1/1\nbegin\n5/5 [==============================] - Ts T/step - loss: 1.8000\n\nend\n",
    );
  });

  it("that fail end the fit", async () => {
    const trainer = new FakeTrainer();
    const callbacks = [new LambdaCallback({ onTrainBatchBegin: () => Promise.reject(new Error("no disk")) })];
    await expect(fit(trainer, training(), undefined, { ...quiet, callbacks })).rejects.toThrow("no disk");
    expect([trainer.stepsDone, trainer.underWay]).toEqual([0, 0]);
  });
});

describe("stopTraining", () => {
  const stopAt = (trainer: Trainer, hook: "onTrainBatchEnd" | "onEpochBegin" | "onEpochEnd", at: number) =>
    new LambdaCallback({
      [hook]: (n: number) => {
        if (n === at) trainer.stopTraining = true;
      },
    });

  it("ends after the batch; the epoch ends with what there is, without a validation", async () => {
    const [trainer, recorder, output] = [new FakeTrainer(), new Recorder(), collectOutput()];
    trainer.stopTraining = true; // of a fit before
    const { epoch, history } = await fit(trainer, training(), arrays(2), {
      epochs: 3,
      callbacks: [stopAt(trainer, "onTrainBatchEnd", 1), recorder],
      output,
    });
    expect([epoch, history]).toEqual([[0], { loss: [1.5] }]);
    expect(trainer.stepsDone).toBe(2);
    expect(recorder.calls.slice(-3)).toEqual([
      'train batch end 1 {"batch":1,"size":2,"loss":2}',
      'epoch end 0 {"loss":1.5}',
      "train end {}",
    ]);
    expect(withoutTimes(output.text).split("\n").slice(1)).toEqual([
      "Epoch 1/3",
      "4/5 [=======================>......] - Ts T/step - loss: 1.5000",
      "",
    ]);
  });

  it("set on an epoch's last batch has it validated, as in Keras", async () => {
    const trainer = new FakeTrainer();
    const callbacks = [stopAt(trainer, "onTrainBatchEnd", 2)];
    const { history } = await fit(trainer, training(), arrays(2), { ...quiet, epochs: 3, callbacks });
    expect(history).toEqual({ loss: [1.8], val_loss: [10] });
  });

  it("set between the steps of an epoch ends it, set before them ends it after one, and after it no other begins", async () => {
    const began = new FakeTrainer();
    await fit(began, training(), undefined, {
      ...quiet,
      epochs: 3,
      callbacks: [stopAt(began, "onEpochBegin", 1)],
    });
    expect(began.stepsDone).toBe(4);
    const ended = new FakeTrainer();
    await fit(ended, training(), undefined, {
      ...quiet,
      epochs: 3,
      callbacks: [stopAt(ended, "onEpochEnd", 1)],
    });
    expect(ended.stepsDone).toBe(6);
    // By anybody, while steps are under way: these are finished.
    const other = new FakeTrainer();
    const source = new ArraySource(arrays(90), { batchSize: 1 });
    const running = fit(other, source, undefined, quiet);
    while (other.stepsDone < 4) await later();
    other.stopTraining = true;
    const { history } = await running;
    expect(other.stepsDone).toBeLessThan(90);
    expect(history.loss).toEqual([(other.stepsDone + 1) / 2]);
  });
});

describe("onCheckpoint", () => {
  const run = async (trainer: FakeTrainer, options: FitOptions, held?: Arrays) => {
    const told: [epoch: number, step: number][] = [];
    const positions: FitPosition[] = [];
    const failure = await fit(trainer, training(), held, {
      ...quiet,
      epochs: 2,
      onCheckpoint: async (position, { epoch }) => {
        expect(trainer.underWay).toBe(0);
        expect(epoch.length).toBe(position.epoch);
        await later();
        told.push([position.epoch, position.step]);
        positions.push(position);
      },
      ...options,
    }).then(
      () => undefined,
      (error: unknown) => error,
    );
    return { told, positions, failure };
  };

  it("is told after each epoch, and after every so many steps of all", async () => {
    const { told } = await run(new FakeTrainer(), {});
    expect(told).toEqual([
      [1, 0],
      [2, 0],
    ]);
    const { told: often, positions } = await run(new FakeTrainer(), { checkpointSteps: 2 });
    expect(often).toEqual([
      [0, 2],
      [1, 0],
      [1, 1],
      [1, 3],
      [2, 0],
    ]);
    expect(positions[0]).toEqual({ epoch: 0, step: 2, samples: 4, sums: [2 * 1 + 2 * 2], largestBatch: 2 });
    expect(positions[3]).toEqual({
      epoch: 1,
      step: 3,
      samples: 5,
      sums: [2 * 4 + 2 * 5 + 6],
      largestBatch: 2,
    });
    expect(positions[4]).toEqual({ epoch: 2, step: 0, samples: 0, sums: [0], largestBatch: 2 });
  });

  it("comes after the callbacks of an epoch", async () => {
    const order: string[] = [];
    await fit(new FakeTrainer(), training(), undefined, {
      ...quiet,
      callbacks: [new LambdaCallback({ onEpochEnd: () => void order.push("callback") })],
      onCheckpoint: () => void order.push("checkpoint"),
    });
    expect(order).toEqual(["callback", "checkpoint"]);
  });

  it("is told where a signal ends the run, with every step that has begun, and the reason is thrown", async () => {
    const trainer = new FakeTrainer();
    const stop = new AbortController();
    const source = new ArraySource(arrays(90), { batchSize: 1 });
    const positions: FitPosition[] = [];
    const output = collectOutput(true);
    const running = fit(trainer, source, undefined, {
      signal: stop.signal,
      onCheckpoint: (position) => void positions.push(position),
      output,
    });
    while (trainer.stepsDone < 4) await later();
    stop.abort(new Error("Ctrl-C"));
    await expect(running).rejects.toThrow("Ctrl-C");
    expect(positions.map(({ step }) => step)).toEqual([trainer.stepsDone]);
    expect(trainer.stepsDone).toBeLessThan(90);
    expect(trainer.underWay).toBe(0);
    expect(output.text.endsWith("\n")).toBe(true);
  });

  it("is told nothing twice, and no step runs where the signal came before", async () => {
    const trainer = new FakeTrainer();
    const recorder = new Recorder();
    const { told, failure } = await run(trainer, {
      signal: AbortSignal.abort("early"),
      callbacks: [recorder],
    });
    expect([told, failure, trainer.stepsDone]).toEqual([[[0, 0]], "early", 0]);
    expect(recorder.calls).toEqual([]);
    const stop = new AbortController();
    const after = await run(new FakeTrainer(), {
      signal: stop.signal,
      callbacks: [new LambdaCallback({ onEpochEnd: () => stop.abort("between") })],
    });
    expect([after.told, after.failure]).toEqual([[[1, 0]], "between"]);
  });

  it("has a validation still to come that a signal ended", async () => {
    const stop = new AbortController();
    const trainer = new FakeTrainer();
    const callbacks = [new LambdaCallback({ onTestBatchEnd: () => stop.abort("validating") })];
    const { told, failure } = await run(trainer, { signal: stop.signal, callbacks }, arrays(5));
    expect([told, failure, trainer.testSteps]).toEqual([[[0, 3]], "validating", 1]);
  });

  it("is told, too, where it is the batches that heed the signal", async () => {
    const trainer = new FakeTrainer();
    const stop = new AbortController();
    const began: number[] = [];
    let n = 0;
    const heeding: BatchSource = {
      async next() {
        // The first batch of the second epoch of three steps never comes.
        if (n === 3) {
          stop.abort(new Error("Ctrl-C"));
          throw new Error("reading was broken off");
        }
        n++;
        return { done: false, value: arrays(1) };
      },
    };
    const told: FitPosition[] = [];
    const running = fit(trainer, new IteratorSource(heeding, "stepsPerEpoch", 3), undefined, {
      ...quiet,
      epochs: 2,
      signal: stop.signal,
      callbacks: [new LambdaCallback({ onEpochBegin: (epoch) => void began.push(epoch) })],
      onCheckpoint: (position) => void told.push(position),
    });
    await expect(running).rejects.toThrow("Ctrl-C");
    expect(told.map(({ epoch, step }) => [epoch, step])).toEqual([[1, 0]]);
    // An epoch begins when there is a batch for it: it will begin once, in the run that goes on.
    expect(began).toEqual([0]);
  });
});

describe("a model's", () => {
  const device = openTestDevice();
  function compiled(): Sequential {
    const kernelInitializer = "ones";
    const model = new Sequential([new Dense({ units: 1, kernelInitializer, inputShape: [1] })], {
      device: device(),
    });
    model.compile({ optimizer: "sgd", loss: "mse" });
    return model;
  }
  const x = array([3, 1], [1, 2, 3]);
  const y = array([3, 1], [0, 0, 0]);
  const list = () => [{ x, y }];

  it("evaluate and predict call hooks, too", async () => {
    using model = compiled();
    const recorder = new Recorder();
    const options = { batchSize: 2, verbose: 0, callbacks: [recorder] } as const;
    await model.evaluate(x, y, options);
    await model.predict(x, options);
    const outputs = (...values: number[]) => [{ shape: [values.length, 1], data: { ...values } }];
    expect(recorder.calls).toEqual([
      "test begin {}",
      'test batch begin 0 {"batch":0,"size":2}',
      'test batch end 0 {"batch":0,"size":2,"loss":2.5}',
      'test batch begin 1 {"batch":1,"size":1}',
      'test batch end 1 {"batch":1,"size":1,"loss":9}',
      "test end {}",
      "predict begin {}",
      'predict batch begin 0 {"batch":0,"size":2}',
      `predict batch end 0 ${JSON.stringify({ batch: 0, size: 2, outputs: outputs(1, 2) })}`,
      'predict batch begin 1 {"batch":1,"size":1}',
      `predict batch end 1 ${JSON.stringify({ batch: 1, size: 1, outputs: outputs(3) })}`,
      "predict end {}",
    ]);
    expect(recorder.model).toBe(model);
  });

  it("fit tells how it was called", async () => {
    using model = compiled();
    const [callback, output] = [new Callback(), collectOutput()];
    await model.fit(x, y, { epochs: 2, validationData: [x, y], verbose: 0, output, callbacks: [callback] });
    expect(callback.params).toEqual({
      batchSize: 32,
      epochs: 2,
      steps: 1,
      samples: 3,
      verbose: 0,
      doValidation: true,
      metrics: ["loss", "val_loss"],
      output,
    });
    expect(callback.model).toBe(model);
  });

  it("learning rate may be set at any step: the next one takes it", async () => {
    using model = compiled();
    const one = array([1, 1], [1]);
    const weights: number[] = [];
    const rates = [0.25, 0, 0.125];
    await model.fit([{ x: one, y: array([1, 1], [0]) }], {
      epochs: 1,
      stepsPerEpoch: 3,
      verbose: 0,
      callbacks: [
        new LambdaCallback({
          onTrainBatchBegin(batch) {
            model.optimizer!.lr = rates[batch];
          },
          onTrainBatchEnd: async () => void weights.push((await model.getWeights())[0].data[0]),
        }),
      ],
    });
    // p = w·1 + b, loss p²: both gradients are 2p. All of it is exact in float32.
    let [w, b] = [1, 0];
    const wanted = rates.map((rate) => {
      const step = rate * 2 * (w + b);
      w -= step;
      b -= step;
      return w;
    });
    expect(weights).toEqual(wanted);
  });

  it("training ends where the loss is no number", async () => {
    using model = compiled();
    const output = collectOutput();
    const huge = array([1, 1], [1e30]);
    const { epoch } = await model.fit([{ x: huge, y: array([1, 1], [0]) }], {
      epochs: 3,
      stepsPerEpoch: 2,
      verbose: 2,
      output,
      callbacks: [new TerminateOnNaN()],
    });
    expect(epoch).toEqual([0]);
    expect(withoutTimes(output.text)).toBe(
      "Epoch 1/3\nBatch 0: Invalid loss, terminating training\n - Ts - loss: inf\n",
    );
  });

  it("prediction warns of an order that is not that of the files", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    using model = compiled();
    const open = (shuffle: boolean) => Object.assign(list(), { filenames: ["a", "b", "c"], shuffle });
    await model.predictGenerator(open(false));
    expect(warn).not.toHaveBeenCalled();
    await model.predictGenerator(open(true));
    expect(warn.mock.calls[0][0]).toContain("[predict] the batches are shuffled");
    warn.mockRestore();
  });

  it("fitGenerator, evaluateGenerator and predictGenerator are fit, evaluate and predict on batches", async () => {
    using model = compiled();
    const output = collectOutput();
    expect(await model.evaluateGenerator(list(), { output })).toBe(await model.evaluate(list(), quiet));
    expect(await model.predictGenerator(list())).toEqual(await model.predict(list()));
    const { history } = await model.fitGenerator(list(), { ...quiet, epochs: 2 });
    using other = compiled();
    expect((await other.fit(list(), { ...quiet, epochs: 2 })).history).toEqual(history);
    expect(output.text).toBe("");
    await expect(model.fitGenerator(list(), { ...quiet, workers: 2 } as object)).rejects.toThrow(
      "[fit] the option workers is not supported: leave it out.",
    );
  });
});
