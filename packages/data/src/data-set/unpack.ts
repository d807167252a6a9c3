import { createReadStream } from "node:fs";
import { mkdir, open, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { crc32, createGunzip } from "node:zlib";
import { writeFailure } from "@convscope/storage";
import { messageOf } from "@convscope/storage/message-of";
import type { ParsedTarEntry } from "modern-tar";
import type { Entry } from "yauzl";
import { startsWith } from "../image/image-format.ts";

export interface UnpackOptions {
  /** Called after each file: how many of how many, where the archive says. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  readonly signal?: AbortSignal;
}

/** The archive is at fault, and no other try will do; `reason` is a phrase that follows its name. */
export class ArchiveError extends Error {
  readonly reason: string;

  constructor(reason: string, options?: ErrorOptions) {
    super(`[unpack] the archive ${reason}`, options);
    this.reason = reason;
  }
}

/** Pictures do not become smaller in an archive. What grows a hundred times over is a bomb. */
const MAX_GROWTH = 100;
/** So much is allowed always. */
const MIN_BYTES_ALLOWED = 64 * 1024 * 1024;
const MAX_ENTRIES = 1_000_000;
/** What an archive of Unix says of an entry's kind (stat.h), in the upper half of the attributes. */
const [KIND, REGULAR, FOLDER] = [0o170000, 0o100000, 0o040000];

/**
 * Unpacks a ZIP or tar archive (also a gzipped one), told apart by content, into a folder that is there and is empty.
 * Nothing is written outside of it: an archive with links, with paths that lead elsewhere, or that would grow beyond
 * measure is refused. Checksums in the archive are checked.
 * @returns how many files
 * @throws {ArchiveError} for an archive that is damaged, cut off, or refused; another error where it cannot be written
 */
export async function unpack(archive: string, folder: string, options: UnpackOptions = {}): Promise<number> {
  const head = await firstBytes(archive);
  const writer = new EntryWriter(folder, (await stat(archive)).size, options);
  try {
    if (startsWith(head, "PK\x03\x04") || startsWith(head, "PK\x05\x06")) await unpackZip(archive, writer);
    else if (startsWith(head, "\x1f\x8b")) await unpackTar(archive, writer, true);
    else if (startsWith(head, "ustar", 257)) await unpackTar(archive, writer, false);
    else throw new ArchiveError(`is none: it begins with ${describe(head)}. ZIP, tar or tar.gz was needed.`);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof ArchiveError || error instanceof WriteError) throw error;
    throw new ArchiveError(`is damaged or cut off: ${messageOf(error)}.`, { cause: error });
  }
  return writer.files;
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function describe(head: Uint8Array): string {
  if (head.length === 0) return "nothing";
  const text = new TextDecoder("latin1").decode(head.subarray(0, 40));
  return /^[\t\n\r\x20-\x7e]*$/.test(text) ? JSON.stringify(text) : "bytes of another kind";
}

/** A file that could not be written, which is not the archive's fault. */
class WriteError extends Error {}

/** Writes entries below a folder, and refuses what an archive should not do. */
class EntryWriter {
  readonly #folder: string;
  readonly #allowedBytes: number;
  readonly #options: UnpackOptions;
  readonly #folders = new Set<string>();
  #bytes = 0;
  #entries = 0;
  files = 0;

  constructor(folder: string, archiveBytes: number, options: UnpackOptions) {
    this.#folder = folder;
    this.#allowedBytes = Math.max(MAX_GROWTH * archiveBytes, MIN_BYTES_ALLOWED);
    this.#options = options;
  }

  /** Checks an entry before anything is made of it. */
  announce(name: string): void {
    this.#options.signal?.throwIfAborted();
    this.#entries += 1;
    if (this.#entries > MAX_ENTRIES) {
      throw new ArchiveError(`has more than ${MAX_ENTRIES.toLocaleString("en")} entries (a bomb?).`);
    }
    const isUnsafe = /^[\\/]|^[a-zA-Z]:|\0/.test(name) || name.split(/[\\/]/).some((part) => part === "..");
    if (isUnsafe) {
      throw new ArchiveError(`holds ${JSON.stringify(name)}, a path that leads out of its folder: refused.`);
    }
  }

  /** @throws for more bytes than the archive may grow to */
  checkGrowth(bytes: number): void {
    if (bytes <= this.#allowedBytes) return;
    throw new ArchiveError(
      `unpacks to more than ${this.#allowedBytes.toLocaleString("en")} bytes, a hundred times its size (a bomb?): refused.`,
    );
  }

  async makeFolder(name: string): Promise<void> {
    const path = join(this.#folder, name);
    if (this.#folders.has(path)) return;
    try {
      await mkdir(path, { recursive: true });
    } catch (error) {
      throw this.#failed(name, error);
    }
    this.#folders.add(path);
  }

  /** @returns the CRC-32 of what was written */
  async writeFile(name: string, content: AsyncIterable<Uint8Array>, total?: number): Promise<number> {
    await this.makeFolder(dirname(name));
    const written = async <T>(work: Promise<T>): Promise<T> => {
      try {
        return await work;
      } catch (error) {
        throw this.#failed(name, error);
      }
    };
    const file = await written(open(join(this.#folder, name), "wx"));
    let checksum = 0;
    try {
      for await (const piece of content) {
        this.#options.signal?.throwIfAborted();
        this.#bytes += piece.length;
        this.checkGrowth(this.#bytes);
        checksum = crc32(piece, checksum);
        await written(file.writeFile(piece));
      }
    } finally {
      await file.close();
    }
    this.files += 1;
    this.#options.onProgress?.(this.files, total);
    return checksum;
  }

  #failed(name: string, error: unknown): Error {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return new ArchiveError(`holds ${JSON.stringify(name)} twice: refused.`);
    return new WriteError(`${join(this.#folder, name)} cannot be written: ${writeFailure(error)}`, {
      cause: error,
    });
  }
}

async function unpackZip(archive: string, writer: EntryWriter): Promise<void> {
  const { default: yauzl } = await import("yauzl"); // only here: the package is loaded at every start
  const zip = await yauzl.openPromise(archive, { autoClose: false });
  try {
    // The directory stands at the end: it tells what will come, before anything is written.
    const entries: Entry[] = [];
    let bytes = 0;
    for await (const entry of zip.eachEntry()) {
      writer.announce(entry.fileName);
      const kind = (entry.externalFileAttributes >>> 16) & KIND;
      if (kind !== 0 && kind !== REGULAR && kind !== FOLDER) throw notAFile(entry.fileName);
      bytes += entry.uncompressedSize;
      writer.checkGrowth(bytes);
      entries.push(entry);
    }
    const files = entries.filter(({ fileName }) => !fileName.endsWith("/"));
    for (const entry of entries) {
      const { fileName } = entry;
      if (fileName.endsWith("/")) await writer.makeFolder(fileName);
      else {
        const content = await zip.openReadStreamPromise(entry);
        content.on("error", () => {}); // may come before it is read; who reads it is told then
        const checksum = await writer.writeFile(fileName, content, files.length);
        if (checksum !== entry.crc32) {
          throw new ArchiveError(`is damaged: the checksum of ${JSON.stringify(fileName)} is wrong.`);
        }
      }
    }
  } finally {
    zip.close();
  }
}

async function unpackTar(archive: string, writer: EntryWriter, isCompressed: boolean): Promise<void> {
  const { createTarDecoder } = await import("modern-tar");
  const file = createReadStream(archive);
  const bytes: Readable = isCompressed ? file.pipe(createGunzip()) : file;
  file.on("error", (error) => bytes.destroy(error));
  const decoder = createTarDecoder({ strict: true });
  try {
    await Promise.all([
      feed(bytes, decoder.writable.getWriter()),
      writeEntries(decoder.readable, writer).catch((error) => {
        bytes.destroy(error as Error);
        throw error;
      }),
    ]);
  } finally {
    file.destroy();
    bytes.destroy();
  }
}

async function feed(bytes: Readable, sink: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
  try {
    for await (const piece of bytes) await sink.write(piece as Uint8Array);
    await sink.close();
  } catch (error) {
    await sink.abort(error).catch(() => {});
    throw error;
  }
}

async function writeEntries(entries: ReadableStream<ParsedTarEntry>, writer: EntryWriter): Promise<void> {
  for await (const { header, body } of entries) {
    const { name, type } = header;
    writer.announce(name);
    if (type === "directory") {
      await writer.makeFolder(name);
      await body.cancel();
    } else if (type === "file") await writer.writeFile(name, body);
    else throw notAFile(name);
  }
}

const notAFile = (name: string): ArchiveError =>
  new ArchiveError(
    `holds ${JSON.stringify(name)}, which is neither a file nor a folder but a link or a device: refused.`,
  );
