/// <reference path="./libjpeg-turbo.d.ts" />

import { messageOf } from "@convscope/storage/message-of";
import load, { type LibjpegTurbo } from "@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs";
import type { ImageArray } from "../types.ts";
import { ImageError } from "./image-error.ts";
import type { JpegHeader } from "./jpeg-header.ts";

/**
 * Above this Pillow warns of a decompression bomb. libjpeg-turbo and the result take up to 6 bytes a pixel, 12 where the
 * picture is progressive: half a gigabyte, or one.
 */
const MAX_JPEG_PIXELS = 89_478_485;

/** WebAssembly's memory only grows: after a picture that took more than this, a new one is begun. */
const MAX_KEPT_BYTES = 128 * 2 ** 20;

let module: Promise<LibjpegTurbo> | undefined;
let wasmUrl: string | undefined;

/**
 * Where the exact JPEG decoder's WebAssembly lies, for a browser, which otherwise looks for `libjpegturbowasm_decode.wasm`
 * beside the page, or beside the script of a worker. Node finds it by itself.
 * @param url where `@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm` is served
 */
export function locateJpegDecoder(url: string | URL): void {
  wasmUrl = String(url);
  module = undefined;
}

async function start(): Promise<LibjpegTurbo> {
  const located = wasmUrl === undefined ? {} : { locateFile: () => wasmUrl! };
  try {
    return await load({ ...located, printErr: () => {} });
  } catch (error) {
    module = undefined; // the next picture may try again
    throw new Error(
      `[decodeImage] the exact JPEG decoder cannot be started: ${messageOf(error)}. ` +
        'Say where its .wasm lies with locateJpegDecoder(url), or choose decoder "portable".',
      { cause: error },
    );
  }
}

/**
 * Decodes a JPEG with libjpeg-turbo, whose bytes are those that Pillow sees.
 *
 * The build fails both where libjpeg gives up and where it only warns, of bytes too many, say, as many real pictures
 * have them. Pillow ignores warnings, and so is done here: libjpeg gives up before the first row (progressive pictures)
 * or not before the last, and its rows are zero until then.
 * @returns RGB `[height, width, 3]`; undefined for what the build does not take: CMYK, and odd subsampling
 * @throws {ImageError}
 */
export async function decodeJpegExact(
  bytes: Uint8Array,
  { width, height, components }: JpegHeader,
): Promise<ImageArray | undefined> {
  if (components === 4) return undefined;
  if (width * height > MAX_JPEG_PIXELS) {
    throw new ImageError(
      `is too large: a JPEG of ${width} x ${height} pixels; at most ${MAX_JPEG_PIXELS} are decoded.`,
    );
  }
  module ??= start();
  const turbo = await module;
  try {
    const decoder = new turbo.JPEGDecoder();
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    const succeeded = succeeds(decoder);
    const pixels = new Uint8Array(decoder.getDecodedBuffer().buffer);
    decoder.delete();
    if (turbo.HEAPU8.length > MAX_KEPT_BYTES) module = undefined;
    if (pixels.length === 0) return undefined;
    if (pixels.length !== width * height * components || !(succeeded || pixels.some((value) => value > 0))) {
      throw new ImageError("is a damaged JPEG: its picture data cannot be decoded.");
    }
    return { shape: [height, width, 3], data: components === 1 ? repeat(pixels) : pixels };
  } catch (error) {
    if (error instanceof ImageError) throw error;
    module = undefined; // WebAssembly that was stopped is in no state to go on
    throw new ImageError(`cannot be decoded: ${messageOf(error)}`, { cause: error });
  }
}

/** libjpeg-turbo's failures arrive as numbers, the addresses of C++ exceptions; anything else is a crash. */
function succeeds(decoder: { decode(): void }): boolean {
  try {
    decoder.decode();
    return true;
  } catch (error) {
    if (typeof error !== "number") throw error;
    return false;
  }
}

/** Gray as RGB. */
function repeat(gray: Uint8Array): Uint8Array {
  const data = new Uint8Array(gray.length * 3);
  for (let i = 0, o = 0; i < gray.length; i++, o += 3) data[o] = data[o + 1] = data[o + 2] = gray[i];
  return data;
}
