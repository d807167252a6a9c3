// A few pictures of cats and dogs: real ones where the shared data is there, else drawn ones.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { drawPets, imgToArray, loadImg } from "@convscope/data";
import { sharedPath } from "@convscope/data/testing";
import type { NdArray } from "@convscope/kernels";

/** Cats and dogs in turns, [2 · pairs, size, size, 3], divided by 255; a cat's label is 0, a dog's 1. */
export async function pets(folder: string, pairs: number, size: number): Promise<{ x: NdArray; y: NdArray }> {
  const root = await folderOfPets(folder, pairs);
  const paths = Array.from({ length: 2 * pairs }, (_, i) => {
    const species = i % 2 === 0 ? "cat" : "dog";
    // The numbers of the lecture's training pictures begin at 0.
    return join(root, "train", `${species}s`, `${species}.${Math.floor(i / 2)}.jpg`);
  });
  const all = new Float32Array(paths.length * size * size * 3);
  for (const [i, path] of paths.entries()) {
    const { data } = imgToArray(await loadImg(path, { targetSize: [size, size] }));
    all.set(
      data.map((value) => value / 255),
      i * size * size * 3,
    );
  }
  return {
    x: { shape: [paths.length, size, size, 3], data: all },
    y: { shape: [paths.length, 1], data: Float32Array.from(paths, (_, i) => i % 2) },
  };
}

async function folderOfPets(folder: string, pairs: number): Promise<string> {
  const real = sharedPath("data/cats_and_dogs_small");
  if (existsSync(real)) return real;
  const { directory } = await drawPets(join(folder, "pets"), {
    train: pairs,
    validation: 1,
    test: 1,
    workers: 0,
  });
  return directory;
}

/** One sample of many. */
export function sampleOf({ shape: [, ...shape], data }: NdArray, index: number): NdArray {
  const size = shape.reduce((a, b) => a * b);
  return { shape, data: data.slice(index * size, (index + 1) * size) };
}
