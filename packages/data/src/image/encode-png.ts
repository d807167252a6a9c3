/// <reference path="./pngjs.d.ts" />
import pngjs from "pngjs";
import type { ImageArray } from "../types.ts";
import { convertColorMode } from "./color-mode.ts";

/** Encodes a picture as an 8-bit RGBA PNG, with pngjs. */
export function encodePng(image: ImageArray): Uint8Array {
  const [height, width] = image.shape;
  const bitmap = { width, height, data: convertColorMode(image, "rgba").data };
  return new Uint8Array(pngjs.PNG.sync.write(bitmap)); // no Buffer, whose slice() shares memory
}
