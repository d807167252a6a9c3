import { ImageDataGenerator, type Transform } from "@convscope/data";
import { RandomStream } from "@convscope/kernels/philox";
import { type AugmentWorkload, type ModelSpec, outputShapeOf, shapesOf, type Workload } from "./workloads.ts";

/** The values that every competitor starts from: a seed's, so that each process makes them for itself. */
export interface RaceData {
  /** Pictures, features, or a pass's x. */
  readonly x: Float32Array;
  /** Of a training step, 0 or 1: [batch, 1]. Else empty. */
  readonly targets: Float32Array;
  /** A model's weights in Keras's order, filter and bias of each layer; or a pass's filter and bias. HWIO. */
  readonly weights: readonly Float32Array[];
  /** A backward pass's gradient of the result, before the activation. Else empty. */
  readonly dy: Float32Array;
  /** Of an augmentation: decoded pictures, and what is done to each. Else empty. */
  readonly pictures: Uint8Array;
  readonly transforms: readonly Transform[];
}

/** The lecture's augmentation. */
export const lectureAugmentation = {
  rotationRange: 40,
  widthShiftRange: 0.2,
  heightShiftRange: 0.2,
  shearRange: 0.2,
  zoomRange: 0.2,
  horizontalFlip: true,
  fillMode: "nearest",
  rescale: 1 / 255,
} as const;
/** How the iterator of an augmentation begins, whose first batch is raced. */
export const augmentSeed = 0;

const SEED = 0;
/** What each stream of random numbers is for; weights follow. */
const streams = { x: 0, targets: 1, dy: 2, weights: 3 } as const;

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** Random numbers repeat after so many: a prime, so that no two rows, pictures or filters are alike. */
const PERIOD = 262_147;

/** Fills an array: `value` makes an element from an integer below 2²⁴ and its index. */
function fill(stream: number, size: number, value: (random: number, index: number) => number): Float32Array {
  const random = new RandomStream(SEED, "test", stream);
  const drawn = Uint32Array.from({ length: Math.min(size, PERIOD) }, () => random.integer(2 ** 24));
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) values[i] = value(drawn[i % PERIOD], i);
  return values;
}

const uniform = (stream: number, size: number, low: number, high: number) =>
  fill(stream, size, (random) => low + ((high - low) * random) / 2 ** 24);

/** Kernel and bias, of He's scale: with rectifiers between them, values keep their size through the layers. */
function layerWeights(filterShape: readonly number[], index: number): Float32Array[] {
  const outputs = filterShape[filterShape.length - 1];
  const limit = Math.sqrt((6 * outputs) / sizeOf(filterShape));
  const stream = streams.weights + 2 * index;
  return [
    uniform(stream, sizeOf(filterShape), -limit, limit),
    uniform(stream + 1, outputs, -0.1 * limit, 0.1 * limit),
  ];
}

const modelWeights = (model: ModelSpec) =>
  shapesOf(model)
    .filter(({ filterShape }) => filterShape.length > 0)
    .flatMap(({ filterShape }, i) => layerWeights(filterShape, i));

/**
 * A pool's x [n,h,w,c], above 0 as behind a rectifier. No two values of a window are equal: to which of equal maxima a
 * gradient goes is a matter of taste, and no matter of this race.
 */
function withoutTies([, rows, columns, channels]: readonly number[], size: number): Float32Array {
  return fill(streams.x, size, (random, i) => {
    const column = Math.floor(i / channels) % columns;
    const row = Math.floor(i / channels / columns) % rows;
    return ((random & ~3) + 2 * (row % 2) + (column % 2) + 1) / 2 ** 24;
  });
}

/** Noise, of which every error of a coordinate shows; and the draws of an iterator's first batch. */
function picturesOf({ batch, inputShape }: AugmentWorkload): Pick<RaceData, "pictures" | "transforms"> {
  const draws = new ImageDataGenerator(lectureAugmentation).draws({
    samples: batch,
    batchSize: batch,
    shuffle: false,
    seed: augmentSeed,
    imageShape: inputShape.slice(1),
  });
  return {
    pictures: Uint8Array.from(uniform(streams.x, sizeOf(inputShape), 0, 256)),
    transforms: draws.transforms(0, 0).map((transform) => transform ?? {}),
  };
}

/** The data of a workload; the same at each call. */
export function dataOf(workload: Workload): RaceData {
  const none = new Float32Array(0);
  const noPictures = { pictures: new Uint8Array(0), transforms: [] };
  if (workload.kind === "augment") {
    return { x: none, targets: none, weights: [], dy: none, ...picturesOf(workload) };
  }
  if (workload.kind === "pass") {
    const { op, pass, inputShape, filterShape } = workload;
    const size = sizeOf(inputShape);
    return {
      x: op === "maxPool2d" ? withoutTies(inputShape, size) : uniform(streams.x, size, -1, 1),
      targets: none,
      weights: op === "maxPool2d" ? [] : layerWeights(filterShape, 0),
      dy: pass === "forward" ? none : uniform(streams.dy, sizeOf(outputShapeOf(workload)), -1, 1),
      ...noPictures,
    };
  }
  const { model, batch, kind } = workload;
  return {
    x: uniform(streams.x, batch * sizeOf(model.inputShape), 0, 1),
    targets: kind === "train" ? uniform(streams.targets, batch, 0, 1).map(Math.round) : none,
    weights: modelWeights(model),
    dy: none,
    ...noPictures,
  };
}
