import { RandomStream } from "@convscope/kernels/philox";
import type { ImageArray } from "../types.ts";
import { Canvas, type Placement } from "./canvas.ts";
import { drawLook, paintPet, type Species } from "./pet.ts";
import { light, paintBackground, paintOcclusion } from "./scene.ts";

/** The species by class index. */
export const SPECIES: readonly Species[] = ["cat", "dog"];

/** Shortest and longest side of a picture, in pixels. */
export type SizeRange = readonly [shortest: number, longest: number];

/**
 * Draws a cat or a dog as a child would: RGB bytes `[height, width, 3]`. The picture is a function of its arguments
 * alone. Everything but the shapes of ears, eyes, nose, whiskers and tail is drawn from the same distributions.
 * @param index the picture's number within its species
 */
export function drawPet(
  species: Species,
  index: number,
  seed: number,
  [shortest, longest]: SizeRange,
): ImageArray {
  const random = new RandomStream(seed, "drawing", SPECIES.indexOf(species), index);
  const side = (): number => shortest + random.integer(longest - shortest + 1);
  const [width, height] = [side(), side()];
  const canvas = new Canvas(width, height, {
    wobble: random.uniform(0.3, 2),
    wavelength: random.uniform(7, 18),
    phase: random.uniform(0, 2 * Math.PI),
    grain: random.uniform(0, 0.35),
    direction: random.uniform(0, Math.PI),
  });
  paintBackground(canvas, random);

  // The head takes a third to two thirds of the picture's shorter side, ears and all.
  const scale = Math.min(width, height) * random.uniform(0.17, 0.28);
  const placement: Placement = {
    scale,
    tilt: random.uniform(-0.3, 0.3),
    isMirrored: random.uniform() < 0.5,
    origin: [place(random, scale * 1.3, width), place(random, scale * 1.5, height - scale * 0.6)],
  };
  paintPet(canvas, species, drawLook(random), placement);
  paintOcclusion(canvas, random);
  light(canvas, random);
  return canvas.toImage();
}

/** Anywhere along a side that leaves `margin` at both ends, where there is room. */
function place(random: RandomStream, margin: number, side: number): number {
  const free = Math.max(0, side - 2 * margin);
  return (side - free) / 2 + random.uniform(0, free);
}
