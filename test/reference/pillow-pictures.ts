import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ImageArray } from "@convscope/data";

/** A line of pillow-pictures.txt, hashes of what Pillow makes of a picture: see pillow-pictures.py. */
export interface PillowPicture {
  readonly name: string;
  readonly decoded: string;
  /** nearest, bilinear, bicubic, hamming, box, lanczos; "-" where there is none. */
  readonly resized: readonly string[];
}

export const pillowPictures: readonly PillowPicture[] = readFileSync(
  fileURLToPath(new URL("./pillow-pictures.txt", import.meta.url)),
  "utf8",
)
  .trim()
  .split("\n")
  .filter((line) => !line.startsWith("#"))
  .map((line) => {
    const [name, decoded, ...resized] = line.split(" ");
    return { name, decoded, resized };
  });

/** The hash of a picture's bytes, as that file has it. */
export const digest = (image: ImageArray): string =>
  createHash("sha256").update(image.data).digest("hex").slice(0, 16);
