import { availableParallelism } from "node:os";
import { type AugmentOn, encodePng, flowFromFiles, ImageDataGenerator } from "@convscope/data";
import {
  conv2dBackwardFilter,
  conv2dBackwardInput,
  conv2dForward,
  conv2dGeometry,
  Device,
  denseBackwardInput,
  denseBackwardWeights,
  denseForward,
  denseGeometry,
  type KernelChoice,
  maxPool2dBackward,
  maxPool2dForward,
  type NdArray,
  pool2dGeometry,
  type Scope,
  type Tensor,
} from "@convscope/kernels";
import {
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  type Layer,
  MaxPooling2D,
  RMSprop,
  Sequential,
} from "@convscope/layers";
import { versions } from "../../report/versions.ts";
import type { Competitor, Findings, Prepared } from "../competitor.ts";
import { augmentSeed, lectureAugmentation, type RaceData } from "../data.ts";
import {
  type AugmentWorkload,
  type LayerSpec,
  type ModelSpec,
  outputShapeOf,
  type PassWorkload,
  type PredictWorkload,
  type TrainWorkload,
  withoutDropout,
} from "../workloads.ts";

/** Ourselves. */
export async function openConvscope(kernels: KernelChoice): Promise<Competitor> {
  const device = await Device.open({ kernels });
  const { convscope, webgpu } = versions();
  return {
    versions: { convscope, webgpu },
    async prepare(workload, data) {
      switch (workload.kind) {
        case "train":
          return prepareTraining(device, workload, data);
        case "predict":
          return preparePrediction(device, workload, data);
        case "pass":
          return preparePass(device, workload, data);
        case "augment":
          return prepareAugmentation(device, workload, data);
      }
    },
  };
}

function layerOf(spec: LayerSpec, trainable: boolean, inputShape: readonly number[] | undefined): Layer {
  const common = { trainable, inputShape };
  switch (spec.kind) {
    case "conv2d":
      return new Conv2D({
        ...common,
        filters: spec.filters,
        kernelSize: 3,
        padding: spec.padding,
        activation: "relu",
      });
    case "maxPool2d":
      return new MaxPooling2D({ ...common, poolSize: 2 });
    case "flatten":
      return new Flatten(common);
    case "dense":
      return new Dense({ ...common, units: spec.units, activation: spec.activation });
    case "dropout":
      return new Dropout({ ...common, rate: spec.rate });
  }
}

function modelOf(device: Device, spec: ModelSpec, weights: readonly Float32Array[]): Sequential {
  const layers = spec.layers.map((layer, i) =>
    layerOf(layer, i >= spec.frozenLayers, i === 0 ? spec.inputShape : undefined),
  );
  const model = new Sequential(layers, { device, seed: 0 });
  model.layers
    .flatMap((layer) => layer.weights)
    .forEach((weight, i) => {
      weight.set({ shape: weight.shape, data: weights[i] });
    });
  return model;
}

function prepareTraining(
  device: Device,
  { model: spec, learningRate, batch }: TrainWorkload,
  { x, targets, weights }: RaceData,
): Prepared {
  const pictures = { shape: [batch, ...spec.inputShape], data: x };
  const labels = { shape: [batch, 1], data: targets };
  const compiled = (layers: ModelSpec) => {
    const model = modelOf(device, layers, weights);
    model.compile({ optimizer: new RMSprop({ learningRate }), loss: "binaryCrossentropy" });
    return model;
  };
  let model: Sequential | undefined;
  return {
    async check(): Promise<Findings> {
      using checked = compiled(withoutDropout(spec));
      const losses: number[] = [];
      const gradients: Float32Array[][] = [];
      for (let step = 0; step < 2; step++) {
        gradients.push(valuesOf(await checked.gradientsOnBatch(pictures, labels)));
        losses.push(Number(await checked.trainOnBatch(pictures, labels)));
      }
      const trained = await Promise.all(checked.trainableWeights.map((weight) => weight.read()));
      return { kind: "training", losses, gradients, weights: valuesOf(trained) };
    },
    async run() {
      model ??= compiled(spec);
      await model.trainOnBatch(pictures, labels);
    },
  };
}

const valuesOf = (arrays: readonly NdArray[]) => arrays.map(({ data }) => data);

function preparePrediction(
  device: Device,
  { model: spec, batch }: PredictWorkload,
  data: RaceData,
): Prepared {
  const model = modelOf(device, spec, data.weights);
  const predict = () => model.predictOnBatch({ shape: [batch, ...spec.inputShape], data: data.x });
  return {
    check: async () => ({ kind: "result", values: (await predict()).data }),
    async run() {
      await predict();
    },
  };
}

/**
 * By the iterator that a training has, whose pictures are decoded already, and kept: augmented by a thread for each core,
 * or sent to the device as bytes, and augmented there.
 */
async function prepareAugmentation(
  device: Device,
  { inputShape, batch, place }: AugmentWorkload,
  { pictures }: RaceData,
): Promise<Prepared> {
  const [, height, width, channels] = inputShape;
  const size = height * width * channels;
  const files = Array.from({ length: batch }, (_, i) => {
    const data = pictures.slice(i * size, (i + 1) * size);
    const name = String(i).padStart(4, "0");
    return { path: `pictures/${name}.png`, bytes: encodePng({ shape: [height, width, 3], data }) };
  });
  const open = <On extends AugmentOn>(augmentOn: On) =>
    flowFromFiles(files, {
      generator: new ImageDataGenerator(lectureAugmentation),
      targetSize: [height, width],
      batchSize: batch,
      classMode: null,
      shuffle: false,
      seed: augmentSeed,
      workers: availableParallelism(),
      augmentOn,
      log: () => {},
    });
  if (place === "memory") {
    const batches = await open("cpu");
    return {
      check: async () => ({ kind: "result", values: (await batches.batch(0, 0)).x.data }),
      async run() {
        await batches.batch(0, 0);
      },
    };
  }
  const batches = await open("gpu");
  const scope = device.scope();
  const upload = async () => {
    const { x } = await batches.batch(0, 0);
    scope.restart();
    return x.upload(scope);
  };
  return {
    check: async () => ({ kind: "result", values: (await device.read(await upload())).data }),
    async run() {
      await upload();
      await device.idle();
    },
  };
}

function preparePass(device: Device, workload: PassWorkload, data: RaceData): Prepared {
  const scope = device.scope();
  const pass = passOf(device, workload, data);
  return {
    check: async () => ({ kind: "result", values: (await device.read(pass(scope))).data }),
    async run(times) {
      for (let i = 0; i < times; i++) {
        scope.restart();
        pass(scope);
      }
      await device.idle();
    },
  };
}

/** Records a pass, its operands on the device already. */
function passOf(device: Device, workload: PassWorkload, data: RaceData): (scope: Scope) => Tensor {
  const { op, pass, inputShape, filterShape, padding } = workload;
  const x = device.tensor(inputShape, data.x);
  const dy = device.tensor(outputShapeOf(workload), pass === "forward" ? undefined : data.dy);
  if (op === "maxPool2d") {
    const geometry = pool2dGeometry({ inputShape, poolSize: 2, padding });
    if (pass === "forward") return (scope) => maxPool2dForward(scope, geometry, x).y;
    const { argmax } = maxPool2dForward(device.scope(), geometry, x);
    return (scope) => maxPool2dBackward(scope, geometry, argmax, dy);
  }
  const f = device.tensor(filterShape, data.weights[0]);
  const b = device.tensor([data.weights[1].length], data.weights[1]);
  if (op === "dense") {
    const geometry = denseGeometry(inputShape, filterShape);
    if (pass === "forward") return (scope) => denseForward(scope, x, f, b, "relu");
    if (pass === "backwardInput") return (scope) => denseBackwardInput(scope, geometry, dy, f);
    return (scope) => denseBackwardWeights(scope, geometry, x, dy);
  }
  const geometry = conv2dGeometry({ inputShape, filterShape, padding });
  if (pass === "forward") return (scope) => conv2dForward(scope, geometry, x, f, b, "relu");
  if (pass === "backwardInput") return (scope) => conv2dBackwardInput(scope, geometry, dy, f);
  return (scope) => conv2dBackwardFilter(scope, geometry, x, dy);
}
