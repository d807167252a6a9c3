import { isPnm } from "./decode-pnm.ts";
import { ImageError } from "./image-error.ts";

/** The picture formats that are decoded. */
export type ImageFormat = "jpeg" | "png" | "bmp" | "pnm";

/** Formats that are recognised in order to say so. `offset` is where the magic bytes begin. */
const OTHER_FORMATS: readonly { magic: string; offset?: number; description: string; picture: boolean }[] = [
  { magic: "GIF8", description: "GIF", picture: true },
  { magic: "II*\0", description: "TIFF", picture: true },
  { magic: "MM\0*", description: "TIFF", picture: true },
  { magic: "WEBP", offset: 8, description: "WebP", picture: true },
  { magic: "ftypavif", offset: 4, description: "AVIF", picture: true },
  { magic: "ftyphei", offset: 4, description: "HEIC", picture: true },
  { magic: "PK\x03\x04", description: "a ZIP archive", picture: false },
  { magic: "%PDF", description: "a PDF document", picture: false },
  { magic: "\x1f\x8b", description: "a gzip archive", picture: false },
  { magic: "\x00\x05\x16\x07", description: "a macOS resource fork (AppleDouble)", picture: false },
];

/**
 * Tells the format of a picture by its first bytes, never by a file name.
 * @throws {ImageError} for anything but JPEG, PNG, BMP and PNM, saying what the bytes look like instead
 */
export function imageFormat(bytes: Uint8Array): ImageFormat {
  if (bytes.length === 0) throw new ImageError("is empty (0 bytes): copy or download it again.");
  if (startsWith(bytes, "\xff\xd8\xff")) return "jpeg";
  if (startsWith(bytes, "\x89PNG\r\n\x1a\n")) return "png";
  if (startsWith(bytes, "BM")) return "bmp";
  if (isPnm(bytes)) return "pnm";
  const other = OTHER_FORMATS.find(({ magic, offset = 0 }) => startsWith(bytes, magic, offset));
  if (other?.picture) {
    throw new ImageError(`is a ${other.description} picture; JPEG, PNG, BMP and PPM are read: convert it.`);
  }
  throw new ImageError(
    `is not a picture: its first bytes are those of ${other?.description ?? describe(bytes)}; ` +
      "a JPEG or PNG picture was needed.",
  );
}

/** Whether the bytes at `offset` are those of `magic`, a string of Latin-1 characters. */
export function startsWith(bytes: Uint8Array, magic: string, offset = 0): boolean {
  for (let i = 0; i < magic.length; i++) if (bytes[offset + i] !== magic.charCodeAt(i)) return false;
  return true;
}

/** Text is quoted; other bytes are shown in hexadecimal. */
function describe(bytes: Uint8Array): string {
  const head = bytes.subarray(0, 40);
  const text = new TextDecoder().decode(head).replace(/\s+/g, " ").trim();
  const isText =
    head.every((byte) => (byte >= 32 && byte !== 127) || byte === 9 || byte === 10 || byte === 13) &&
    !text.slice(0, -1).includes("\ufffd"); // of the last character there may be a part
  if (!isText) return `an unknown format (${[...head.subarray(0, 8)].map(hex).join(" ")})`;
  const kind = /^<(!doctype html|html|head|body)/i.test(text) ? "an HTML page" : "a text";
  return `${kind} (${JSON.stringify(text)})`;
}

const hex = (byte: number): string => byte.toString(16).padStart(2, "0");
