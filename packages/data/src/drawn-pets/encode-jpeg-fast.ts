/// <reference path="../image/libjpeg-turbo.d.ts" />
import load, { type LibjpegTurboFull } from "@cornerstonejs/codec-libjpeg-turbo-8bit/wasmjs";
import type { ImageArray } from "../types.ts";

let module: Promise<LibjpegTurboFull> | undefined;

/** TurboJPEG's number for 4:4:4. */
const TJSAMP_444 = 0;

/**
 * Encodes an RGB picture as a baseline JPEG (4:4:4) with libjpeg-turbo. Only for pets, thousands at a time: jpeg-js, the
 * encoder else, makes 50 ms of tables for each picture.
 */
export async function encodeJpegFast(
  { shape: [height, width], data }: ImageArray,
  { quality }: { readonly quality: number },
): Promise<Uint8Array> {
  module ??= load();
  const turbo = await module;
  const encoder = new turbo.JPEGEncoder();
  // TurboJPEG takes it that its output has room for the longest JPEG of this size, and the build makes it as long as the
  // pixels are said to be: so they are said to have more bits.
  const longest = Math.ceil(width / 8) * Math.ceil(height / 8) * 64 * 6 + 2048;
  const bytesPerSample = Math.ceil(longest / data.length);
  const frame = { width, height, bitsPerSample: 8 * bytesPerSample, componentCount: 3, isSigned: false };
  encoder.getDecodedBuffer(frame).set(data);
  encoder.setQuality(quality);
  encoder.setProgressive(0);
  encoder.setSubSampling(TJSAMP_444);
  encoder.encode();
  const file = new Uint8Array(encoder.getEncodedBuffer().buffer);
  encoder.delete();
  return file;
}
