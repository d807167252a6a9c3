import type { NdArray } from "@convscope/kernels";
import { expectClose, openTestDevice, randomArray, upload } from "@convscope/kernels/testing";
import { describe, expect, it, vi } from "vitest";
import { Adadelta, Adagrad, Adamax, Nadam } from "./further-optimizers.ts";
import { zeros } from "./initializers.ts";
import { Dense } from "./layers/dense.ts";
import { Sequential } from "./model/sequential.ts";
import { getOptimizer, optimizerFromConfig } from "./optimizer-names.ts";
import { Adam, type Optimizer, RMSprop, SGD, type SGDOptions } from "./optimizers.ts";
import { array } from "./testing/index.ts";
import { Weight } from "./weight.ts";

describe("an optimizer", () => {
  it("has Keras's defaults", () => {
    expect(new RMSprop()).toMatchObject({ learningRate: 0.001, rho: 0.9, epsilon: 1e-7, decay: 0 });
    expect(new SGD()).toMatchObject({ learningRate: 0.01, momentum: 0, nesterov: false });
    expect(new Adam()).toMatchObject({ learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 });
    expect(new Adagrad()).toMatchObject({ learningRate: 0.01, epsilon: 1e-7, initialAccumulatorValue: 0 });
    expect(new Adadelta()).toMatchObject({ learningRate: 1, rho: 0.95, epsilon: 1e-7, decay: 0 });
    expect(new Adamax()).toMatchObject({ learningRate: 0.002, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 });
    expect(new Nadam()).toMatchObject({
      learningRate: 0.002,
      beta1: 0.9,
      beta2: 0.999,
      scheduleDecay: 0.004,
    });
  });

  it.each<[Optimizer, Record<string, number | boolean>]>([
    [new RMSprop(), { learning_rate: 0.001, decay: 0, rho: 0.9, epsilon: 1e-7 }],
    [new Adagrad({ lr: 0.1 }), { learning_rate: 0.1, decay: 0, epsilon: 1e-7 }],
    [new Adadelta(), { learning_rate: 1, decay: 0, rho: 0.95, epsilon: 1e-7 }],
    [new Adamax(), { learning_rate: 0.002, decay: 0, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 }],
    [new Nadam(), { learning_rate: 0.002, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, schedule_decay: 0.004 }],
  ])("has Keras 2.3.1's config, and is made of it: %o", (optimizer, wanted) => {
    const plain = ["epsilon", "schedule_decay", ...(optimizer instanceof Adadelta ? ["rho"] : [])];
    const rounded = Object.entries(wanted).map(([name, value]) => [
      name,
      plain.includes(name) || typeof value === "boolean" ? value : Math.fround(value),
    ]);
    expect(optimizer.getConfig()).toEqual(Object.fromEntries(rounded));
    const copy = optimizerFromConfig(optimizer.className, optimizer.hyperparameters);
    expect(copy.hyperparameters).toEqual(wanted);
  });

  it("is made of tf.keras's and Keras 3's configs", () => {
    const centered = { learning_rate: 0.1, rho: 0.8, momentum: 0.5, centered: true, weight_decay: null };
    expect(optimizerFromConfig("RMSprop", centered)).toMatchObject({ momentum: 0.5, centered: true });
    expect(optimizerFromConfig("Adagrad", { initial_accumulator_value: 0.1 })).toMatchObject({
      initialAccumulatorValue: 0.1,
    });
    expect(optimizerFromConfig("Nadam", { decay: 0.004 })).toMatchObject({ scheduleDecay: 0.004 });
    expect(optimizerFromConfig("Nadam", {})).toMatchObject({ scheduleDecay: 1 });
    expect(() => optimizerFromConfig("Lion", {})).toThrow(
      "RMSprop, SGD, Adam, Adagrad, Adadelta, Adamax, Nadam",
    );
  });

  it.each([RMSprop, SGD, Adam, Adagrad, Adadelta, Adamax, Nadam])(
    "has limits of gradients in its config where they were given, and not rounded: %o",
    (Class) => {
      const without = new Class().getConfig();
      expect(Object.keys(without).filter((key) => key.startsWith("clip"))).toEqual([]);
      for (const limits of [{ clipnorm: 0.1 }, { clipvalue: 0 }, { clipnorm: 0.3, clipvalue: 0.1 }]) {
        const optimizer = new Class(limits);
        expect(optimizer.getConfig()).toEqual({ ...limits, ...without });
        const copy = optimizerFromConfig(Class.name, optimizer.hyperparameters);
        expect(copy.hyperparameters).toEqual(optimizer.hyperparameters);
        expect(copy).toMatchObject(limits);
      }
    },
  );

  it("takes tf.keras's and Keras 3's limits where they mean Keras 2's", () => {
    const of = (config: object) => optimizerFromConfig("Adam", { name: "Adam", ...config });
    expect(of({ clipnorm: null, global_clipnorm: 2, clipvalue: null })).toMatchObject({ clipnorm: 2 });
    expect(of({ clipvalue: 0.5 })).toMatchObject({ clipnorm: undefined, clipvalue: 0.5 });
    expect(() => of({ clipnorm: 1 })).toThrow(
      "Adam's clipnorm = 1 is not supported: in tf.keras and Keras 3 it is each gradient's own norm, and here that of all gradients, their global_clipnorm.",
    );
    expect(() => of({ global_clipnorm: 1, clipvalue: 1 })).toThrow(
      "Adam's clipvalue beside global_clipnorm is not supported: tf.keras clips by the value first, and Keras 2, as here, by the norm.",
    );
    expect(() => optimizerFromConfig("Adam", { clipnorm: "1" })).toThrow(
      `Adam's clipnorm is "1", not a number.`,
    );
  });

  it("is known by its name", () => {
    expect(getOptimizer("rmsprop")).toBeInstanceOf(RMSprop);
    expect(getOptimizer("SGD")).toBeInstanceOf(SGD);
    expect(getOptimizer("adam")).toBeInstanceOf(Adam);
    const own = new SGD();
    expect(getOptimizer(own)).toBe(own);
    expect(() => getOptimizer("lion")).toThrow(
      new Error("Unknown optimizer: lion. Known: rmsprop, sgd, adam, adagrad, adadelta, adamax, nadam."),
    );
    expect(() => getOptimizer({} as Optimizer)).toThrow("Could not interpret optimizer identifier: {}.");
  });

  it("has a learning rate of two names, which may be set", () => {
    const optimizer = new RMSprop({ lr: 1e-4 });
    expect(optimizer.learningRate).toBe(1e-4);
    optimizer.lr = 1e-5;
    expect(optimizer.learningRate).toBe(1e-5);
    expect(() => {
      optimizer.learningRate = Number.NaN;
    }).toThrow("[optimizer] learningRate must be a number of at least 0, got NaN.");
  });

  it.each<[string, () => unknown, string]>([
    [
      "a typo",
      () => new RMSprop({ learning_rate: 1 } as object),
      "[RMSprop] Keyword argument not understood: learning_rate. Did you mean learningRate?",
    ],
    [
      "another spelling",
      () => new Adam({ beta_1: 0.9 } as object),
      "[Adam] Keyword argument not understood: beta_1. Did you mean beta1?",
    ],
    [
      "a negative norm",
      () => new Nadam({ clipnorm: -1 }),
      "[Nadam] clipnorm must be a number of at least 0, got -1.",
    ],
    [
      "two names at once",
      () => new SGD({ lr: 1, learningRate: 1 }),
      "[SGD] learningRate and lr are two names of one option: give one of them.",
    ],
    [
      "a decay where Keras has none",
      () => new Nadam({ decay: 0.1 } as object),
      "[Nadam] has no decay of the learning rate: leave it out (scheduleDecay is another).",
    ],
    [
      "a number in its place",
      () => new RMSprop(JSON.parse("1e-4")),
      "[RMSprop] takes its options in one object, ({ learningRate: … }), got 0.0001.",
    ],
    [
      "a share that is no number",
      () => new RMSprop({ rho: "0.9" as unknown as number }),
      '[RMSprop] rho must be a number of at least 0, got "0.9".',
    ],
    [
      "a negative rate",
      () => new SGD({ learningRate: -1 }),
      "[optimizer] learningRate must be a number of at least 0, got -1.",
    ],
    [
      "a negative decay",
      () => new SGD({ decay: -1 }),
      "[optimizer] decay must be a number of at least 0, got -1.",
    ],
  ])("refuses %s", (_, make, message) => {
    expect(make).toThrow(new Error(message));
  });
});

describe("on a device", () => {
  const device = openTestDevice("naive");

  function placed(values: readonly number[]): Weight {
    const weight = new Weight("w", [values.length], zeros());
    weight.set(array([values.length], values));
    weight.place(device());
    return weight;
  }

  async function steps(
    optimizer: Optimizer,
    weight: Weight,
    gradients: readonly number[],
  ): Promise<number[]> {
    const values: number[] = [];
    for (const gradient of gradients) {
      using scope = device().scope();
      optimizer.step(scope, [weight], new Map([[weight, upload(scope, array([1], [gradient]))]]));
      values.push((await weight.read()).data[0]);
    }
    return values;
  }

  it("RMSprop takes Keras's steps, ε outside the root", async () => {
    const values = await steps(new RMSprop({ learningRate: 1e-3 }), placed([1]), [0.5, 0.5, -0.25]);
    [0.9968377243, 0.9945435681, 0.9956729524].forEach((wanted, i) => {
      // Each of up to three steps rounds a number near 1 by 2⁻²⁵.
      expect(Math.abs(values[i] - wanted)).toBeLessThan(2 ** -23);
    });
  });

  it("divides the learning rate by 1 + decay·iterations, and takes a new one at once", async () => {
    const optimizer = new SGD({ learningRate: 1, decay: 1 });
    const weight = placed([8]);
    expect(await steps(optimizer, weight, [1, 1])).toEqual([7, 6.5]);
    optimizer.learningRate = 3;
    expect(await steps(optimizer, weight, [1])).toEqual([5.5]);
    expect(optimizer.iterations).toBe(3);
  });

  it("Nadam takes Keras's steps, and goes on with its momentum where state is put back", async () => {
    // Keras's formula with a single weight, in float64.
    const wanted: number[] = [];
    let [p, m, v, schedule] = [1, 0, 0, 1];
    const gradients = [0.5, 0.5, -0.25, 1];
    gradients.forEach((g, i) => {
      const [t, beta1, beta2] = [i + 1, 0.9, 0.999];
      const cache = beta1 * (1 - 0.5 * 0.96 ** (t * 0.004));
      const next = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * 0.004));
      schedule *= cache;
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      const bar = ((1 - cache) * g) / (1 - schedule) + (next * m) / (1 - schedule * next);
      p -= (0.002 * bar) / (Math.sqrt(v / (1 - beta2 ** t)) + 1e-7);
      wanted.push(p);
    });
    const [first, weight] = [new Nadam(), placed([1])];
    const values = await steps(first, weight, gradients.slice(0, 2));
    const state = await first.getWeights([weight]);
    expect(state.map(({ shape }) => shape)).toEqual([[], [], [1], [1]]);
    expect(state[1].data[0]).toBeCloseTo(0.45 ** 2, 3);
    const second = new Nadam();
    second.setWeights([weight], state);
    values.push(...(await steps(second, weight, gradients.slice(2))));
    wanted.forEach((value, i) => {
      expect(Math.abs(values[i] - value)).toBeLessThan(2 ** -22);
    });
  });

  it("Adagrad begins with what it is told", async () => {
    const [value] = await steps(new Adagrad({ lr: 1, initialAccumulatorValue: 3 }), placed([1]), [1]);
    expect(value).toBeCloseTo(0.5, 6);
  });

  describe("with limits", () => {
    const sizes = [65, 120, 1];

    /** What a step of a learning rate of 1 takes from weights of 0: the gradients as they are after clipping. */
    async function clipped(options: SGDOptions, gradients: readonly NdArray[]): Promise<number[][]> {
      const weights = sizes.map((size) => placed(new Array(size).fill(0)));
      const frozen = placed([1]);
      using scope = device().scope();
      const all = [...gradients, array([1], [1e6])];
      const map = new Map([...weights, frozen].map((weight, i) => [weight, upload(scope, all[i])]));
      new SGD({ ...options, learningRate: 1 }).step(scope, weights, map);
      expect([...(await frozen.read()).data]).toEqual([1]);
      return Promise.all(weights.map(async (weight) => Array.from((await weight.read()).data, (x) => -x)));
    }

    /** Keras's `get_gradients`, in double precision. */
    function wantedOf(
      { clipnorm = 0, clipvalue = 0 }: SGDOptions,
      gradients: readonly NdArray[],
    ): number[][] {
      let sum = 0;
      for (const { data } of gradients) for (const value of data) sum += value * value;
      const norm = Math.sqrt(sum);
      return gradients.map(({ data }) =>
        Array.from(data, (value) => {
          const scaled = clipnorm > 0 && norm >= clipnorm ? (value * clipnorm) / norm : value;
          if (clipvalue === 0) return scaled;
          return Math.max(-clipvalue, Math.min(clipvalue, scaled));
        }),
      );
    }

    const gradients = sizes.map((size, i) => randomArray([size], 20 + i));

    // The norm of 186 numbers in [−1, 1] is near √62 = 7.9.
    it.each<SGDOptions>([
      { clipnorm: 0.5 },
      { clipnorm: 7 },
      { clipnorm: 9 },
      { clipvalue: 0.25 },
      { clipvalue: 2 },
      { clipnorm: 2, clipvalue: 0.125 },
      { clipnorm: 9, clipvalue: 0.125 },
      { clipnorm: 0, clipvalue: 0 },
    ])("clips by the norm of all gradients, and then by the value: %o", async (options) => {
      const got = await clipped(options, gradients);
      const wanted = wantedOf(options, gradients);
      // A sum of 186 squares in some 256 additions, of which the root has half the error.
      for (const [i, values] of got.entries()) {
        expectClose(values, wanted[i], { absolute: 0, relative: 140 * 2 ** -24 });
      }
      if (!(options.clipnorm && options.clipnorm < 8) && !options.clipvalue)
        expect(got).toEqual(gradients.map(({ data }) => [...data]));
    });

    it("changes nothing by a norm that is NaN, and leaves NaN, as Keras", async () => {
      const withNan = gradients.map(({ shape, data }) => ({ shape, data: data.slice() }));
      withNan[1].data[5] = Number.NaN;
      expect(await clipped({ clipnorm: 0.5 }, withNan)).toEqual(withNan.map(({ data }) => [...data]));
      expect(await clipped({ clipnorm: 0.5, clipvalue: 0.25 }, withNan)).toEqual(
        wantedOf({ clipvalue: 0.25 }, withNan),
      );
    });

    it("runs no kernel more where there are none", async () => {
      const run = vi.spyOn(device(), "run");
      try {
        const counted = async (options: SGDOptions) => {
          run.mockClear();
          await clipped(options, gradients);
          return run.mock.calls.length;
        };
        expect(await counted({})).toBe(sizes.length);
        expect(await counted({ clipnorm: 0, clipvalue: 0 })).toBe(sizes.length);
        expect(await counted({ clipvalue: 1 })).toBe(2 * sizes.length);
      } finally {
        run.mockRestore();
      }
    });

    it("trains a model by the gradients of what is not frozen alone", async () => {
      const frozen = new Dense({ units: 3, inputShape: [4], trainable: false });
      using model = new Sequential([frozen, new Dense({ units: 3 }), new Dense({ units: 2 })], {
        device: device(),
        seed: 4,
      });
      const [x, y] = [randomArray([8, 4], 1), randomArray([8, 2], 2, 3, 9)];
      model.compile({ optimizer: new SGD({ learningRate: 1, clipnorm: 0.5 }), loss: "mse" });
      const given = await model.gradientsOnBatch(x, y);
      const read = () => Promise.all(model.trained.map((weight) => weight.read()));
      const before = await read();
      await model.trainOnBatch(x, y);
      const after = await read();
      const wanted = wantedOf({ clipnorm: 0.5 }, given);
      expect(wanted.flat().length).toBe(20);
      let sum = 0;
      for (const [i, { data }] of after.entries()) {
        const step = Array.from(data, (value, j) => before[i].data[j] - value);
        // Weights and steps below 2 are rounded by 2⁻²⁴.
        expectClose(step, wanted[i], { absolute: 2 ** -23, relative: 2 ** -17 });
        for (const value of step) sum += value * value;
      }
      expect(Math.sqrt(sum)).toBeCloseTo(0.5, 4);
    });
  });

  it.each([
    () => new RMSprop({ centered: true, clipnorm: 0.01 }),
    () => new SGD({ momentum: 0.5 }),
    () => new Adam({ amsgrad: true }),
    () => new Adagrad(),
    () => new Adadelta(),
    () => new Adamax(),
    () => new Nadam(),
  ])("rehearses a step and changes nothing: %o", async (makeOptimizer) => {
    const [x, y] = [randomArray([4, 5], 1), randomArray([4, 3], 2)];
    const results = await Promise.all(
      [true, false].map(async (isRehearsed) => {
        using model = new Sequential([new Dense({ units: 3, inputShape: [5] })], {
          device: device(),
          seed: 1,
        });
        model.compile({ optimizer: makeOptimizer(), loss: "mse" });
        const losses = [];
        for (let step = 0; step < 3; step++) {
          if (isRehearsed) await model.rehearseOnBatch(x, y);
          losses.push(await model.trainOnBatch(x, y));
        }
        return {
          losses,
          weights: await model.getWeights(),
          state: await model.optimizer!.getWeights(model.trained),
        };
      }),
    );
    expect(results[0]).toEqual(results[1]);
  });

  it("begins anew with a reset, in the memory that it had", async () => {
    const optimizer = new Adam({ learningRate: 0.5 });
    const [one, another] = [placed([1]), placed([1])];
    const first = await steps(optimizer, one, [1, 2]);
    const { buffers } = device().created;
    optimizer.reset();
    expect(optimizer.iterations).toBe(0);
    expect(await steps(optimizer, another, [1, 2])).toEqual(first);
    expect(device().created.buffers).toBe(buffers);
  });
});
