import { readPicture } from "../read-picture.ts";
import type { PictureLocation } from "./picture-jobs.ts";
import { readLocation as readHeld } from "./read-location-browser.ts";

/**
 * The bytes of a picture: of a file on disk, or held already.
 * @throws {ImageError} for a file that cannot be read
 */
export const readLocation = (location: PictureLocation): Promise<Uint8Array> =>
  typeof location === "string" ? readPicture(location) : readHeld(location);
