import { createHash } from "node:crypto";
import { type FileHandle, open, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import type { NdArray } from "@convscope/kernels";
import { cacheFolder, hashFile, makeFolder, writeFailure, writeFileAtomically } from "@convscope/storage";
import { jsonText } from "../output.ts";
import { npyHeader } from "./npy-header.ts";

/** What decides about the features of some pictures. Whatever of it changes, they are computed anew. */
export interface FeatureSource {
  /** The network, with its width where it has one. */
  readonly base: string;
  /** The MD5 of the file with its weights. */
  readonly weights: string | null;
  readonly imageSize: readonly [height: number, width: number];
  readonly preprocess: string;
  /** Of the pictures' names and contents: `hashPictures`. */
  readonly pictures: string;
  /** What computes: other kernels round differently, and a run is to be repeated to the same bits. */
  readonly computedBy: Readonly<Record<string, string | null>>;
}

/** The features of a folder of pictures, batch by batch. */
export interface Extraction {
  readonly source: FeatureSource;
  /** Of all features: samples first. */
  readonly shape: readonly number[];
  readonly batchSize: number;
  /** The features of each batch, from batch `first` on. */
  batches(first: number): AsyncIterable<NdArray>;
  /** Told how many samples are there. */
  readonly onProgress?: (samples: number) => void;
  readonly signal?: AbortSignal;
  /** Default: `features` in the user's cache folder. */
  readonly folder?: string;
}

export interface Extracted {
  readonly features: NdArray;
  readonly path: string;
  /** How many samples were there already: none, some of an extraction that was broken off, or all. */
  readonly found: number;
}

/** What lies beside finished features. */
interface Description {
  readonly source: FeatureSource;
  readonly shape: readonly number[];
  readonly sha256: string;
}

/** One number for a list of pictures: their names and what is in them, in order. */
export async function hashPictures(
  names: readonly string[],
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash("sha256");
  for (const [i, path] of paths.entries()) {
    signal?.throwIfAborted();
    const content = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
    hash.update(`${content}  ${names[i]}\n`);
  }
  return hash.digest("hex");
}

/**
 * Features from the cache, or computed and kept there, as a file that NumPy's `load` opens. It has its name once it is whole;
 * until then it is `….part`, and an extraction that was broken off, however, goes on at its last whole batch.
 */
export async function cachedFeatures(extraction: Extraction): Promise<Extracted> {
  const { source, shape, folder = join(cacheFolder(), "features") } = extraction;
  const key = createHash("sha256").update(JSON.stringify({ source, shape })).digest("hex").slice(0, 32);
  const path = join(folder, `${key}.npy`);
  const kept = await readKept(path, shape);
  if (kept) return { features: kept, path, found: shape[0] };
  try {
    await makeFolder(folder);
    const found = await fill(`${path}.part`, extraction);
    const description: Description = { source, shape, sha256: await hashFile("sha256", `${path}.part`) };
    await rename(`${path}.part`, path);
    await writeFileAtomically(descriptionOf(path), jsonText(description));
    const features = await readKept(path, shape);
    if (!features) throw new Error("they are not what was written");
    return { features, path, found };
  } catch (error) {
    if (extraction.signal?.aborted || !isOfDisk(error)) throw error;
    throw new Error(
      `[features] ${folder} cannot keep the features: ${writeFailure(error)}. What is there is used when the command is ` +
        "given again; CONVSCOPE_CACHE names another folder.",
      { cause: error },
    );
  }
}

const descriptionOf = (path: string) => path.replace(/npy$/, "json");
const isOfDisk = (error: unknown): boolean =>
  error instanceof Error && ("syscall" in error || error.message === "they are not what was written");

/** @returns nothing where there is no finished file, or not what its description says */
async function readKept(path: string, shape: readonly number[]): Promise<NdArray | undefined> {
  const text = await readFile(descriptionOf(path), "utf8").catch(() => undefined);
  const size = (await stat(path).catch(() => undefined))?.size;
  const header = npyHeader(shape);
  const values = shape.reduce((a, b) => a * b);
  if (text === undefined || size !== header.length + 4 * values) return undefined;
  const bytes = await readFile(path);
  const { sha256 } = parsed(text);
  if (createHash("sha256").update(bytes).digest("hex") !== sha256) return undefined;
  // The header's length is a multiple of 4, and so is where a file's bytes begin.
  return { shape, data: new Float32Array(bytes.buffer, bytes.byteOffset + header.length, values) };
}

function parsed(text: string): Partial<Description> {
  try {
    return JSON.parse(text) as Partial<Description>;
  } catch {
    return {};
  }
}

/** Writes what is missing of a file. @returns how many samples were there already */
async function fill(
  path: string,
  { shape, batchSize, batches, onProgress, signal }: Extraction,
): Promise<number> {
  const [samples, ...sample] = shape;
  const rowBytes = 4 * sample.reduce((a, b) => a * b, 1);
  const header = npyHeader(shape);
  await using file = await openToGoOn(path);
  const { size } = await file.stat();
  const rows = Math.floor(Math.max(0, size - header.length) / rowBytes);
  // Of the last batch the disk may have the place and not the content, where the power failed.
  const first = Math.max(0, Math.ceil(rows / batchSize) - 1);
  await writeAll(file, header, 0);
  let done = first * batchSize;
  for await (const { data } of batches(first)) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    await writeAll(file, bytes, header.length + done * rowBytes);
    await file.datasync();
    done = Math.min(done + batchSize, samples);
    onProgress?.(done);
    signal?.throwIfAborted();
  }
  return first * batchSize;
}

/** For writing anywhere, with what is there kept; made where it is missing. */
async function openToGoOn(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r+");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return open(path, "w+");
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}
