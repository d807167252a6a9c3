import { crc32, deflateRawSync } from "node:zlib";

/** Writes ZIP files entry by entry, so that tests can make odd and broken ones. */

export interface ZipEntry {
  /** One that ends with `/` is a folder. */
  readonly name: string;
  readonly content?: Uint8Array | string;
  /** Unix's kind and permissions; default a file's. */
  readonly mode?: number;
  /** The size that the directory claims, where it lies. */
  readonly claims?: number;
  /** Spoils the checksum. */
  readonly crcError?: number;
}

/** PKWARE's APPNOTE: local headers and data (4.3.7), the directory (4.3.12), its end (4.3.16). */
export function makeZip(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content = "", mode = 0o100644, claims, crcError = 0 } of entries) {
    const bytes = Buffer.from(content);
    const data = deflateRawSync(bytes);
    const path = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0); // version needed
    common.writeUInt16LE(0x800, 2); // names are UTF-8
    common.writeUInt16LE(8, 4); // deflate
    common.writeUInt32LE((crc32(bytes) ^ crcError) >>> 0, 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(claims ?? bytes.length, 18);
    common.writeUInt16LE(path.length, 22);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((mode << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x03", "latin1"), common, rest, path);
    const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), common, path, data]);
    parts.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, list, end]);
}
