import type { ImageArray } from "../types.ts";
import { convertColorMode } from "./color-mode.ts";
import { CHROMA_STEPS, HUFFMAN, type HuffmanTable, LUMA_STEPS, ZIGZAG } from "./jpeg-tables.ts";

// Our own, because jpeg-js spends 15 ms on tables for every picture it encodes; the drawn pets are 4,000 pictures.

/**
 * Encodes a picture as a baseline JPEG (ITU-T T.81; JFIF, YCbCr 4:4:4, standard Huffman tables). Alpha is dropped.
 * @param options.quality 1 … 100, as libjpeg counts; default 90
 */
export function encodeJpeg(image: ImageArray, { quality = 90 }: { quality?: number } = {}): Uint8Array {
  const [height, width] = image.shape;
  if (width < 1 || height < 1 || width > 65_535 || height > 65_535) {
    throw new Error(
      `[encodeJpeg] the picture has ${width} x ${height} pixels; a JPEG has 1 to 65535 a side.`,
    );
  }
  if (!(quality >= 1 && quality <= 100)) {
    throw new Error(`[encodeJpeg] quality is ${quality}; a number from 1 to 100 was needed.`);
  }
  const rgb = convertColorMode(image, "rgb").data;
  const lumaSteps = scaleSteps(LUMA_STEPS, quality);
  const chromaSteps = scaleSteps(CHROMA_STEPS, quality);
  const writer = new BitWriter();
  writeHeader(writer, width, height, lumaSteps, chromaSteps);

  const components = [
    { steps: lumaSteps, dc: CODES.dcLuma, ac: CODES.acLuma, block: new Float64Array(64), last: 0 },
    { steps: chromaSteps, dc: CODES.dcChroma, ac: CODES.acChroma, block: new Float64Array(64), last: 0 },
    { steps: chromaSteps, dc: CODES.dcChroma, ac: CODES.acChroma, block: new Float64Array(64), last: 0 },
  ];
  const [luma, blue, red] = components.map(({ block }) => block);
  const levels = new Int32Array(64);
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      for (let i = 0; i < 64; i++) {
        // Blocks over the edge repeat the last pixel.
        const y = Math.min(top + (i >> 3), height - 1);
        const x = Math.min(left + (i & 7), width - 1);
        const p = (y * width + x) * 3;
        const [r, g, b] = [rgb[p], rgb[p + 1], rgb[p + 2]];
        luma[i] = 0.299 * r + 0.587 * g + 0.114 * b - 128;
        blue[i] = -0.168736 * r - 0.331264 * g + 0.5 * b;
        red[i] = 0.5 * r - 0.418688 * g - 0.081312 * b;
      }
      for (const component of components) {
        const { steps, block } = component;
        transform(block);
        for (let k = 0; k < 64; k++) levels[k] = Math.round(block[ZIGZAG[k]] / steps[ZIGZAG[k]]);
        writeBlock(writer, levels, component.last, component.dc, component.ac);
        component.last = levels[0];
      }
    }
  }
  writer.endBits();
  writer.bytes(0xff, 0xd9);
  return writer.result();
}

/** libjpeg's rule of how quality scales the steps of quality 50. */
function scaleSteps(steps: readonly number[], quality: number): Uint8Array {
  const percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  return Uint8Array.from(steps, (step) =>
    Math.min(Math.max(Math.floor((step * percent + 50) / 100), 1), 255),
  );
}

/** `COSINE[8 u + x]`: the wave of frequency u at x, so that the transform is orthonormal (A.3.3). */
const COSINE = Float64Array.from({ length: 64 }, (_, i) => {
  const u = i >> 3;
  const x = i & 7;
  return (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * x + 1) * u * Math.PI) / 16);
});

/** The discrete cosine transform of an 8 x 8 block, in place: along the rows, then along the columns. */
function transform(block: Float64Array): void {
  for (let y = 0; y < 64; y += 8) transformLine(block, y, 1);
  for (let x = 0; x < 8; x++) transformLine(block, x, 8);
}

/** Even waves are symmetric and odd ones antisymmetric, so that sums and differences of mirrored values are enough. */
function transformLine(block: Float64Array, start: number, step: number): void {
  const [a, h] = [block[start], block[start + 7 * step]];
  const [b, g] = [block[start + step], block[start + 6 * step]];
  const [c, f] = [block[start + 2 * step], block[start + 5 * step]];
  const [d, e] = [block[start + 3 * step], block[start + 4 * step]];
  for (let u = 0; u < 8; u++) {
    const sign = u % 2 === 0 ? 1 : -1;
    const wave = 8 * u;
    block[start + u * step] =
      COSINE[wave] * (a + sign * h) +
      COSINE[wave + 1] * (b + sign * g) +
      COSINE[wave + 2] * (c + sign * f) +
      COSINE[wave + 3] * (d + sign * e);
  }
}

/** The code of each symbol, and its length in bits. */
interface Codes {
  readonly code: Uint16Array;
  readonly length: Uint8Array;
}

/** Codes of one length count upwards; the next length goes on at twice the number (Annex C). */
function huffmanCodes({ counts, symbols }: HuffmanTable): Codes {
  const codes = { code: new Uint16Array(256), length: new Uint8Array(256) };
  let code = 0;
  let next = 0;
  for (let length = 1; length <= 16; length++) {
    for (let i = 0; i < counts[length - 1]; i++) {
      const symbol = symbols[next++];
      codes.code[symbol] = code++;
      codes.length[symbol] = length;
    }
    code *= 2;
  }
  return codes;
}

const CODES = {
  dcLuma: huffmanCodes(HUFFMAN.dcLuma),
  acLuma: huffmanCodes(HUFFMAN.acLuma),
  dcChroma: huffmanCodes(HUFFMAN.dcChroma),
  acChroma: huffmanCodes(HUFFMAN.acChroma),
};

/** A block of quantized levels in zigzag order (F.1.2): its mean as a difference, then runs of zeros and levels. */
function writeBlock(writer: BitWriter, levels: Int32Array, lastMean: number, dc: Codes, ac: Codes): void {
  const difference = levels[0] - lastMean;
  writeLevel(writer, dc, 0, difference);
  let end = 63;
  while (end > 0 && levels[end] === 0) end--;
  let zeros = 0;
  for (let k = 1; k <= end; k++) {
    if (levels[k] === 0) {
      zeros++;
      continue;
    }
    for (; zeros > 15; zeros -= 16) writer.bits(ac.code[SIXTEEN_ZEROS], ac.length[SIXTEEN_ZEROS]);
    writeLevel(writer, ac, zeros, levels[k]);
    zeros = 0;
  }
  if (end < 63) writer.bits(ac.code[END_OF_BLOCK], ac.length[END_OF_BLOCK]);
}

const SIXTEEN_ZEROS = 0xf0;
const END_OF_BLOCK = 0x00;

/** The symbol of a run of zeros and a number of bits, then the bits; of a negative number, those of the number less 1. */
function writeLevel(writer: BitWriter, codes: Codes, zeros: number, level: number): void {
  const size = 32 - Math.clz32(Math.abs(level));
  const symbol = (zeros << 4) | size;
  writer.bits(codes.code[symbol], codes.length[symbol]);
  if (size > 0) writer.bits(level < 0 ? level + (1 << size) - 1 : level, size);
}

/** The segments before the picture data (B.2): JFIF, steps, frame, codes, scan. */
function writeHeader(
  writer: BitWriter,
  width: number,
  height: number,
  luma: Uint8Array,
  chroma: Uint8Array,
): void {
  const zigzag = (steps: Uint8Array): number[] => ZIGZAG.map((i) => steps[i]);
  const segment = (marker: number, ...content: number[]): void => {
    const length = content.length + 2;
    writer.bytes(0xff, marker, length >> 8, length & 255, ...content);
  };
  writer.bytes(0xff, 0xd8);
  segment(0xe0, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0); // JFIF 1.1, square pixels, no thumbnail
  segment(0xdb, 0, ...zigzag(luma), 1, ...zigzag(chroma));
  const sampling = 0x11;
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  segment(0xc0, 8, ...size, 3, 1, sampling, 0, 2, sampling, 1, 3, sampling, 1);
  const table = (id: number, { counts, symbols }: HuffmanTable): number[] => [id, ...counts, ...symbols];
  const { dcLuma, acLuma, dcChroma, acChroma } = HUFFMAN;
  segment(0xc4, ...table(0, dcLuma), ...table(0x10, acLuma), ...table(1, dcChroma), ...table(0x11, acChroma));
  segment(0xda, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0);
}

/** Bytes, and bits that fill bytes from the top; grows as needed. */
class BitWriter {
  #buffer = new Uint8Array(1 << 15);
  #length = 0;
  #pending = 0;
  #pendingBits = 0;

  bytes(...values: number[]): void {
    for (const value of values) this.#byte(value);
  }

  /** The lowest `count` bits of `value`, at most 16. */
  bits(value: number, count: number): void {
    this.#pending = (this.#pending << count) | value;
    this.#pendingBits += count;
    while (this.#pendingBits >= 8) {
      this.#pendingBits -= 8;
      const byte = (this.#pending >>> this.#pendingBits) & 255;
      this.#byte(byte);
      if (byte === 255) this.#byte(0); // 255 begins a marker, unless a 0 follows
    }
    this.#pending &= (1 << this.#pendingBits) - 1;
  }

  /** Fills the last byte with ones. */
  endBits(): void {
    this.bits(127, 7);
    this.#pending = 0;
    this.#pendingBits = 0;
  }

  result(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  #byte(value: number): void {
    if (this.#length === this.#buffer.length) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    this.#buffer[this.#length++] = value;
  }
}
