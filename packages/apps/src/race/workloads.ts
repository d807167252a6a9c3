/** What is raced: plain data, the same for every contestant. */

export type LayerSpec =
  /** 3×3, strides 1, with bias and a rectifier. */
  | { readonly kind: "conv2d"; readonly filters: number; readonly padding: "valid" | "same" }
  /** 2×2, strides 2. */
  | { readonly kind: "maxPool2d" }
  | { readonly kind: "flatten" }
  | { readonly kind: "dense"; readonly units: number; readonly activation: "relu" | "sigmoid" }
  | { readonly kind: "dropout"; readonly rate: number };

export interface ModelSpec {
  /** One sample, without the batch: rows, columns, channels; or features. */
  readonly inputShape: readonly number[];
  readonly layers: readonly LayerSpec[];
  /** So many of the first layers are not trained. */
  readonly frozenLayers: number;
}

interface Common {
  readonly name: string;
  readonly batch: number;
  /** Floating-point operations of one run, two for a multiply-add, of the sums that define it. */
  readonly gflop: number;
}

/** One step: forward, binary cross-entropy, backward, RMSprop (ρ 0.9, ε 1e-7 outside the root), the loss read back. */
export interface TrainWorkload extends Common {
  readonly kind: "train";
  readonly model: ModelSpec;
  readonly learningRate: number;
}
/** A batch's results, read back. */
export interface PredictWorkload extends Common {
  readonly kind: "predict";
  readonly model: ModelSpec;
}
/** One pass of one layer, on data that is on the device already. */
export interface PassWorkload extends Common {
  readonly kind: "pass";
  readonly op: "conv2d" | "maxPool2d" | "dense";
  /** forward: with bias and rectifier (conv2d, dense). The others take dy, the gradient before them. */
  readonly pass: "forward" | "backwardInput" | "backwardFilter" | "backwardWeights" | "backward";
  /** NHWC, or rows and inputs. */
  readonly inputShape: readonly number[];
  /** Of conv2d HWIO, of dense inputs and outputs, of a pool empty. */
  readonly filterShape: readonly number[];
  readonly padding: "valid" | "same";
}
/**
 * Decoded pictures, bytes, become a batch of float32: each warped, flipped and rescaled in its own way. The draws are data,
 * the same for everybody.
 */
export interface AugmentWorkload extends Common {
  readonly kind: "augment";
  /** NHWC. */
  readonly inputShape: readonly [batch: number, height: number, width: number, channels: number];
  /** Where the batch must be: in the CPU's memory, or on the device, all work on it done. */
  readonly place: "memory" | "device";
}
export type Workload = TrainWorkload | PredictWorkload | PassWorkload | AugmentWorkload;

const conv2d = (filters: number, padding: "valid" | "same"): LayerSpec => ({
  kind: "conv2d",
  filters,
  padding,
});
const pool: LayerSpec = { kind: "maxPool2d" };
const flatten: LayerSpec = { kind: "flatten" };
const dense = (units: number, activation: "relu" | "sigmoid"): LayerSpec => ({
  kind: "dense",
  units,
  activation,
});

const smallCnn: ModelSpec = {
  inputShape: [150, 150, 3],
  layers: [
    ...[32, 64, 128, 128].flatMap((filters) => [conv2d(filters, "valid"), pool]),
    flatten,
    dense(512, "relu"),
    dense(1, "sigmoid"),
  ],
  frozenLayers: 0,
};

/** The convolutions of VGG16's five blocks. */
const VGG16_BLOCKS = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [512, 512, 512],
];
const vgg16Layers = VGG16_BLOCKS.flatMap((block) => [
  ...block.map((filters) => conv2d(filters, "same")),
  pool,
]);
const vgg16: ModelSpec = { inputShape: [150, 150, 3], layers: vgg16Layers, frozenLayers: vgg16Layers.length };
/** The base with a head: the last block and the head are trained. */
const fineTuned: ModelSpec = {
  inputShape: [150, 150, 3],
  layers: [...vgg16Layers, flatten, dense(256, "relu"), dense(1, "sigmoid")],
  frozenLayers: vgg16Layers.length - 4,
};
/** The head alone, on features that the base made once. */
const head: ModelSpec = {
  inputShape: [8192],
  layers: [dense(256, "relu"), { kind: "dropout", rate: 0.5 }, dense(1, "sigmoid")],
  frozenLayers: 0,
};

/** A layer of a model with the shapes that it has there, a sample each. */
export interface ShapedLayer {
  readonly layer: LayerSpec;
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  /** Of the weights before the bias: HWIO, or inputs and outputs; empty where there are none. */
  readonly filterShape: readonly number[];
  /** Multiply-adds of its forward pass for one sample, times two. */
  readonly flop: number;
}

const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** Works out every layer's shapes. */
export function shapesOf(model: ModelSpec): ShapedLayer[] {
  let shape = model.inputShape;
  return model.layers.map((layer) => {
    const inputShape = shape;
    let filterShape: readonly number[] = [];
    let flop = 0;
    if (layer.kind === "conv2d") {
      const [rows, columns, channels] = inputShape;
      const cut = layer.padding === "valid" ? 2 : 0;
      shape = [rows - cut, columns - cut, layer.filters];
      filterShape = [3, 3, channels, layer.filters];
      flop = 2 * product(shape) * 9 * channels;
    } else if (layer.kind === "maxPool2d") {
      const [rows, columns, channels] = inputShape;
      shape = [Math.floor(rows / 2), Math.floor(columns / 2), channels];
    } else if (layer.kind === "flatten") {
      shape = [product(inputShape)];
    } else if (layer.kind === "dense") {
      shape = [layer.units];
      filterShape = [product(inputShape), layer.units];
      flop = 2 * product(filterShape);
    }
    return { layer, inputShape, outputShape: shape, filterShape, flop };
  });
}

/** The same model without its dropout, whose masks are each library's own. */
export function withoutDropout(spec: ModelSpec): ModelSpec {
  return { ...spec, layers: spec.layers.filter(({ kind }) => kind !== "dropout") };
}

const forwardFlop = (model: ModelSpec) => shapesOf(model).reduce((sum, { flop }) => sum + flop, 0);

/** A training step's: forward; and for each trained layer its weights' gradient, and its input's but for the lowest. */
function stepFlop(model: ModelSpec): number {
  const trained = shapesOf(model)
    .slice(model.frozenLayers)
    .filter(({ flop }) => flop > 0);
  const backward = trained.reduce((sum, { flop }) => sum + 2 * flop, 0) - (trained[0]?.flop ?? 0);
  return forwardFlop(model) + backward;
}

const BATCH = 20;

const train = (name: string, model: ModelSpec, learningRate: number): TrainWorkload => ({
  name,
  kind: "train",
  batch: BATCH,
  model,
  learningRate,
  gflop: (BATCH * stepFlop(model)) / 1e9,
});
const predict = (name: string, model: ModelSpec, batch = BATCH): PredictWorkload => ({
  name,
  kind: "predict",
  batch,
  model,
  gflop: (batch * forwardFlop(model)) / 1e9,
});

const augment = (name: string, place: AugmentWorkload["place"]): AugmentWorkload => ({
  name,
  kind: "augment",
  batch: BATCH,
  inputShape: [BATCH, 150, 150, 3],
  place,
  gflop: 0, // hardly any: it is a matter of memory
});

/** The passes of one layer; the first layer's input needs no gradient. */
function passesOf(
  name: string,
  { layer, inputShape, filterShape, flop }: ShapedLayer,
  isFirst: boolean,
): PassWorkload[] {
  if (layer.kind === "flatten" || layer.kind === "dropout") return [];
  const passes =
    layer.kind === "conv2d"
      ? (["forward", "backwardInput", "backwardFilter"] as const)
      : layer.kind === "dense"
        ? (["forward", "backwardInput", "backwardWeights"] as const)
        : (["forward", "backward"] as const);
  const op = layer.kind;
  return passes
    .filter((pass) => !(isFirst && pass === "backwardInput"))
    .map((pass) => ({
      name: `${name}.${pass}`,
      kind: "pass",
      batch: BATCH,
      op,
      pass,
      inputShape: [BATCH, ...(op === "dense" ? [product(inputShape)] : inputShape)],
      filterShape,
      padding: layer.kind === "conv2d" ? layer.padding : "valid",
      gflop: (BATCH * flop) / 1e9,
    }));
}

function smallCnnPasses(): PassWorkload[] {
  const counts = { conv2d: 0, maxPool2d: 0, dense: 0, flatten: 0, dropout: 0 };
  const names = { conv2d: "conv", maxPool2d: "pool", dense: "dense", flatten: "", dropout: "" };
  return shapesOf(smallCnn).flatMap((shaped, i) => {
    const { kind } = shaped.layer;
    counts[kind]++;
    return passesOf(`${names[kind]}${counts[kind]}`, shaped, i === 0);
  });
}

/** VGG16's convolutions, those of the same sizes once. */
function vgg16Passes(): PassWorkload[] {
  const seen = new Set<string>();
  const shaped = shapesOf(vgg16).filter(({ layer }) => layer.kind === "conv2d");
  const names = VGG16_BLOCKS.flatMap((block, b) => block.map((_, i) => `block${b + 1}_conv${i + 1}`));
  return names.flatMap((name, i) => {
    const sizes = `${shaped[i].inputShape} ${shaped[i].filterShape}`;
    if (seen.has(sizes)) return [];
    seen.add(sizes);
    return passesOf(name, shaped[i], i === 0);
  });
}

/** Of a pass's forward. */
export function outputShapeOf({ op, inputShape, filterShape, padding }: PassWorkload): readonly number[] {
  const [batch, rows, columns, channels] = inputShape;
  if (op === "dense") return [batch, filterShape[1]];
  if (op === "maxPool2d") return [batch, Math.floor(rows / 2), Math.floor(columns / 2), channels];
  const cut = padding === "valid" ? 2 : 0;
  return [batch, rows - cut, columns - cut, filterShape[3]];
}

/** Everything that can be raced, in the order in which it is shown. */
export const workloads: readonly Workload[] = [
  train("train-step", smallCnn, 1e-4),
  predict("predict", smallCnn),
  train("head-step", head, 2e-5),
  ...smallCnnPasses(),
  predict("vgg16-forward", vgg16),
  predict("vgg16-forward-1", vgg16, 1),
  train("fine-tune-step", fineTuned, 1e-5),
  ...vgg16Passes(),
  augment("augment", "memory"),
  augment("augment-device", "device"),
];
