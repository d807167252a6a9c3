import { extname } from "node:path";
import { encodeJpeg } from "./image/encode-jpeg.ts";
import { encodePng } from "./image/encode-png.ts";
import { messageOf } from "./image/image-error.ts";
import type { ImageArray } from "./types.ts";
import { writeFileAtomically } from "./write-file.ts";

/**
 * Writes a picture to disk: JPEG or PNG, by the extension. The file appears whole or not at all.
 * @param options.quality of a JPEG, 1 … 100; default 90
 * @throws for another extension, and where the file cannot be written
 */
export async function saveImg(
  path: string,
  image: ImageArray,
  options: { quality?: number } = {},
): Promise<void> {
  const extension = extname(path).toLowerCase();
  if (![".jpg", ".jpeg", ".png"].includes(extension)) {
    throw new Error(`[saveImg] ${path} ends with "${extension}"; .jpg, .jpeg or .png was needed.`);
  }
  const bytes = extension === ".png" ? encodePng(image) : encodeJpeg(image, options);
  try {
    await writeFileAtomically(path, bytes);
  } catch (error) {
    throw new Error(`[saveImg] ${path} cannot be written: ${messageOf(error)}`, { cause: error });
  }
}
