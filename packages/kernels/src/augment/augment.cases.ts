import { RandomStream } from "../philox/index.ts";
import type { PictureAugmentation } from "./pictures.ts";

/** Bytes that change as wildly from pixel to pixel as bytes can. */
export function noise(size: number, seed: number): Uint8Array {
  const stream = new RandomStream(seed, "test");
  return Uint8Array.from({ length: size }, () => stream.integer(256));
}

type Map = NonNullable<PictureAugmentation["map"]>;

/**
 * A map drawn from the ranges of Keras's well-known example: rotated by up to 40 degrees, shifted by a fifth of the picture,
 * sheared by 0.2 radians (which are degrees today, and then nearly nothing), zoomed by a fifth, about the picture's middle.
 */
export function drawMap(stream: RandomStream, height: number, width: number): Map {
  const theta = (stream.uniform(-40, 40) * Math.PI) / 180;
  const tx = stream.uniform(-0.2, 0.2) * height;
  const ty = stream.uniform(-0.2, 0.2) * width;
  const shear = stream.uniform(-0.2, 0.2);
  const zx = stream.uniform(0.8, 1.2);
  const zy = stream.uniform(0.8, 1.2);
  const [sin, cos] = [Math.sin(theta), Math.cos(theta)];
  // Rotation · shift · shear · zoom.
  const matrix = [
    cos * zx,
    (-cos * Math.sin(shear) - sin * Math.cos(shear)) * zy,
    sin * zx,
    (-sin * Math.sin(shear) + cos * Math.cos(shear)) * zy,
  ] as const;
  return about(matrix, [cos * tx - sin * ty, sin * tx + cos * ty], height, width);
}

/** The map that does so about the picture's middle, and then adds a shift. */
export function about(
  matrix: Map["matrix"],
  shift: readonly [number, number],
  height: number,
  width: number,
): Map {
  const [row, column] = [(height - 1) / 2, (width - 1) / 2];
  return {
    matrix,
    offset: [
      row - matrix[0] * row - matrix[1] * column + shift[0],
      column - matrix[2] * row - matrix[3] * column + shift[1],
    ],
  };
}
