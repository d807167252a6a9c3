import { type NdArray, sizeOf } from "@convscope/kernels";
import type { RandomStream } from "@convscope/kernels/philox";

/** Values for an input of a shape. */
export type Values = (random: RandomStream, shape: readonly number[]) => NdArray;

const filled =
  (draw: (random: RandomStream) => number): Values =>
  (random, shape) => ({ shape, data: Float32Array.from({ length: sizeOf(shape) }, () => draw(random)) });

/** Anything between −1 and 1. */
export const signed = filled((random) => random.uniform(-1, 1));

/** Between −3 and 3: as logits are. */
export const logits = filled((random) => random.uniform(-3, 3));

/** Between 0.2 and 0.8: probabilities that no loss clips. */
export const probabilities = filled((random) => random.uniform(0.2, 0.8));

/** Weights of samples. */
export const sampleWeights = filled((random) => random.uniform(0.25, 2));

/** 0 or 1. */
export const bits = filled((random) => random.integer(2));

/** At least 1/4 away from relu's kink at 0. */
export const awayFromZero = filled((random) => random.uniform(0.25, 1) * sign(random));

/** 1 or −1: weights for odd sums. */
export const signs = filled(sign);

/** Odd numbers from −3 to 3. An odd number of them, times `signs`, plus `evenNumbers`: a sum at least 1 away from 0. */
export const oddNumbers = filled((random) => 2 * random.integer(4) - 3);

/** −2, 0 or 2. */
export const evenNumbers = filled((random) => 2 * random.integer(3) - 2);

function sign(random: RandomStream): number {
  return 2 * random.integer(2) - 1;
}

/** Pictures (NHWC) in which no two pixels of a channel are closer than 1/8: no window has a tie near. */
export const distinctPixels: Values = (random, shape) => {
  const [batch, height, width, channels] = shape;
  const pixels = height * width;
  const data = new Float32Array(sizeOf(shape));
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      random.permutation(pixels).forEach((rank, pixel) => {
        data[(n * pixels + pixel) * channels + c] = (rank - pixels / 2) / 8;
      });
    }
  }
  return { shape, data };
};

/** In each row (the last axis) numbers from 1/4 on that are 1/4 apart, in any order: no two are the greatest. */
export const distinctInRow: Values = (random, shape) => {
  const data = new Float32Array(sizeOf(shape));
  const width = shape[shape.length - 1];
  for (let row = 0; row < data.length; row += width) {
    random.permutation(width).forEach((rank, i) => {
      data[row + i] = (rank + 1) / 4 + 1 / 16;
    });
  }
  return { shape, data };
};

/** A 1 among zeros in each row (the last axis). */
export const oneHot: Values = (random, shape) => {
  const data = new Float32Array(sizeOf(shape));
  const classes = shape[shape.length - 1];
  for (let row = 0; row < data.length; row += classes) data[row + random.integer(classes)] = 1;
  return { shape, data };
};

/** Whole numbers from 0 to `classes` − 1. */
export const classNumbers = (classes: number): Values => filled((random) => random.integer(classes));
