import type * as Jax from "@jax-js/jax";
import { packageVersion } from "../../report/versions.ts";
import { Cannot, type Competitor, type Findings, type Prepared } from "../competitor.ts";
import type { RaceData } from "../data.ts";
import {
  filterFirst,
  filterLast,
  filterShapeFirst,
  pictureShapeFirst,
  picturesFirst,
  picturesLast,
  rowsFirst,
  rowsLast,
} from "../layout.ts";
import {
  type LayerSpec,
  type ModelSpec,
  outputShapeOf,
  type PassWorkload,
  type PredictWorkload,
  shapesOf,
  type TrainWorkload,
  withoutDropout,
} from "../workloads.ts";

type Jx = typeof Jax;
type JaxArray = Jax.Array;

/**
 * jax-js, whole steps under `jit`, arrays with channels first, as its convolutions want them. Its arrays are counted:
 * a function takes over what it is given, `.ref` keeps it.
 */
export async function openJaxJs(device: "webgpu" | "wasm"): Promise<Competitor> {
  const jax: Jx = await import("@jax-js/jax");
  const started = await jax.init(device);
  if (!started.includes(device)) throw new Cannot(`jax-js does not start its ${device} backend here`);
  jax.defaultDevice(device);
  return {
    versions: { "@jax-js/jax": packageVersion("@jax-js/jax") },
    async prepare(workload, data) {
      switch (workload.kind) {
        case "train":
          return prepareTraining(jax, workload, data);
        case "predict":
          return preparePrediction(jax, workload, data);
        case "pass":
          return preparePass(jax, workload, data);
        case "augment":
          throw new Cannot("jax-js has no such pipeline");
      }
    },
  };
}

/** A weight's shape and values in jax-js's layout, and the way back. */
interface WeightLayout {
  readonly shape: number[];
  readonly isTrained: boolean;
  readonly there: (values: Float32Array) => Float32Array;
  readonly back: (values: Float32Array) => Float32Array;
}

function layoutsOf(model: ModelSpec): WeightLayout[] {
  const same = (values: Float32Array) => values;
  const layers = shapesOf(model);
  return layers.flatMap(({ layer, filterShape }, i): WeightLayout[] => {
    if (filterShape.length === 0) return [];
    const isTrained = i >= model.frozenLayers;
    const bias = { shape: filterShape.slice(-1), isTrained, there: same, back: same };
    const flattened = layers[i - 1]?.layer.kind === "flatten" ? layers[i - 1].inputShape : [];
    if (layer.kind === "dense" && flattened.length === 3) {
      const shape = [...flattened, filterShape[1]];
      const there = (values: Float32Array) => rowsFirst(values, shape);
      const back = (values: Float32Array) => rowsLast(values, shape);
      return [{ shape: [...filterShape], isTrained, there, back }, bias];
    }
    const there = (values: Float32Array) => filterFirst(values, filterShape);
    const back = (values: Float32Array) => filterLast(values, filterShape);
    return [{ shape: filterShapeFirst(filterShape), isTrained, there, back }, bias];
  });
}

const conv2d = (jax: Jx, x: JaxArray, filter: JaxArray, padding: "valid" | "same") =>
  jax.lax.convGeneralDilated(x, filter, [1, 1], padding === "same" ? "SAME" : "VALID");
const maxPool = (jax: Jx, x: JaxArray) =>
  jax.lax.reduceWindow(x, (window) => jax.numpy.max(window), [2, 2], [2, 2]);

/** What a model's layers do with a batch; without a sigmoid at the end. Takes over x, weights and the key. */
function apply(
  jax: Jx,
  layers: readonly LayerSpec[],
  x: JaxArray,
  weights: readonly JaxArray[],
  key?: JaxArray,
): JaxArray {
  const { numpy: np, nn } = jax;
  let used = 0;
  let y = x;
  for (const layer of layers) {
    if (layer.kind === "conv2d") {
      const [filter, bias] = [weights[used++], weights[used++]];
      y = nn.relu(conv2d(jax, y, filter, layer.padding).add(bias.reshape([1, -1, 1, 1])));
    } else if (layer.kind === "maxPool2d") {
      y = maxPool(jax, y);
    } else if (layer.kind === "flatten") {
      y = y.reshape([y.shape[0], -1]);
    } else if (layer.kind === "dense") {
      y = np.matmul(y, weights[used++]).add(weights[used++]);
      if (layer.activation === "relu") y = nn.relu(y);
    } else {
      if (!key) throw new Error("[race] dropout without a key.");
      const keeps = jax.random.bernoulli(key, 1 - layer.rate, y.shape);
      y = np.where(keeps, y.mul(1 / (1 - layer.rate)), 0);
    }
  }
  return y;
}

const RHO = 0.9;
const EPSILON = 1e-7;

interface State {
  trained: JaxArray[];
  meanSquares: JaxArray[];
}

function prepareTraining(jax: Jx, workload: TrainWorkload, data: RaceData): Prepared {
  const { model, batch, learningRate } = workload;
  const { numpy: np } = jax;
  const layouts = layoutsOf(model);
  const inputShape = [batch, ...model.inputShape];
  const pictures = picturesFirst(data.x, inputShape);
  const upload = () => ({
    x: np.array(pictures, { shape: pictureShapeFirst(inputShape) }),
    y: np.array(data.targets, { shape: [batch, 1] }),
  });
  const arrays = (isTrained: boolean) =>
    layouts.flatMap((layout, i) =>
      layout.isTrained === isTrained
        ? [np.array(layout.there(data.weights[i]), { shape: layout.shape })]
        : [],
    );
  const frozen = arrays(false);
  const start = (): State => ({
    trained: arrays(true),
    meanSquares: layouts.filter((l) => l.isTrained).map(({ shape }) => np.zeros(shape)),
  });

  /** The cross-entropy of the sigmoid of z, as Keras has it: max(z, 0) − z·y + log(1 + e^−|z|). */
  const lossOf =
    (layers: readonly LayerSpec[]) =>
    (trained: JaxArray[], x: JaxArray, y: JaxArray, still: JaxArray[], key?: JaxArray) => {
      const z = apply(jax, layers, x, [...still, ...trained], key);
      const terms = jax.nn
        .relu(z.ref)
        .sub(z.ref.mul(y))
        .add(np.log1p(np.exp(np.abs(z).mul(-1))));
      return np.mean(terms);
    };
  const stepOf = (layers: readonly LayerSpec[], keepsGradients: boolean) => {
    const gradientOf = jax.valueAndGrad(lossOf(layers), { argnums: 0 });
    return jax.jit(
      (
        trained: JaxArray[],
        meanSquares: JaxArray[],
        x: JaxArray,
        y: JaxArray,
        still: JaxArray[],
        key?: JaxArray,
      ) => {
        const [loss, gradients] = key
          ? gradientOf(
              trained.map((w) => w.ref),
              x,
              y,
              still,
              key,
            )
          : gradientOf(
              trained.map((w) => w.ref),
              x,
              y,
              still,
            );
        const updated = trained.map((w, i) => {
          const gradient = gradients[i];
          const meanSquare = meanSquares[i].mul(RHO).add(np.square(gradient.ref).mul(1 - RHO));
          const update = gradient.ref.mul(learningRate).div(np.sqrt(meanSquare.ref).add(EPSILON));
          return { weight: w.sub(update), meanSquare };
        });
        if (!keepsGradients) for (const gradient of gradients) gradient.dispose();
        return {
          loss,
          trained: updated.map(({ weight }) => weight),
          meanSquares: updated.map(({ meanSquare }) => meanSquare),
          gradients: keepsGradients ? gradients : [],
        };
      },
    );
  };
  const hasDropout = model.layers.some(({ kind }) => kind === "dropout");
  const step = stepOf(model.layers, false);
  let steps = 0;
  let state: State | undefined;
  return {
    async check(): Promise<Findings> {
      const checked = stepOf(withoutDropout(model).layers, true);
      const backs = layouts.filter((l) => l.isTrained).map(({ back }) => back);
      const valuesOf = (all: JaxArray[]) =>
        Promise.all(
          all.map(async (array, i) => backs[i](Float32Array.from((await array.data()) as Float32Array))),
        );
      let { trained, meanSquares } = start();
      const losses: number[] = [];
      const gradients: Float32Array[][] = [];
      for (let i = 0; i < 2; i++) {
        const { x, y } = upload();
        const result = checked(
          trained,
          meanSquares,
          x,
          y,
          frozen.map((w) => w.ref),
        );
        ({ trained, meanSquares } = result);
        losses.push((await result.loss.data())[0]);
        gradients.push(await valuesOf(result.gradients));
      }
      for (const array of meanSquares) array.dispose();
      return { kind: "training", losses, gradients, weights: await valuesOf(trained) };
    },
    async run() {
      state ??= start();
      const { x, y } = upload();
      const still = frozen.map((w) => w.ref);
      const { loss, trained, meanSquares } = hasDropout
        ? step(state.trained, state.meanSquares, x, y, still, jax.random.key(steps++))
        : step(state.trained, state.meanSquares, x, y, still);
      state = { trained, meanSquares };
      await loss.data();
    },
  };
}

function preparePrediction(jax: Jx, { model, batch }: PredictWorkload, data: RaceData): Prepared {
  const { numpy: np, nn } = jax;
  const layouts = layoutsOf(model);
  const weights = layouts.map(({ shape, there }, i) => np.array(there(data.weights[i]), { shape }));
  const inputShape = [batch, ...model.inputShape];
  const pictures = picturesFirst(data.x, inputShape);
  const last = model.layers.at(-1);
  const endsInSigmoid = last?.kind === "dense" && last.activation === "sigmoid";
  const forward = jax.jit((x: JaxArray, all: JaxArray[]) => {
    const y = apply(jax, model.layers, x, all);
    return endsInSigmoid ? nn.sigmoid(y) : y;
  });
  const predict = async () => {
    const x = np.array(pictures, { shape: pictureShapeFirst(inputShape) });
    return (await forward(
      x,
      weights.map((w) => w.ref),
    ).data()) as Float32Array;
  };
  const outputShape = [batch, ...(shapesOf(model).at(-1)?.outputShape ?? [])];
  return {
    check: async () => ({
      kind: "result",
      values: picturesLast(Float32Array.from(await predict()), outputShape),
    }),
    async run() {
      await predict();
    },
  };
}

function preparePass(jax: Jx, workload: PassWorkload, data: RaceData): Prepared {
  const pass = passOf(jax, workload, data);
  const { pass: which, inputShape, filterShape } = workload;
  const back = (values: Float32Array) => {
    if (which === "backwardFilter") return filterLast(values, filterShape);
    return picturesLast(values, which === "forward" ? outputShapeOf(workload) : inputShape);
  };
  return {
    async check() {
      return { kind: "result", values: back(Float32Array.from((await pass().data()) as Float32Array)) };
    },
    async run(times) {
      // Kept until all are done: what is disposed of before it was dispatched is never computed.
      const results = Array.from({ length: times }, pass);
      await jax.blockUntilReady(results);
      for (const result of results) result.dispose();
    },
  };
}

/** Computes a pass under `jit`, its operands on the device already. */
function passOf(jax: Jx, workload: PassWorkload, data: RaceData): () => JaxArray {
  const { op, pass, inputShape, filterShape, padding } = workload;
  const { numpy: np, nn } = jax;
  const outputShape = outputShapeOf(workload);
  const x = np.array(picturesFirst(data.x, inputShape), { shape: pictureShapeFirst(inputShape) });
  const dy = () => np.array(picturesFirst(data.dy, outputShape), { shape: pictureShapeFirst(outputShape) });
  const gradientBy = (
    forward: (at: JaxArray, other: JaxArray) => JaxArray,
  ): ((at: JaxArray, other: JaxArray, dy: JaxArray) => JaxArray) =>
    jax.jit((at: JaxArray, other: JaxArray, gradient: JaxArray) => {
      const inner = jax.grad((value: JaxArray, rest: JaxArray, weight: JaxArray) =>
        np.sum(forward(value, rest).mul(weight)),
      );
      return inner(at, other, gradient);
    });
  if (op === "maxPool2d") {
    if (pass === "forward") {
      const forward = jax.jit((a: JaxArray) => maxPool(jax, a));
      return () => forward(x.ref);
    }
    const gradient = dy();
    const backward = jax.jit((a: JaxArray, g: JaxArray) =>
      jax.grad((value: JaxArray, weight: JaxArray) => np.sum(maxPool(jax, value).mul(weight)))(a, g),
    );
    return () => backward(x.ref, gradient.ref);
  }
  const w = np.array(filterFirst(data.weights[0], filterShape), { shape: filterShapeFirst(filterShape) });
  if (op === "dense") {
    if (pass === "forward") {
      const b = np.array(data.weights[1]);
      const forward = jax.jit((a: JaxArray, m: JaxArray, bias: JaxArray) =>
        nn.relu(np.matmul(a, m).add(bias)),
      );
      return () => forward(x.ref, w.ref, b.ref);
    }
    const gradient = dy();
    if (pass === "backwardInput") {
      const backward = jax.jit((g: JaxArray, m: JaxArray) => np.matmul(g, np.matrixTranspose(m)));
      return () => backward(gradient.ref, w.ref);
    }
    const backward = jax.jit((a: JaxArray, g: JaxArray) => np.matmul(np.matrixTranspose(a), g));
    return () => backward(x.ref, gradient.ref);
  }
  if (pass === "forward") {
    const b = np.array(data.weights[1], { shape: [1, filterShape[3], 1, 1] });
    const forward = jax.jit((a: JaxArray, m: JaxArray, bias: JaxArray) =>
      nn.relu(conv2d(jax, a, m, padding).add(bias)),
    );
    return () => forward(x.ref, w.ref, b.ref);
  }
  const gradient = dy();
  if (pass === "backwardInput") {
    const backward = gradientBy((a, m) => conv2d(jax, a, m, padding));
    return () => backward(x.ref, w.ref, gradient.ref);
  }
  const backward = gradientBy((m, a) => conv2d(jax, a, m, padding));
  return () => backward(w.ref, x.ref, gradient.ref);
}
