import { extname } from "node:path";
import { writeFileAtomically } from "@convscope/storage";
import { messageOf } from "@convscope/storage/message-of";
import { convertColorMode } from "./image/color-mode.ts";
import { encodeJpeg } from "./image/encode-jpeg.ts";
import { encodePng } from "./image/encode-png.ts";
import { type ArrayToImgOptions, arrayToImg } from "./image/image-array.ts";
import type { ImageArray, NdArray } from "./types.ts";

/** Keras's arguments of `save_img`, and the quality. `scale` and `dataFormat` are those of an array of numbers. */
export interface SaveImgOptions extends ArrayToImgOptions {
  /** Default by the extension of the path. */
  readonly fileFormat?: "jpg" | "jpeg" | "png";
  /** Of a JPEG, 1 … 100; default 90. */
  readonly quality?: number;
}

/**
 * Writes a picture to disk: Keras's `save_img`. The file appears whole or not at all.
 * @param x bytes, which are written as they are, or an array of numbers, which is first made a picture by `arrayToImg`
 * @throws for another format, and where the file cannot be written
 */
export async function saveImg(
  path: string,
  x: ImageArray | NdArray,
  { fileFormat, quality, scale, dataFormat }: SaveImgOptions = {},
): Promise<void> {
  const format = fileFormat ?? extname(path).slice(1).toLowerCase();
  if (!["jpg", "jpeg", "png"].includes(format)) {
    const what =
      fileFormat === undefined ? `${path} ends with "${extname(path)}"` : `fileFormat is "${format}"`;
    throw new Error(`[saveImg] ${what}; jpg, jpeg or png was needed.`);
  }
  let image = isImage(x) ? x : arrayToImg(x, { scale, dataFormat });
  if (format !== "png" && image.shape[2] === 4) {
    console.warn("[saveImg] The JPG format does not support RGBA images, converting to RGB.");
    image = convertColorMode(image, "rgb");
  }
  const bytes = format === "png" ? encodePng(image) : encodeJpeg(image, { quality });
  try {
    await writeFileAtomically(path, bytes);
  } catch (error) {
    throw new Error(`[saveImg] ${path} cannot be written: ${messageOf(error)}`, { cause: error });
  }
}

const isImage = (x: ImageArray | NdArray): x is ImageArray => x.data instanceof Uint8Array;
