import { ImageError } from "./image-error.ts";

export interface PngChunk {
  readonly type: string;
  readonly content: Uint8Array;
}

/**
 * The chunks of a PNG (ISO/IEC 15948, 5.3) up to IEND, or up to where the file was cut off: whether all pixels are
 * there is noticed when they are inflated. Bytes after IEND are ignored.
 * @returns at least one chunk
 * @throws {ImageError} for a file cut off in its header, and where a chunk that makes the picture has a wrong checksum
 */
export function readPngChunks(bytes: Uint8Array): PngChunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: PngChunk[] = [];
  let offset = 8;
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
  if (chunks.length === 0) throw new ImageError("is truncated: its PNG header is cut off.");
  return chunks;
}

/** Of each byte, the remainder of the CRC polynomial 0xedb88320 (Annex D). */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++)
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  return remainder;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}
