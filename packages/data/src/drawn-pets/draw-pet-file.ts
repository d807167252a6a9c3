import { writeFile } from "node:fs/promises";
import { drawPet, type SizeRange } from "./draw-pet.ts";
import { encodeJpegFast } from "./encode-jpeg-fast.ts";
import type { Species } from "./pet.ts";

/** A drawn picture and where it goes. */
export interface DrawPetJob {
  readonly path: string;
  readonly species: Species;
  readonly index: number;
  readonly seed: number;
  readonly sizeRange: SizeRange;
}

const JPEG_QUALITY = 88;

/** Draws one pet into a JPEG file. */
export async function drawPetFile({ path, species, index, seed, sizeRange }: DrawPetJob): Promise<void> {
  const image = drawPet(species, index, seed, sizeRange);
  await writeFile(path, await encodeJpegFast(image, { quality: JPEG_QUALITY }));
}
