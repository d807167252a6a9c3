import { inflate } from "#inflate";
import type { ImageArray } from "../types.ts";
import { concatBytes } from "./concat-bytes.ts";
import { crc32 } from "./crc32.ts";
import { ImageError } from "./image-error.ts";
import { checkEnoughData, checkSize } from "./image-size.ts";
import { type PngLayout, pngRowBytes, readPngSamples } from "./png-rows.ts";

interface Chunk {
  readonly type: string;
  readonly content: Uint8Array;
}

interface Header extends PngLayout {
  readonly colorType: number;
}

const [GRAY, RGB, PALETTE, GRAY_ALPHA, RGBA] = [0, 2, 3, 4, 6];
/** Samples of a pixel by colour type. */
const SAMPLES: Readonly<Record<number, number>> = {
  [GRAY]: 1,
  [RGB]: 3,
  [PALETTE]: 1,
  [GRAY_ALPHA]: 2,
  [RGBA]: 4,
};
/** Colour type and depth, as far as they go together (ISO/IEC 15948, 11.2.2). */
const KINDS = /^(0 (1|2|4|8|16)|3 (1|2|4|8)|[246] (8|16))$/;
const SIGNATURE_LENGTH = 8;
/** What some writers leave behind the last row. */
const MAX_PADDING = 1024;
/** Deflate's best: 258 bytes in two bits. */
const MAX_DEFLATE_RATIO = 1032;
const TRUNCATED = "is truncated: its PNG data ends too early.";

/**
 * Decodes a PNG (1 to 16 bits, gray, palette, alpha, interlaced). Of 16-bit samples the high byte is taken (Pillow does
 * so for colour; its gray 16-bit pictures turn white instead). Colours are those stored, also where transparent. Text,
 * profiles, animation and what follows the end are passed over, and the end may be missing.
 * @returns RGBA `[height, width, 4]`
 * @throws {ImageError}
 */
export async function decodePng(bytes: Uint8Array): Promise<ImageArray> {
  const chunks = readChunks(bytes);
  const header = readHeader(chunks);
  checkSize(header.width, header.height);
  const raw = await inflatePixels(concatBytes(contents(chunks, "IDAT")), header);
  const samples = readPngSamples(raw, header);
  const [transparency] = contents(chunks, "tRNS");
  const data =
    header.colorType === PALETTE
      ? lookUp(samples, contents(chunks, "PLTE")[0], transparency)
      : toRgba(samples, header, transparency);
  return { shape: [header.height, header.width, 4], data };
}

const contents = (chunks: readonly Chunk[], wanted: string): Uint8Array[] =>
  chunks.filter(({ type }) => type === wanted).map(({ content }) => content);

/** The chunks (5.3) up to IEND, or up to where the file was cut off. */
function readChunks(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  let offset = SIGNATURE_LENGTH;
  while (offset + 12 <= bytes.length) {
    const end = offset + 12 + view.getUint32(offset);
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    if (type === "IEND" || end > bytes.length) break;
    const isCritical = (bytes[offset + 4] & 0x20) === 0;
    if (isCritical && crc32(bytes.subarray(offset + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw new ImageError(`is a damaged PNG: the checksum of its ${type} chunk is wrong.`);
    }
    chunks.push({ type, content: bytes.subarray(offset + 8, end - 4) });
    offset = end;
  }
  return chunks;
}

function readHeader([first]: readonly Chunk[]): Header {
  if (first === undefined) throw new ImageError("is truncated: its PNG header is cut off.");
  const { type, content } = first;
  if (type !== "IHDR" || content.length !== 13) throw new ImageError("is a damaged PNG: it has no header.");
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const [depth, colorType] = content.subarray(8);
  if (!KINDS.test(`${colorType} ${depth}`)) {
    throw new ImageError(`is a damaged PNG: no PNG has colour type ${colorType} with ${depth} bits.`);
  }
  const [, filtering, interlacing] = content.subarray(10);
  if (filtering !== 0 || interlacing > 1) {
    throw new ImageError(
      `is a damaged PNG: no PNG has filter method ${filtering} with interlace method ${interlacing}.`,
    );
  }
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    depth,
    colorType,
    samples: SAMPLES[colorType],
    isInterlaced: interlacing === 1,
  };
}

/** All rows that the size needs, and no more than a picture may have. */
async function inflatePixels(compressed: Uint8Array, header: Header): Promise<Uint8Array> {
  const needed = pngRowBytes(header);
  checkEnoughData(compressed.length, needed / MAX_DEFLATE_RATIO, header.width, header.height);
  const { bytes, problem } = await inflate(compressed, needed + MAX_PADDING);
  if (problem === "too long") throw new ImageError("is a damaged PNG: it has more data than pixels.");
  if (bytes.length >= needed) return bytes;
  if (typeof problem === "object") throw new ImageError(`is a damaged PNG: ${problem.message}.`);
  throw new ImageError(TRUNCATED);
}

/** A palette's colours, and their alpha as far as it is given. */
function lookUp(indices: ArrayLike<number>, palette?: Uint8Array, alpha?: Uint8Array): Uint8Array {
  if (palette === undefined) throw new ImageError("is a damaged PNG: it has no palette.");
  const colors = Math.floor(palette.length / 3);
  const data = new Uint8Array(indices.length * 4);
  for (let i = 0, o = 0; i < indices.length; i++, o += 4) {
    const index = indices[i];
    if (index >= colors) throw new ImageError(`is a damaged PNG: index ${index} not in palette.`);
    data[o] = palette[index * 3];
    data[o + 1] = palette[index * 3 + 1];
    data[o + 2] = palette[index * 3 + 2];
    data[o + 3] = alpha?.[index] ?? 255;
  }
  return data;
}

/** @param transparency the one colour that counts as transparent, 16 bits a sample, where there is one */
function toRgba(
  samples: ArrayLike<number>,
  { depth, samples: count }: Header,
  transparency?: Uint8Array,
): Uint8Array {
  const hasColor = count > 2;
  const hasAlpha = count === 2 || count === 4;
  const key =
    hasAlpha || transparency === undefined || transparency.length < 2 * count
      ? undefined
      : Array.from({ length: count }, (_, k) => (transparency[2 * k] << 8) | transparency[2 * k + 1]);
  const byte = byteOf(depth);
  const data = new Uint8Array((samples.length / count) * 4);
  for (let i = 0, o = 0; i < samples.length; i += count, o += 4) {
    data[o] = byte(samples[i]);
    data[o + 1] = hasColor ? byte(samples[i + 1]) : data[o];
    data[o + 2] = hasColor ? byte(samples[i + 2]) : data[o];
    data[o + 3] = hasAlpha ? byte(samples[i + count - 1]) : 255;
    if (key?.every((value, k) => samples[i + k] === value)) data[o + 3] = 0;
  }
  return data;
}

/** A sample as a byte: small ones spread over 0 to 255, the high byte of large ones. */
function byteOf(depth: number): (sample: number) => number {
  if (depth === 16) return (sample) => sample >> 8;
  const factor = 255 / (2 ** depth - 1);
  return (sample) => sample * factor;
}
