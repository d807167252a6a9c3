/// <reference path="./pngjs.d.ts" />
import pngjs from "pngjs";
import type { ImageArray } from "../types.ts";
import { convertColorMode } from "./color-mode.ts";

/** PNG's number for so many channels. */
const COLOR_TYPES: Readonly<Record<number, 0 | 2 | 6>> = { 1: 0, 3: 2, 4: 6 };

/** Encodes a picture as an 8-bit PNG, gray, RGB or RGBA as it is, with pngjs. */
export function encodePng(image: ImageArray): Uint8Array {
  const [height, width, channels] = image.shape;
  const bitmap = { width, height, data: convertColorMode(image, "rgba").data };
  // no Buffer, whose slice() shares memory
  return new Uint8Array(pngjs.PNG.sync.write(bitmap, { colorType: COLOR_TYPES[channels] }));
}
