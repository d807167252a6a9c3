import { describe, expect, it } from "vitest";
import type { Scope, Tensor } from "../index.ts";
import { expectClose, openTestDevice, randomArray, tfjs } from "../testing/index.ts";
import { adadeltaUpdate } from "./adadelta.ts";
import { adagradUpdate } from "./adagrad.ts";
import { adamUpdate } from "./adam.ts";
import { adamaxUpdate } from "./adamax.ts";
import { nadamMomentum, nadamUpdate } from "./nadam.ts";
import {
  adadeltaReference,
  adagradReference,
  adamaxReference,
  adamReference,
  nadamReference,
  rmspropReference,
  sgdReference,
} from "./optimizers.reference.ts";
import { rmspropUpdate } from "./rmsprop.ts";
import { sgdUpdate } from "./sgd.ts";

// Each kernel wants tensors of its own names, as its row of the table gives them.
// biome-ignore lint/suspicious/noExplicitAny: which, the row knows
type Update = (scope: Scope, tensors: any, t: number) => void;
// biome-ignore lint/suspicious/noExplicitAny: which, the row knows
type Reference = (state: any, gradient: Float32Array, t: number) => void;
type Applies = Pick<ReturnType<typeof tfjs.train.sgd>, "applyGradients">;

const shapes = [[1], [63], [65], [3, 3, 5, 70]].map((shape) => ({ shape }));
const STEPS = 5;

describe("optimizers", () => {
  const device = openTestDevice();
  const read = async (tensor: Tensor) => (await device().read(tensor)).data;
  const zeros = (data: ArrayLike<number>) => new Float64Array(data.length);
  /** Gradients of all sizes: some tiny, as in fine-tuning, and one exactly 0. */
  function gradientOf(shape: readonly number[], seed: number): Float32Array {
    const { data } = randomArray(shape, seed);
    return data.map((value, i) => (i % 7 === 3 ? 0 : i % 3 === 1 ? value * 1e-5 : value));
  }

  // A step of size s rounds by some 2⁻²² of s, and the parameter, of size 1 to 2, by 2⁻²⁴ of itself, STEPS times.
  const bound = (step: number) => ({ absolute: STEPS * (2 * 2 ** -24 + 16 * 2 ** -24 * step), relative: 0 });

  describe("rmsprop", () => {
    it("gives Keras's golden numbers", async () => {
      using scope = device().scope();
      const parameter = device().tensor([1], new Float32Array([1]));
      const accumulator = device().tensor([1]);
      const options = { learningRate: 1e-3, rho: 0.9, epsilon: 1e-7 };
      const wanted = [
        { g: 0.5, p: 0.9968377243, a: 0.025 },
        { g: 0.5, p: 0.9945435681, a: 0.0475 },
        { g: -0.25, p: 0.9956729524, a: 0.049 },
      ];
      for (const { g, p, a } of wanted) {
        const gradient = device().tensor([1], new Float32Array([g]));
        rmspropUpdate(scope, { parameter, gradient, accumulator }, options);
        expectClose(await read(parameter), [p], { absolute: 3 * 2 ** -24, relative: 0 });
        expectClose(await read(accumulator), [a], { absolute: 0, relative: 2 ** -22 });
      }
    });

    it.each(shapes)("agrees with float64 on $shape, with and without momentum", async ({ shape }) => {
      for (const momentum of [0, 0.5]) {
        using scope = device().scope();
        const p = randomArray(shape, 1).data;
        const parameter = device().tensor(shape, p);
        const accumulator = device().tensor(shape);
        const momentumBuffer = momentum > 0 ? device().tensor(shape) : undefined;
        const state = {
          parameter: Float64Array.from(p),
          accumulator: zeros(p),
          momentumBuffer: momentumBuffer && zeros(p),
        };
        for (let i = 0; i < STEPS; i++) {
          const g = gradientOf(shape, 10 + i);
          const options = { learningRate: 0.01 / (i + 1), rho: 0.9, epsilon: 1e-7, momentum };
          const gradient = device().tensor(shape, g);
          rmspropUpdate(scope, { parameter, gradient, accumulator, momentumBuffer }, options);
          rmspropReference(state, g, options);
        }
        expectClose(await read(parameter), state.parameter, bound(0.07));
        expectClose(await read(accumulator), state.accumulator, {
          absolute: 2 ** -60,
          relative: 32 * 2 ** -24,
        });
        if (momentumBuffer && state.momentumBuffer)
          expectClose(await read(momentumBuffer), state.momentumBuffer, bound(0.07));
      }
    });

    it("has epsilon outside the root: the first step is η/√(1−ρ), however small the gradient", async () => {
      using scope = device().scope();
      const g = new Float32Array([1e-5, -1e-4]);
      const parameter = device().tensor([2]);
      const accumulator = device().tensor([2]);
      const gradient = device().tensor([2], g);
      const options = { learningRate: 1e-5, rho: 0.9, epsilon: 1e-7 };
      rmspropUpdate(scope, { parameter, gradient, accumulator }, options);
      // Inside the root the first would be 3.16e-7.
      const step = (size: number) => (1e-5 * size) / (Math.sqrt(0.1) * size + 1e-7);
      expectClose(await read(parameter), [-step(1e-5), step(1e-4)], { absolute: 0, relative: 2 ** -20 });
    });
  });

  describe("sgd", () => {
    it.each(shapes)(
      "agrees with float64 on $shape, plain, with momentum, with Nesterov",
      async ({ shape }) => {
        for (const { momentum, nesterov } of [
          { momentum: 0, nesterov: false },
          { momentum: 0.9, nesterov: false },
          { momentum: 0.9, nesterov: true },
        ]) {
          using scope = device().scope();
          const p = randomArray(shape, 1).data;
          const parameter = device().tensor(shape, p);
          const velocity = momentum > 0 ? device().tensor(shape) : undefined;
          const state = { parameter: Float64Array.from(p), velocity: velocity && zeros(p) };
          for (let i = 0; i < STEPS; i++) {
            const g = gradientOf(shape, 10 + i);
            const options = { learningRate: 0.1, momentum, nesterov };
            sgdUpdate(scope, { parameter, gradient: device().tensor(shape, g), velocity }, options);
            sgdReference(state, g, options);
          }
          expectClose(await read(parameter), state.parameter, bound(0.5));
          if (velocity && state.velocity) expectClose(await read(velocity), state.velocity, bound(0.5));
        }
      },
    );

    it("agrees with tfjs", async () => {
      const shape = [65];
      const p = randomArray(shape, 1).data;
      for (const { momentum, nesterov } of [
        { momentum: 0, nesterov: false },
        { momentum: 0.5, nesterov: false },
        { momentum: 0.5, nesterov: true },
      ]) {
        using scope = device().scope();
        const optimizer = momentum === 0 ? tfjs.train.sgd(0.1) : tfjs.train.momentum(0.1, momentum, nesterov);
        const name = `sgd-${momentum}-${nesterov}`;
        const variable = tfjs.variable(tfjs.tensor(p), true, name);
        const parameter = device().tensor(shape, p);
        const velocity = momentum > 0 ? device().tensor(shape) : undefined;
        for (let i = 0; i < STEPS; i++) {
          const g = gradientOf(shape, 10 + i);
          const gradient = device().tensor(shape, g);
          sgdUpdate(scope, { parameter, gradient, velocity }, { learningRate: 0.1, momentum, nesterov });
          optimizer.applyGradients([{ name, tensor: tfjs.tensor(g) }]);
        }
        expectClose(await read(parameter), variable.dataSync(), bound(0.2));
      }
    });
  });

  describe("adam", () => {
    const options = { learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

    it.each(shapes)("agrees with float64 on $shape, with and without amsgrad", async ({ shape }) => {
      for (const amsgrad of [false, true]) {
        using scope = device().scope();
        const p = randomArray(shape, 1).data;
        const parameter = device().tensor(shape, p);
        const [m, v] = [device().tensor(shape), device().tensor(shape)];
        const vHat = amsgrad ? device().tensor(shape) : undefined;
        const state = {
          parameter: Float64Array.from(p),
          m: zeros(p),
          v: zeros(p),
          vHat: vHat && zeros(p),
        };
        for (let t = 1; t <= STEPS; t++) {
          // Gradients shrink by and by, so that v̂ stays above v.
          const g = gradientOf(shape, 10 + t).map((value) => value * 0.01 ** t);
          adamUpdate(
            scope,
            { parameter, gradient: device().tensor(shape, g), m, v, vHat },
            { ...options, beta2: 0.8, t },
          );
          adamReference(state, g, { ...options, beta2: 0.8, t });
        }
        expectClose(await read(parameter), state.parameter, bound(0.05));
        const relative = 64 * 2 ** -24;
        expectClose(await read(m), state.m, { absolute: 2 ** -40, relative });
        expectClose(await read(v), state.v, { absolute: 2 ** -60, relative });
        if (vHat && state.vHat) {
          const greatest = await read(vHat);
          expectClose(greatest, state.vHat, { absolute: 2 ** -60, relative });
          expect(greatest[0]).toBeGreaterThan((await read(v))[0]);
        }
      }
    });

    it("begins with a step of the learning rate", async () => {
      using scope = device().scope();
      const [parameter, m, v] = [device().tensor([2]), device().tensor([2]), device().tensor([2])];
      const gradient = device().tensor([2], new Float32Array([0.5, -2]));
      adamUpdate(scope, { parameter, gradient, m, v }, { ...options, epsilon: 0, t: 1 });
      expectClose(await read(parameter), [-0.01, 0.01], { absolute: 0, relative: 2 ** -20 });
    });

    it("agrees with tfjs where epsilon, which stands elsewhere there, does not matter", async () => {
      const shape = [65];
      const p = randomArray(shape, 1).data;
      using scope = device().scope();
      const optimizer = tfjs.train.adam(0.01, 0.9, 0.999, 1e-12);
      const variable = tfjs.variable(tfjs.tensor(p), true, "adam");
      const parameter = device().tensor(shape, p);
      const [m, v] = [device().tensor(shape), device().tensor(shape)];
      for (let t = 1; t <= STEPS; t++) {
        const g = randomArray(shape, 10 + t).data;
        const gradient = device().tensor(shape, g);
        adamUpdate(scope, { parameter, gradient, m, v }, { ...options, epsilon: 1e-12, t });
        optimizer.applyGradients([{ name: "adam", tensor: tfjs.tensor(g) }]);
      }
      // tfjs takes 1−β₂ and 1−β₂^t in float32: its steps of 0.01 are off by up to 1.3e-5/2 of themselves.
      expectClose(await read(parameter), variable.dataSync(), {
        absolute: STEPS * 0.01 * 1.3e-5,
        relative: 0,
      });
    });
  });

  const moments = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
  const product = (t: number) =>
    Array.from({ length: t - 1 }, (_, i) => nadamMomentum(0.9, 0.004, i + 1)).reduce((a, b) => a * b, 1);

  it.each<{ name: string; slots: readonly string[]; step: number; update: Update; reference: Reference }>([
    {
      name: "adagrad",
      slots: ["accumulator"],
      step: 0.1,
      update: (scope, tensors) => adagradUpdate(scope, tensors, { learningRate: 0.1, epsilon: 1e-7 }),
      reference: (state, g) => adagradReference(state, g, { learningRate: 0.1, epsilon: 1e-7 }),
    },
    {
      name: "adadelta",
      slots: ["accumulator", "deltaAccumulator"],
      step: 0.02,
      update: (scope, tensors) =>
        adadeltaUpdate(scope, tensors, { learningRate: 1, rho: 0.95, epsilon: 1e-7 }),
      reference: (state, g) => adadeltaReference(state, g, { learningRate: 1, rho: 0.95, epsilon: 1e-7 }),
    },
    {
      name: "adamax",
      slots: ["m", "u"],
      step: 0.02,
      update: (scope, tensors, t) => adamaxUpdate(scope, tensors, { learningRate: 0.02, ...moments, t }),
      reference: (state, g, t) => adamaxReference(state, g, { learningRate: 0.02, ...moments, t }),
    },
    {
      name: "nadam",
      slots: ["m", "v"],
      step: 0.05,
      update: (scope, tensors, t) =>
        nadamUpdate(scope, tensors, {
          ...{ learningRate: 0.02, ...moments, t },
          ...{ scheduleDecay: 0.004, momentumProduct: product(t) },
        }),
      reference: (state, g, t) =>
        nadamReference(state, g, {
          ...{ learningRate: 0.02, ...moments, t },
          ...{ scheduleDecay: 0.004, momentumProduct: product(t) },
        }),
    },
    {
      name: "centered rmsprop",
      slots: ["accumulator", "momentumBuffer", "meanGradient"],
      step: 0.1,
      update: (scope, tensors) =>
        rmspropUpdate(scope, tensors, { learningRate: 0.01, rho: 0.9, epsilon: 1e-7, momentum: 0.5 }),
      reference: (state, g) =>
        rmspropReference(state, g, { learningRate: 0.01, rho: 0.9, epsilon: 1e-7, momentum: 0.5 }),
    },
  ])("$name agrees with float64", async ({ slots, step, update, reference }) => {
    for (const { shape } of shapes) {
      using scope = device().scope();
      const p = randomArray(shape, 1).data;
      const parameter = device().tensor(shape, p);
      const tensors = Object.fromEntries(slots.map((name) => [name, device().tensor(shape)]));
      const state = Object.fromEntries(slots.map((name) => [name, zeros(p)]));
      const wanted = Float64Array.from(p);
      for (let t = 1; t <= STEPS; t++) {
        const g = gradientOf(shape, 10 + t);
        update(scope, { parameter, gradient: device().tensor(shape, g), ...tensors }, t);
        reference({ parameter: wanted, ...state }, g, t);
      }
      expectClose(await read(parameter), wanted, bound(step));
      for (const name of slots) {
        // Running means of values of up to 1, each step rounding by some 2⁻²⁴ of them.
        expectClose(await read(tensors[name]), state[name], {
          absolute: 2 ** -40 + (name === "momentumBuffer" ? STEPS * 2 ** -26 : 2 ** -24),
          relative: 64 * 2 ** -24,
        });
      }
    }
  });

  it.each<{ name: string; slots: readonly string[]; first?: number; update: Update; other: () => Applies }>([
    {
      name: "adagrad",
      slots: ["accumulator"],
      first: 0.1,
      update: (scope, tensors) => adagradUpdate(scope, tensors, { learningRate: 0.1, epsilon: 1e-7 }),
      other: () => tfjs.train.adagrad(0.1, 0.1),
    },
    {
      name: "adamax",
      slots: ["m", "u"],
      update: (scope, tensors, t) =>
        adamaxUpdate(scope, tensors, { learningRate: 0.02, ...moments, epsilon: 1e-8, t }),
      other: () => tfjs.train.adamax(0.02, 0.9, 0.999, 1e-8),
    },
    {
      name: "centered rmsprop",
      slots: ["accumulator", "momentumBuffer", "meanGradient"],
      update: (scope, tensors) =>
        rmspropUpdate(scope, tensors, { learningRate: 0.01, rho: 0.9, epsilon: 1e-12, momentum: 0.5 }),
      other: () => tfjs.train.rmsprop(0.01, 0.9, 0.5, 1e-12, true),
    },
  ])(
    "$name agrees with tfjs where epsilon, which tfjs subtracts in the centered form, does not matter",
    async ({ name, slots, first = 0, update, other }) => {
      const shape = [65];
      const p = randomArray(shape, 1).data;
      using scope = device().scope();
      const variable = tfjs.variable(tfjs.tensor(p), true, name);
      const parameter = device().tensor(shape, p);
      const tensors = Object.fromEntries(
        slots.map((slot) => [slot, device().tensor(shape, new Float32Array(65).fill(first))]),
      );
      const optimizer = other();
      for (let t = 1; t <= STEPS; t++) {
        const g = randomArray(shape, 10 + t).data;
        update(scope, { parameter, gradient: device().tensor(shape, g), ...tensors }, t);
        optimizer.applyGradients([{ name, tensor: tfjs.tensor(g) }]);
      }
      expectClose(await read(parameter), variable.dataSync(), bound(0.1));
    },
  );

  it("compiles nothing when the hyperparameters change", async () => {
    using scope = device().scope();
    const [parameter, gradient, state, other] = [1, 2, 3, 4].map(() => device().tensor([70]));
    const step = (rate: number, t: number) => {
      rmspropUpdate(
        scope,
        { parameter, gradient, accumulator: state, momentumBuffer: other },
        { learningRate: rate, rho: 1 - rate, epsilon: rate, momentum: rate },
      );
      sgdUpdate(scope, { parameter, gradient }, { learningRate: rate });
      sgdUpdate(
        scope,
        { parameter, gradient, velocity: state },
        { learningRate: rate, momentum: rate, nesterov: t % 2 === 0 },
      );
      adamUpdate(
        scope,
        { parameter, gradient, m: state, v: other },
        { learningRate: rate, beta1: rate, beta2: rate, epsilon: rate, t },
      );
    };
    step(0.1, 1);
    const before = { ...device().created };
    step(0.2, 2);
    await device().idle();
    expect(device().created).toEqual(before);
  });

  it("refuses other shapes, momentum without its buffer, and a step before the first", () => {
    using scope = device().scope();
    const [parameter, gradient, other] = [scope.tensor([3]), scope.tensor([3]), scope.tensor([4])];
    const rms = { learningRate: 1, rho: 0.9, epsilon: 1e-7 };
    expect(() => rmspropUpdate(scope, { parameter, gradient, accumulator: other }, rms)).toThrow(
      "[rmsprop] accumulator is [4] and the parameter [3]: both need the same shape.",
    );
    expect(() =>
      rmspropUpdate(scope, { parameter, gradient, accumulator: gradient }, { ...rms, momentum: 0.9 }),
    ).toThrow("[rmsprop] momentum is 0.9 but no momentumBuffer was given: it needs one.");
    expect(() => sgdUpdate(scope, { parameter, gradient: other }, { learningRate: 1 })).toThrow(
      "[sgd] gradient is [4] and the parameter [3]: both need the same shape.",
    );
    expect(() => sgdUpdate(scope, { parameter, gradient }, { learningRate: 1, nesterov: true })).toThrow(
      "[sgd] momentum is 0, nesterov true, but no velocity was given: they need one.",
    );
    expect(() =>
      adamUpdate(
        scope,
        { parameter, gradient, m: gradient, v: gradient },
        { learningRate: 1, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, t: 0 },
      ),
    ).toThrow("[adam] t is 0: the first step is 1.");
  });
});
