import { Tape } from "@convscope/autograd";
import { expectClose, openTestDevice, upload } from "@convscope/kernels/testing";
import { describe, expect, it } from "vitest";
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  getLoss,
  huberLoss,
  kindOf,
  type Loss,
  lossConfig,
  lossFromConfig,
  lossNames,
  meanSquaredError,
  sparseCategoricalCrossentropy,
  targetShapeOf,
} from "./losses.ts";
import { getMetric } from "./metrics.ts";
import { array } from "./testing/index.ts";

describe("getLoss", () => {
  it.each([
    ["binaryCrossentropy", "binaryCrossentropy"],
    ["binary_crossentropy", "binaryCrossentropy"],
    ["categorical_crossentropy", "categoricalCrossentropy"],
    ["sparse_categorical_crossentropy", "sparseCategoricalCrossentropy"],
    ["mse", "meanSquaredError"],
    ["MSE", "meanSquaredError"],
    ["mean_squared_error", "meanSquaredError"],
    ["bce", "binaryCrossentropy"],
    ["mae", "meanAbsoluteError"],
    ["MAPE", "meanAbsolutePercentageError"],
    ["msle", "meanSquaredLogarithmicError"],
    ["hinge", "hinge"],
    ["squared_hinge", "squaredHinge"],
    ["categorical_hinge", "categoricalHinge"],
    ["logcosh", "logcosh"],
    ["log_cosh", "logcosh"],
    ["kld", "kullbackLeiblerDivergence"],
    ["kullback_leibler_divergence", "kullbackLeiblerDivergence"],
    ["KLDivergence", "kullbackLeiblerDivergence"],
    ["poisson", "poisson"],
    ["cosine", "cosineProximity"],
    ["cosine_similarity", "cosineProximity"],
    ["huber_loss", "huberLoss"],
    ["Huber", "huberLoss"],
  ])("knows %s", (name, kind) => {
    expect(kindOf(getLoss(name))).toBe(kind);
  });

  it("takes a function, and refuses the rest", () => {
    const own: Loss = (_tape, prediction) => prediction;
    expect(getLoss(own)).toBe(own);
    expect(() => getLoss("focal")).toThrow(
      new Error(`Unknown loss function: focal. Known: ${lossNames.join(", ")}.`),
    );
    expect(() => getLoss(undefined as unknown as string)).toThrow(
      "Could not interpret loss function identifier: undefined.",
    );
  });

  it("is written as Keras has it, and made of that", () => {
    for (const name of lossNames) {
      const config = lossConfig(getLoss(name));
      expect(config).toMatch(/^[a-z_]+$/);
      expect(kindOf(lossFromConfig(config))).toBe(kindOf(getLoss(name)));
    }
    const huber = {
      class_name: "Huber",
      config: { reduction: "sum_over_batch_size", name: "huber_loss", delta: 2 },
    };
    expect(lossConfig(huberLoss({ delta: 2 }))).toEqual(huber);
    expect(lossConfig(lossFromConfig(huber))).toEqual(huber);
    expect(() => huberLoss({ delta: 0 })).toThrow("[huberLoss] delta must be a number above 0, got 0.");
  });

  it("refuses options that it does not know, or that contradict each other", () => {
    expect(() => binaryCrossentropy({ label_smoothing: 0.3 } as object)).toThrow(
      "[binaryCrossentropy] Keyword argument not understood: label_smoothing. Did you mean labelSmoothing?",
    );
    expect(() => binaryCrossentropy({ clip: "keras225" as "keras224" })).toThrow(
      '[binaryCrossentropy] clip must be one of keras224, got "keras225".',
    );
    expect(() => binaryCrossentropy({ clip: "keras224", fromLogits: true })).toThrow(
      '[binaryCrossentropy] clip "keras224" is a form for probabilities: leave out clip or fromLogits.',
    );
    expect(() => getLoss(binaryCrossentropy as never)).toThrow(
      "[loss] binaryCrossentropy makes a loss: call it, binaryCrossentropy(), or give its name.",
    );
  });

  it("says which targets a loss takes", () => {
    expect(targetShapeOf(binaryCrossentropy(), [4, 3])).toEqual([4, 3]);
    expect(targetShapeOf(sparseCategoricalCrossentropy(), [4, 3])).toEqual([4, 1]);
    expect(targetShapeOf((_tape, prediction) => prediction, [3])).toBeUndefined();
  });
});

describe("getMetric", () => {
  it.each(["acc", "accuracy", "binary_accuracy", "binaryCrossentropy", "binary_crossentropy", "mse"])(
    "keeps the user's name %s",
    (name) => {
      expect(getMetric(name, [1], "mse").name).toBe(name);
    },
  );

  it("takes one of the user's own, and refuses the rest", () => {
    const own = { name: "mine", metric: getMetric("mse", [1], "mse").metric };
    expect(getMetric(own, [1], "mse")).toBe(own);
    expect(() => getMetric("auc", [1], "mse")).toThrow(
      new Error(
        "Unknown metric function: auc. Known: acc, accuracy, binaryAccuracy, categoricalAccuracy, " +
          `sparseCategoricalAccuracy, ${lossNames.join(", ")}.`,
      ),
    );
    expect(() => getMetric({} as { name: string; metric: never }, [1], "mse")).toThrow(
      "Could not interpret metric function identifier: {}.",
    );
  });
});

describe("on a device", () => {
  it("each loss is the mean of Keras's formula, weighted, and a metric too; the cosine's has the other sign", async () => {
    const [y, p, w] = [
      [0.5, -1, 2, 0.25, 1, 0],
      [0.25, 0.5, 1.5, 0.75, 0.5, 0.125],
      [1, 3],
    ];
    const rows = (f: (y: number[], p: number[]) => number) => [
      f(y.slice(0, 3), p.slice(0, 3)),
      f(y.slice(3), p.slice(3)),
    ];
    const mean = (f: (y: number, p: number) => number) =>
      rows((ys, ps) => ys.reduce((sum, value, i) => sum + f(value, ps[i]), 0) / 3);
    const held = (value: number, to = Number.POSITIVE_INFINITY) => Math.min(Math.max(value, 1e-7), to);
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0);
    const wanted: Record<string, number[]> = {
      mae: mean((t, q) => Math.abs(t - q)),
      mape: mean((t, q) => (100 * Math.abs(t - q)) / held(Math.abs(t))),
      msle: mean((t, q) => (Math.log(held(q) + 1) - Math.log(held(t) + 1)) ** 2),
      hinge: mean((t, q) => Math.max(0, 1 - t * q)),
      squared_hinge: mean((t, q) => Math.max(0, 1 - t * q) ** 2),
      logcosh: mean((t, q) => Math.log(Math.cosh(q - t))),
      poisson: mean((t, q) => q - t * Math.log(q + 1e-7)),
      kld: mean((t, q) => 3 * held(t, 1) * Math.log(held(t, 1) / held(q, 1))),
      huber_loss: mean((t, q) => (Math.abs(q - t) <= 1 ? (q - t) ** 2 / 2 : Math.abs(q - t) - 0.5)),
      categorical_hinge: rows((ys, ps) =>
        Math.max(0, Math.max(...ys.map((t, i) => (1 - t) * ps[i])) - dot(ys, ps) + 1),
      ),
      cosine_proximity: rows((ys, ps) => -dot(ys, ps) / Math.sqrt(dot(ys, ys) * dot(ps, ps))),
    };
    for (const [name, [first, second]] of Object.entries(wanted)) {
      const arrays = [array([2, 3], p), array([2, 3], y)] as const;
      const bound = { absolute: 2 ** -20, relative: 2 ** -19 };
      expectClose([(await lossOf(getLoss(name), ...arrays)).value], [(first + second) / 2], bound);
      const weighted = await lossOf(getLoss(name), ...arrays, array([2], w));
      expectClose([weighted.value], [(first + 3 * second) / 2], bound);
      using tape = new Tape(device());
      const [prediction, target] = arrays.map((values) => upload(tape, values));
      const { data } = await device().read(getMetric(name, [3], "mse").metric(tape, target, prediction));
      const sign = name === "cosine_proximity" ? -1 : 1;
      expectClose(data, [(sign * (first + second)) / 2], bound);
    }
  });

  const device = openTestDevice("naive");
  type Numbers = ReturnType<typeof array>;

  async function lossOf(loss: Loss, prediction: Numbers, target: Numbers, sampleWeight?: Numbers) {
    using tape = new Tape(device());
    const variable = (given: Numbers) => tape.variable(upload(tape, given), given === prediction);
    const p = variable(prediction);
    const value = loss(tape, p, variable(target), sampleWeight && variable(sampleWeight));
    const gradient = tape.backward(value).get(p)!;
    const [{ data }, { data: gradients }] = await Promise.all([
      device().read(value.tensor),
      device().read(gradient),
    ]);
    return { value: data[0], gradients };
  }

  async function metricOf(name: string, outputShape: number[], loss: string, target: Numbers, p: Numbers) {
    using tape = new Tape(device());
    const { metric } = getMetric(name, outputShape, loss);
    return (await device().read(metric(tape, upload(tape, target), upload(tape, p)))).data[0];
  }

  it("multiplies the loss of each sample by its weight, and its gradient", async () => {
    const [p, y] = [array([3, 1], [1, 2, 3]), array([3, 1], [0, 0, 1])];
    const plain = await lossOf(meanSquaredError(), p, y);
    expect(plain.value).toBe(3);
    expect([...plain.gradients]).toEqual([2 / 3, 4 / 3, 4 / 3].map(Math.fround));
    // Σ w·(p−y)² / n, not divided by Σ w: Keras 2.3.
    const weighted = await lossOf(meanSquaredError(), p, y, array([3], [3, 0, 1.5]));
    expect(weighted.value).toBe(3);
    expectClose(weighted.gradients, [2, 0, 2]);
  });

  it.each<[string, Loss, Numbers, Numbers]>([
    ["binary cross-entropy", binaryCrossentropy(), array([2, 1], [0.25, 0.5]), array([2, 1], [1, 0])],
    [
      "its form of Keras 2.2.4",
      binaryCrossentropy({ clip: "keras224" }),
      array([2, 1], [0.25, 0.5]),
      array([2, 1], [1, 0]),
    ],
    [
      "its form of logits",
      binaryCrossentropy({ fromLogits: true }),
      array([2, 1], [0.25, 0.5]),
      array([2, 1], [1, 0]),
    ],
    [
      "categorical cross-entropy",
      categoricalCrossentropy(),
      array([2, 2], [0.25, 0.75, 0.5, 0.5]),
      array([2, 2], [1, 0, 0, 1]),
    ],
    [
      "sparse categorical cross-entropy",
      sparseCategoricalCrossentropy(),
      array([2, 2], [0.25, 0.75, 0.5, 0.5]),
      array([2, 1], [0, 1]),
    ],
  ])("weighs %s alike", async (_, loss, p, y) => {
    // Weights of 2 double all, those of 0 leave the other sample alone.
    const plain = await lossOf(loss, p, y);
    const doubled = await lossOf(loss, p, y, array([2], [2, 2]));
    expect(doubled.value).toBe(2 * plain.value);
    expect(doubled.gradients).toEqual(plain.gradients.map((value) => 2 * value));
    const first = await lossOf(loss, p, y, array([2], [1, 0]));
    const second = await lossOf(loss, p, y, array([2], [0, 1]));
    expectClose([first.value + second.value], [plain.value]);
    expect([...second.gradients.subarray(0, p.shape[1])].every((value) => value === 0)).toBe(true);
  });

  it("counts p = 0.5 exactly as class 0: half to even", async () => {
    const p = array([4, 1], [0.5, 0.5, 0.5000001, 0.4999999]);
    for (const name of ["acc", "accuracy", "binaryAccuracy"]) {
      expect(await metricOf(name, [1], "mse", array([4, 1], [0, 1, 1, 0]), p)).toBe(0.75);
    }
  });

  it("chooses the accuracy by the output, the loss and the target", async () => {
    const p = array([2, 3], [0.6, 0.3, 0.1, 0.2, 0.1, 0.7]);
    const oneHot = array([2, 3], [1, 0, 0, 0, 1, 0]);
    expect(await metricOf("acc", [3], "categoricalCrossentropy", oneHot, p)).toBe(0.5);
    expect(await metricOf("acc", [3], "sparseCategoricalCrossentropy", array([2, 1], [0, 2]), p)).toBe(1);
    // Each of the three outputs counts: 3 and 1 of 3 are right.
    expectClose([await metricOf("acc", [3], "binary_crossentropy", oneHot, p)], [4 / 6]);
  });

  it("takes a loss as a metric", async () => {
    const [p, y] = [array([2, 1], [0.25, 0.5]), array([2, 1], [1, 0])];
    const wanted = -(Math.log(0.25) + Math.log(0.5)) / 2;
    // The clipped probabilities have an ε of 1e-7 in the logarithm.
    const tolerance = { absolute: 1e-6 };
    expectClose([await metricOf("binary_crossentropy", [1], "mse", y, p)], [wanted], tolerance);
    expectClose([await metricOf("binaryCrossentropy", [1], "mse", y, p)], [wanted], tolerance);
    expectClose([await metricOf("mse", [1], "mse", y, p)], [(0.75 ** 2 + 0.5 ** 2) / 2]);
  });
});
