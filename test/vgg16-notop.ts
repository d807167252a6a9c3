// VGG16 without its top, a second time: its file as Keras 1 wrote it, and its features in plain float64 loops.
import type { NdArray } from "@convscope/kernels";
import {
  Conv2D,
  input,
  MaxPooling2D,
  Model,
  modelFileBytes,
  type SavedLayerWeights,
  type SavedModel,
} from "@convscope/layers";

/** 3×3 convolutions and their filters, block by block. */
const blocks = [
  [2, 64],
  [2, 128],
  [3, 256],
  [3, 512],
  [3, 512],
] as const;

/**
 * The layers of vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5 with random weights, as reference/make-vgg16-notop.py
 * makes them: `block1_conv1/block1_conv1_W_1:0` in HWIO, and a group for what has no weights, too. The kernels are as wide as
 * He's, so that the activations stay in range.
 * @param divideChannels makes a smaller one of the same layout
 */
export function randomVgg16Notop(seed: number, divideChannels = 1): SavedLayerWeights[] {
  const layers: SavedLayerWeights[] = [{ name: "input_1", weights: [] }];
  const random = mulberry32(seed);
  let inputs = 3;
  blocks.forEach(([convolutions, channels], block) => {
    const filters = channels / divideChannels;
    for (let i = 1; i <= convolutions; i++) {
      const name = `block${block + 1}_conv${i}`;
      const half = Math.sqrt(6 / (9 * inputs));
      layers.push({
        name,
        weights: [
          { name: `${name}/${name}_W_1:0`, ...uniform(random, [3, 3, inputs, filters], half) },
          { name: `${name}/${name}_b_1:0`, ...uniform(random, [filters], 0.1) },
        ],
      });
      inputs = filters;
    }
    layers.push({ name: `block${block + 1}_pool`, weights: [] });
  });
  return layers;
}

/** VGG16's base with so many times fewer channels, with its layers' names. */
export function narrowVgg16(inputShape: readonly number[], divideChannels: number): Model {
  const x = input({ shape: inputShape });
  let y = x;
  blocks.forEach(([convolutions, channels], block) => {
    const name = `block${block + 1}`;
    const options = {
      filters: channels / divideChannels,
      kernelSize: 3,
      padding: "same",
      activation: "relu",
    } as const;
    for (let i = 1; i <= convolutions; i++) y = new Conv2D({ ...options, name: `${name}_conv${i}` }).apply(y);
    y = new MaxPooling2D({ name: `${name}_pool`, poolSize: 2 }).apply(y);
  });
  return new Model({ inputs: x, outputs: y, name: "vgg16" });
}

/** Numbers in [-half, half). */
function uniform(random: () => number, shape: readonly number[], half: number): NdArray {
  const data = new Float32Array(shape.reduce((a, b) => a * b));
  for (let i = 0; i < data.length; i++) data[i] = (2 * random() - 1) * half;
  return { shape, data };
}

/** Uniform numbers in [0, 1): Tommy Ettinger's generator, quick enough for fifteen million. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** As a file's bytes: Keras 1 wrote no versions. */
export async function vgg16NotopFile(layers: readonly SavedLayerWeights[]): Promise<Uint8Array> {
  const saved: SavedModel = { format: "weights-h5", layers };
  return (await modelFileBytes("weights-h5", saved)).get("model.h5")!;
}

interface Features {
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly data: Float64Array;
}

/** The features of one picture, [height, width, 3], by the definitions. */
export function vgg16Features({ shape, data }: NdArray, layers: readonly SavedLayerWeights[]): Features {
  const [height, width, channels] = shape;
  let y: Features = { shape: [height, width, channels], data: Float64Array.from(data) };
  for (const { name, weights } of layers) {
    if (name.includes("_conv")) y = reluOfConvolution(y, weights[0], weights[1].data);
    if (name.includes("_pool")) y = halved(y);
  }
  return y;
}

/** Padded with zeros to the same size. */
function reluOfConvolution({ shape, data }: Features, kernel: NdArray, bias: Float32Array): Features {
  const [height, width, inputs] = shape;
  const filters = bias.length;
  const y = new Float64Array(height * width * filters);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const sums = y.subarray((row * width + column) * filters, (row * width + column + 1) * filters);
      sums.set(bias);
      for (let tap = 0; tap < 9; tap++) {
        const [r, c] = [row + Math.floor(tap / 3) - 1, column + (tap % 3) - 1];
        if (r < 0 || r >= height || c < 0 || c >= width) continue;
        for (let input = 0; input < inputs; input++) {
          const value = data[(r * width + c) * inputs + input];
          if (value === 0) continue; // half of them, behind a relu
          const from = (tap * inputs + input) * filters;
          for (let f = 0; f < filters; f++) sums[f] += value * kernel.data[from + f];
        }
      }
      for (let f = 0; f < filters; f++) sums[f] = Math.max(0, sums[f]);
    }
  }
  return { shape: [height, width, filters], data: y };
}

/** The largest of each 2×2, where there is a whole one. */
function halved({ shape, data }: Features): Features {
  const [height, width, channels] = shape;
  const [rows, columns] = [Math.floor(height / 2), Math.floor(width / 2)];
  const y = new Float64Array(rows * columns * channels);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      for (let c = 0; c < channels; c++) {
        const at = (r: number, s: number) => data[((row * 2 + r) * width + column * 2 + s) * channels + c];
        y[(row * columns + column) * channels + c] = Math.max(at(0, 0), at(0, 1), at(1, 0), at(1, 1));
      }
  return { shape: [rows, columns, channels], data: y };
}

/**
 * How far features may be off, of the largest one. A convolution by Winograd's algorithm is off by up to 1.2e-5 of its
 * largest value, a direct one by less. He's kernels keep the size of an error as they keep that of the values, and the errors
 * of thirteen layers are independent: their squares add up.
 */
export const vgg16Tolerance = Math.sqrt(13) * 1.2e-5;

/** The largest difference, as a part of the largest feature. */
export function differenceOf(got: Float32Array, { data: wanted }: Features): number {
  if (got.length !== wanted.length) throw new Error(`${got.length} features, and not ${wanted.length}.`);
  let [difference, largest] = [0, 0];
  wanted.forEach((value, i) => {
    difference = Math.max(difference, Math.abs(got[i] - value));
    largest = Math.max(largest, Math.abs(value));
  });
  return difference / largest;
}
