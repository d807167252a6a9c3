import { messageOf } from "@convscope/storage/message-of";
import { ImageError } from "../image/image-error.ts";
import type { PictureLocation } from "./picture-jobs.ts";

/**
 * The bytes of a picture that a browser holds.
 * @throws {ImageError} where they cannot be had: the file was changed or removed since it was picked
 */
export async function readLocation(location: PictureLocation): Promise<Uint8Array> {
  if (location instanceof Uint8Array) return location;
  if (typeof location === "string")
    throw new ImageError("is a path: a browser reads no files by their path.");
  if (!("arrayBuffer" in location)) return location;
  try {
    return new Uint8Array(await location.arrayBuffer());
  } catch (error) {
    throw new ImageError(`cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
