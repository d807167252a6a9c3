import { createRequire } from "node:module";
import os from "node:os";
import { fileURLToPath } from "node:url";
import type { Transform } from "@convscope/data";
import type * as Tf from "@tensorflow/tfjs";
import { packageVersion } from "../../report/versions.ts";
import { Cannot, type Competitor, type Findings, type Prepared } from "../competitor.ts";
import type { RaceData } from "../data.ts";
import {
  type AugmentWorkload,
  type LayerSpec,
  outputShapeOf,
  type PassWorkload,
  type PredictWorkload,
  shapesOf,
  type TrainWorkload,
  withoutDropout,
} from "../workloads.ts";

type Tensor = Tf.Tensor;
export type TfjsBackend = "webgpu" | "wasm" | "cpu";

const require = createRequire(import.meta.url);

/**
 * TensorFlow.js, as its own layers compute: fused operations forward, `variableGrads` backward, everything tidied.
 * wasm: with SIMD and as many threads as there are cores, two at the most.
 */
export async function openTfjs(backend: TfjsBackend): Promise<Competitor> {
  const tf: typeof Tf = require("@tensorflow/tfjs");
  const versions: Record<string, string> = { "@tensorflow/tfjs": tf.version.tfjs };
  let started = () => {};
  if (backend !== "cpu") {
    const name = `@tensorflow/tfjs-backend-${backend}`;
    const module = require(name);
    versions[name] = packageVersion(name);
    if (backend === "wasm") started = useThreads(tf, module);
  }
  tf.enableProdMode();
  if (!(await tf.setBackend(backend))) throw new Cannot(`tfjs does not start its ${backend} backend here`);
  await tf.ready();
  started();
  return {
    versions,
    async prepare(workload, data) {
      switch (workload.kind) {
        case "train":
          refuseUnknown(tf, backend, workload.model.layers.flatMap(trainingKernels));
          return prepareTraining(tf, workload, data);
        case "predict":
          return preparePrediction(tf, workload, data);
        case "pass":
          refuseUnknown(tf, backend, [passKernels[`${workload.op}.${workload.pass}`]]);
          return preparePass(tf, workload, data);
        case "augment":
          refuseUnknown(tf, backend, ["Transform"]);
          return prepareAugmentation(tf, workload, data);
      }
    },
  };
}

/**
 * In Node tfjs believes that there are no threads; they run if each is started from a file, and not from a blob. Of the
 * cores it takes half at the most: it is told that there are twice as many.
 * @returns what takes that back, once it has started
 */
function useThreads(tf: typeof Tf, wasm: { setThreadsCount(count: number): void }): () => void {
  const { cpus } = os;
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", true);
  wasm.setThreadsCount(Math.min(2, cpus().length));
  URL.createObjectURL = () => fileURLToPath(new URL("./tfjs-wasm-thread.cjs", import.meta.url));
  os.cpus = () => [...cpus(), ...cpus()];
  return () => {
    os.cpus = cpus;
  };
}

/** tfjs's names of what a pass is computed by, where not every backend has it. */
const passKernels: Readonly<Record<string, string>> = {
  "conv2d.forward": "FusedConv2D",
  "conv2d.backwardInput": "Conv2DBackpropInput",
  "conv2d.backwardFilter": "Conv2DBackpropFilter",
  "maxPool2d.forward": "MaxPool",
  "maxPool2d.backward": "MaxPoolGrad",
  "dense.forward": "_FusedMatMul",
  "dense.backwardInput": "BatchMatMul",
  "dense.backwardWeights": "BatchMatMul",
};
const trainingKernels = ({ kind }: LayerSpec): string[] =>
  Object.entries(passKernels)
    .filter(([name]) => name.startsWith(`${kind}.`))
    .map(([, kernel]) => kernel);

/** @throws {Cannot} where the backend lacks one of the kernels */
function refuseUnknown(tf: typeof Tf, backend: string, kernels: readonly string[]): void {
  const missing = kernels.find((kernel) => !tf.getKernel(kernel, backend));
  if (missing) throw new Cannot(`tfjs's ${backend} backend has no kernel ${missing}`);
}

/** What a model's layers do with a batch; `weights` are those of all layers, in order. */
function apply(tf: typeof Tf, layers: readonly LayerSpec[], x: Tensor, weights: readonly Tensor[]): Tensor {
  let used = 0;
  let y = x;
  for (const layer of layers) {
    if (layer.kind === "conv2d") {
      const [filter, bias] = [weights[used++] as Tf.Tensor4D, weights[used++]];
      y = tf.fused.conv2d({
        x: y as Tf.Tensor4D,
        filter,
        bias,
        strides: 1,
        pad: layer.padding,
        activation: "relu",
      });
    } else if (layer.kind === "maxPool2d") {
      y = tf.maxPool(y as Tf.Tensor4D, 2, 2, "valid");
    } else if (layer.kind === "flatten") {
      y = y.reshape([y.shape[0], -1]);
    } else if (layer.kind === "dense") {
      const [a, b, bias] = [y as Tf.Tensor2D, weights[used++] as Tf.Tensor2D, weights[used++]];
      // The sigmoid stands apart: the loss takes its input.
      y = tf.fused.matMul({ a, b, bias, activation: layer.activation === "relu" ? "relu" : "linear" });
    } else {
      y = tf.dropout(y, layer.rate);
    }
  }
  return y;
}

const endsInSigmoid = (layers: readonly LayerSpec[]) => {
  const last = layers.at(-1);
  return last?.kind === "dense" && last.activation === "sigmoid";
};

function shapesOfWeights(model: TrainWorkload["model"]): { shape: readonly number[]; isTrained: boolean }[] {
  return shapesOf(model).flatMap(({ filterShape }, i) =>
    filterShape.length === 0
      ? []
      : [filterShape, filterShape.slice(-1)].map((shape) => ({ shape, isTrained: i >= model.frozenLayers })),
  );
}

const RHO = 0.9;
const EPSILON = 1e-7;

/**
 * Keras's RMSprop: its epsilon stands outside the root, where tfjs's own has it inside. Like tfjs's, it is written in
 * tfjs's operations.
 */
class KerasRMSprop {
  readonly #tf: typeof Tf;
  readonly #learningRate: number;
  readonly #accumulators = new Map<Tf.Variable, Tf.Variable>();

  constructor(tf: typeof Tf, learningRate: number) {
    this.#tf = tf;
    this.#learningRate = learningRate;
  }

  step(weight: Tf.Variable, gradient: Tensor): void {
    const tf = this.#tf;
    const accumulator = this.#accumulators.get(weight) ?? tf.variable(tf.zerosLike(weight), false);
    this.#accumulators.set(weight, accumulator);
    tf.tidy(() => {
      accumulator.assign(accumulator.mul(RHO).add(gradient.square().mul(1 - RHO)));
      weight.assign(weight.sub(gradient.mul(this.#learningRate).div(accumulator.sqrt().add(EPSILON))));
    });
  }

  dispose(): void {
    for (const accumulator of this.#accumulators.values()) accumulator.dispose();
  }
}

function prepareTraining(tf: typeof Tf, workload: TrainWorkload, data: RaceData): Prepared {
  const { model, batch, learningRate } = workload;
  const upload = () => ({
    x: tf.tensor(data.x, [batch, ...model.inputShape]),
    y: tf.tensor(data.targets, [batch, 1]),
  });
  const newWeights = () =>
    shapesOfWeights(model).map(({ shape, isTrained }, i) =>
      tf.variable(tf.tensor(data.weights[i].slice(), [...shape]), isTrained),
    );
  /** One step. The gradients are the caller's to dispose. */
  const step = async (
    layers: readonly LayerSpec[],
    weights: readonly Tf.Variable[],
    optimizer: KerasRMSprop,
  ) => {
    const { x, y } = upload();
    const trained = weights.filter(({ trainable }) => trainable);
    const { value, grads } = tf.variableGrads(() => {
      const logits = apply(tf, layers, x, weights);
      // max(z, 0) − z·y + log(1 + e^−|z|): the cross-entropy of the sigmoid of z, as Keras has it.
      return logits.relu().sub(logits.mul(y)).add(logits.abs().neg().exp().log1p()).mean();
    }, trained);
    const gradients = trained.map(({ name }) => grads[name]);
    trained.forEach((weight, i) => {
      optimizer.step(weight, gradients[i]);
    });
    const [loss] = await value.data();
    tf.dispose([x, y, value]);
    return { loss, gradients, trained };
  };
  let running: { weights: Tf.Variable[]; optimizer: KerasRMSprop } | undefined;
  return {
    async check(): Promise<Findings> {
      const { layers } = withoutDropout(model);
      const weights = newWeights();
      const optimizer = new KerasRMSprop(tf, learningRate);
      const losses: number[] = [];
      const gradients: Float32Array[][] = [];
      let trained: Float32Array[] = [];
      for (let i = 0; i < 2; i++) {
        const result = await step(layers, weights, optimizer);
        losses.push(result.loss);
        gradients.push(await valuesOf(result.gradients));
        trained = await valuesOf(result.trained);
        tf.dispose(result.gradients);
      }
      optimizer.dispose();
      tf.dispose(weights);
      return { kind: "training", losses, gradients, weights: trained };
    },
    async run() {
      running ??= { weights: newWeights(), optimizer: new KerasRMSprop(tf, learningRate) };
      const { gradients } = await step(model.layers, running.weights, running.optimizer);
      tf.dispose(gradients);
    },
  };
}

const valuesOf = (tensors: readonly Tensor[]) =>
  Promise.all(tensors.map(async (tensor) => Float32Array.from(await tensor.data())));

function preparePrediction(tf: typeof Tf, { model, batch }: PredictWorkload, data: RaceData): Prepared {
  const weights = shapesOfWeights(model).map(({ shape }, i) => tf.tensor(data.weights[i], [...shape]));
  const predict = async () => {
    const y = tf.tidy(() => {
      const x = tf.tensor(data.x, [batch, ...model.inputShape]);
      const result = apply(tf, model.layers, x, weights);
      return endsInSigmoid(model.layers) ? result.sigmoid() : result;
    });
    const values = await y.data();
    y.dispose();
    return values;
  };
  return {
    check: async () => ({ kind: "result", values: Float32Array.from(await predict()) }),
    async run() {
      await predict();
    },
  };
}

/** `tf.image.transform`: one warp of the batch, each picture by its own map; where a point is outside, the edge. */
function prepareAugmentation(
  tf: typeof Tf,
  { inputShape, place }: AugmentWorkload,
  { pictures, transforms }: RaceData,
): Prepared {
  const [batch, height, width] = inputShape;
  const maps = transforms.flatMap((transform) => mapOf(transform, height, width));
  const augment = () =>
    tf.tidy(() => {
      const x = tf.tensor(pictures, [...inputShape], "int32").toFloat() as Tf.Tensor4D;
      return tf.image.transform(x, tf.tensor2d(maps, [batch, 8]), "bilinear", "nearest").mul(1 / 255);
    });
  const inMemory = async () => {
    const y = augment();
    const values = await y.data();
    y.dispose();
    return values;
  };
  return {
    check: async () => ({ kind: "result", values: Float32Array.from(await inMemory()) }),
    async run() {
      if (place === "memory") {
        await inMemory();
        return;
      }
      const last = tf.tidy(() => augment().flatten().slice([0], [1]));
      await last.data();
      last.dispose();
    },
  };
}

/** tfjs's eight numbers of a map from a pixel (x, y) of the result to a point of the picture; the flip comes last. */
function mapOf(transform: Transform, height: number, width: number): number[] {
  const { theta = 0, tx = 0, ty = 0, shear = 0, zx = 1, zy = 1, flipHorizontal = false } = transform;
  const [turn, lean] = [(theta * Math.PI) / 180, (shear * Math.PI) / 180];
  // Rotation · shift · shear · zoom, on (row, column).
  const [rr, rc] = [Math.cos(turn) * zx, -Math.sin(turn + lean) * zy];
  const [cr, cc] = [Math.sin(turn) * zx, Math.cos(turn + lean) * zy];
  const shiftRow = Math.cos(turn) * tx - Math.sin(turn) * ty;
  const shiftColumn = Math.sin(turn) * tx + Math.cos(turn) * ty;
  const [middleRow, middleColumn] = [(height - 1) / 2, (width - 1) / 2];
  const sign = flipHorizontal ? -1 : 1; // about the middle
  const row = [sign * rc, rr, middleRow + shiftRow - rr * middleRow - sign * rc * middleColumn];
  const column = [sign * cc, cr, middleColumn + shiftColumn - cr * middleRow - sign * cc * middleColumn];
  return [...column, ...row, 0, 0];
}

function preparePass(tf: typeof Tf, workload: PassWorkload, data: RaceData): Prepared {
  const pass = passOf(tf, workload, data);
  return {
    async check() {
      const y = pass();
      const values = Float32Array.from(await y.data());
      y.dispose();
      return { kind: "result", values };
    },
    async run(times) {
      for (let i = 1; i < times; i++) pass().dispose();
      // tfjs waits for its device only where values are read: one value of the last result.
      const [last] = tf.tidy(() => [pass().flatten().slice([0], [1])]);
      await last.data();
      last.dispose();
    },
  };
}

/** Computes a pass, its operands on the device already. */
function passOf(tf: typeof Tf, workload: PassWorkload, data: RaceData): () => Tensor {
  const { op, pass, inputShape, filterShape, padding } = workload;
  const x = tf.tensor(data.x, [...inputShape]);
  const dy = pass === "forward" ? tf.scalar(0) : tf.tensor(data.dy, [...outputShapeOf(workload)]);
  const run = (kernel: string, inputs: Record<string, Tensor>, attributes: Tf.NamedAttrMap): Tensor =>
    tf.engine().runKernel(kernel, inputs, attributes) as Tensor;
  if (op === "maxPool2d") {
    const attributes = { filterSize: 2, strides: 2, pad: "valid" };
    if (pass === "forward") return () => tf.maxPool(x as Tf.Tensor4D, 2, 2, "valid");
    const output = tf.maxPool(x as Tf.Tensor4D, 2, 2, "valid");
    return () => run("MaxPoolGrad", { dy, input: x, output }, attributes);
  }
  const w = tf.tensor(data.weights[0], [...filterShape]);
  const bias = tf.tensor(data.weights[1]);
  if (op === "dense") {
    if (pass === "forward") {
      const [a, b] = [x as Tf.Tensor2D, w as Tf.Tensor2D];
      return () => tf.fused.matMul({ a, b, bias, activation: "relu" });
    }
    if (pass === "backwardInput") return () => tf.matMul(dy, w, false, true);
    return () => tf.matMul(x, dy, true, false);
  }
  const attributes = { strides: [1, 1], pad: padding, dataFormat: "NHWC" };
  if (pass === "forward") {
    const [input, filter] = [x as Tf.Tensor4D, w as Tf.Tensor4D];
    return () => tf.fused.conv2d({ x: input, filter, bias, strides: 1, pad: padding, activation: "relu" });
  }
  if (pass === "backwardInput") {
    return () =>
      run("Conv2DBackpropInput", { dy, filter: w }, { ...attributes, inputShape: [...inputShape] });
  }
  return () => run("Conv2DBackpropFilter", { x, dy }, { ...attributes, filterShape: [...filterShape] });
}
