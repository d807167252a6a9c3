import type { NdArray } from "@convscope/kernels";
import { RandomStream } from "@convscope/kernels/philox";

/** Small pictures of noise, those of class 1 with a bright bar in one of their rows: learnable by a small CNN. */
export function toyPictures(samples: number, seed = 0, side = 8): { x: NdArray; y: NdArray } {
  const stream = new RandomStream(seed, "test");
  const x = new Float32Array(samples * side * side);
  const y = new Float32Array(samples);
  for (let n = 0; n < samples; n++) {
    for (let i = 0; i < side * side; i++) x[n * side * side + i] = stream.uniform(0, 0.5);
    y[n] = n % 2;
    if (y[n] === 0) continue;
    const row = stream.integer(side);
    x.fill(1, (n * side + row) * side, (n * side + row + 1) * side);
  }
  return { x: { shape: [samples, side, side, 1], data: x }, y: { shape: [samples], data: y } };
}

/** An array of the given numbers. */
export function array(shape: readonly number[], values: readonly number[]): NdArray {
  return { shape, data: Float32Array.from(values) };
}

/** Batches of whole arrays, cut by hand. */
export function* batches({ x, y }: { x: NdArray; y: NdArray }, size: number) {
  const sample = x.data.length / x.shape[0];
  for (let from = 0; from < x.shape[0]; from += size) {
    const to = Math.min(from + size, x.shape[0]);
    yield {
      x: { shape: [to - from, ...x.shape.slice(1)], data: x.data.slice(from * sample, to * sample) },
      y: { shape: [to - from], data: y.data.slice(from, to) },
    };
  }
}

/** The same without an end. */
export function* endless(data: { x: NdArray; y: NdArray }, size: number) {
  while (true) yield* batches(data, size);
}
