import { deflateSync } from "node:zlib";

/** Writes PNG files part by part, so that tests can make odd and broken ones. */

/** One chunk with its checksum; `crcError` spoils it. */
export function pngChunk(type: string, content: Uint8Array, { crcError = 0 } = {}): Uint8Array {
  const bytes = Buffer.alloc(12 + content.length);
  bytes.writeUInt32BE(content.length, 0);
  bytes.write(type, 4, "latin1");
  bytes.set(content, 8);
  bytes.writeUInt32BE((crc32(bytes.subarray(4, 8 + content.length)) ^ crcError) >>> 0, 8 + content.length);
  return bytes;
}

/** The checksum bit by bit, as PNG's specification defines it. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

export interface PngParts {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colorType: number;
  /** 1: Adam7; default 0, none. */
  readonly interlace?: number;
  /** Filter bytes and rows, before compression. */
  readonly raw: readonly number[] | Uint8Array;
  /** Between header and pixels. */
  readonly extra?: readonly Uint8Array[];
  /** Bytes that the compressed rows lack at their end; default 0. */
  readonly cutOff?: number;
}

export function makePng({
  width,
  height,
  depth,
  colorType,
  interlace = 0,
  raw,
  extra = [],
  cutOff = 0,
}: PngParts): Uint8Array {
  const header = Buffer.alloc(13);
  const compressed = deflateSync(new Uint8Array(raw));
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colorType, 0, 0, interlace], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    pngChunk("IHDR", header),
    ...extra,
    pngChunk("IDAT", compressed.subarray(0, compressed.length - cutOff)),
    pngChunk("IEND", new Uint8Array(0)),
  ]);
}
