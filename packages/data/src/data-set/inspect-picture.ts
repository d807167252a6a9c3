import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { messageOf } from "@convscope/storage/message-of";
import { decodeImage } from "../image/decode-image.ts";
import { ImageError } from "../image/image-error.ts";
import { type ImageFormat, imageFormat } from "../image/image-format.ts";
import { readPicture } from "../read-picture.ts";

/** Why a file is no picture to train on. */
export type Defect = "unreadable" | "empty" | "truncated" | "too-large" | "undecodable";

/** What a file is. */
export interface Inspection {
  /** The SHA-256 of the content, in hexadecimal, where it could be read. */
  readonly sha256?: string;
  /** What is wrong with it, where something is; `reason` is a phrase that follows the file's name. */
  readonly defect?: { readonly kind: Defect; readonly reason: string };
  /** A phrase: what it is in truth, where its extension says something else. */
  readonly mislabelled?: string;
}

/** Larger files are not read: no picture is that large, and a picture is read in one piece. */
const MAX_BYTES = 1 << 30;

/** Extension to format, of those that are read. */
const FORMATS: Readonly<Record<string, ImageFormat>> = {
  ".jpg": "jpeg",
  ".jpeg": "jpeg",
  ".png": "png",
  ".bmp": "bmp",
  ".ppm": "pnm",
};

/** Reads and decodes a picture in order to see whether that works. The pixels are thrown away. */
export async function inspectPicture({ path }: { readonly path: string }): Promise<Inspection> {
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  if (size > MAX_BYTES) {
    const reason = `is a file of ${(size / 2 ** 30).toFixed(1)} GiB: at most 1 is read.`;
    return { defect: { kind: "too-large", reason } };
  }
  let bytes: Uint8Array;
  try {
    bytes = await readPicture(path);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    // It was there when the folder was listed.
    const reason = error.reason === "does not exist." ? "is a link to nowhere." : error.reason;
    return { defect: { kind: "unreadable", reason } };
  }
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  try {
    const format = imageFormat(bytes);
    await decodeImage(bytes);
    const extension = extname(path).toLowerCase();
    return FORMATS[extension] === format
      ? { sha256 }
      : { sha256, mislabelled: `is a ${format.toUpperCase()}.` };
  } catch (error) {
    if (!(error instanceof ImageError)) {
      return { sha256, defect: { kind: "undecodable", reason: `cannot be decoded: ${messageOf(error)}.` } };
    }
    return { sha256, defect: { kind: defectOf(error.reason), reason: error.reason } };
  }
}

/** The reasons are those of `image/`, and say in their first words what is wrong. */
function defectOf(reason: string): Defect {
  if (reason.startsWith("is empty")) return "empty";
  if (reason.startsWith("is truncated")) return "truncated";
  if (/^(claims|is too large)/.test(reason)) return "too-large";
  return "undecodable";
}
