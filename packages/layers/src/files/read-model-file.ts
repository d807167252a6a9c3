/** Any model file, told apart by what is in it: a name may say anything. */
import { besideFile, openFile } from "#file-access";
import { type ByteSource, bytesSource, readBytes } from "./byte-source.ts";
import { readHdf5 } from "./hdf5.ts";
import { isWeightsGroup, readKerasHdf5 } from "./keras-h5-read.ts";
import { readKerasZip } from "./keras-zip.ts";
import { isKeras3Hdf5, readKeras3Hdf5 } from "./keras3-read.ts";
import { isSafetensors, readSafetensors } from "./safetensors.ts";
import { type JsonObject, parseJsonObject, type SavedModel } from "./saved-model.ts";
import { isTfjsModel, readTfjs } from "./tfjs.ts";

/** A path; or a file's bytes; or several files by name, as those of a `model.json` are. */
export type ModelFile = string | Uint8Array | ReadonlyMap<string, Uint8Array>;

export type Container = "hdf5" | "zip" | "safetensors" | "json";

/** More than any architecture has; what is longer is no JSON to parse whole. */
const largestJson = 256 << 20;

/**
 * Reads a model's file. In Node, HDF5 and safetensors are read from the disk piece by piece: only the weights are held.
 * @throws with a reason where it cannot be read, and nothing is left of it then
 */
export async function readModelFile(file: ModelFile): Promise<SavedModel> {
  const opened = openModelFile(file);
  try {
    return await readOpened(opened);
  } finally {
    opened.source.close();
  }
}

export interface OpenedModelFile {
  readonly source: ByteSource;
  readonly container: Container;
  /** The bytes of a file that the model names, of at most `limit`. */
  readonly shard: (name: string, limit: number) => Uint8Array;
}

/** @throws where it is no model's file */
export function openModelFile(file: ModelFile): OpenedModelFile {
  const { source, shard } = openFiles(file);
  try {
    return { source, shard, container: containerOf(source) };
  } catch (error) {
    source.close();
    throw error;
  }
}

function openFiles(file: ModelFile): Pick<OpenedModelFile, "source" | "shard"> {
  if (typeof file === "string") {
    const shard = (name: string, limit: number) => {
      const part = openFile(besideFile(file, name));
      try {
        if (part.size > limit) throw tooLong(part.name, part.size, limit);
        return readBytes(part);
      } finally {
        part.close();
      }
    };
    return { source: openFile(file), shard };
  }
  const files = file instanceof Uint8Array ? new Map([["the file", file]]) : file;
  const [name, bytes] = [...files].find(([path]) => /\.json$/i.test(path)) ?? [...files][0] ?? [];
  if (name === undefined || bytes === undefined) throw new Error("[readModelFile] no file was given.");
  const shard = (path: string, limit: number) => {
    const part = files.get(path);
    if (!part) {
      throw new Error(
        `[readModelFile] ${name} has weights in ${path}, which was not given: give all files of the model.`,
      );
    }
    if (part.byteLength > limit) throw tooLong(path, part.byteLength, limit);
    return part;
  };
  return { source: bytesSource(bytes, name), shard };
}

const tooLong = (name: string, size: number, limit: number) =>
  new Error(
    `[readModelFile] ${name} has ${size} bytes, more than the ${limit} that the model has weights for.`,
  );

async function readOpened({ source, container, shard }: OpenedModelFile): Promise<SavedModel> {
  switch (container) {
    case "hdf5":
      return readHdf5(source, (file): SavedModel => {
        const isLegacy = isWeightsGroup(file, "/") || isWeightsGroup(file, "/model_weights");
        if (isLegacy || !isKeras3Hdf5(file)) return readKerasHdf5(file);
        return { format: "keras3-weights", ...readKeras3Hdf5(file, undefined) };
      });
    case "zip":
      return readKerasZip(readBytes(source), source.name);
    case "safetensors":
      return readSafetensors(source);
    case "json":
      return readTfjs(readJson(source), source.name, shard);
  }
}

/** The JSON of a file. @throws where it is too long, or not one with weights */
export function readJson(source: ByteSource): JsonObject {
  if (source.size > largestJson)
    throw new Error(`[readModelFile] ${source.name} is too long for a model.json.`);
  const json = parseJsonObject(new TextDecoder().decode(readBytes(source)), `[readModelFile] ${source.name}`);
  if (isTfjsModel(json)) return json;
  throw new Error(
    `[readModelFile] ${source.name} is JSON without modelTopology and weightsManifest: ` +
      `${"class_name" in json ? "an architecture alone, without weights" : "not a tfjs-layers model"}.`,
  );
}

const hdf5Signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

function containerOf(source: ByteSource): Container {
  if (source.size === 0) throw new Error(`[readModelFile] ${source.name} is empty.`);
  const head = readBytes(source, 0, Math.min(512, source.size));
  const startsWith = (bytes: readonly number[]) => bytes.every((byte, i) => head[i] === byte);
  if (startsWith(hdf5Signature) || hasLateSignature(source)) return "hdf5";
  if (startsWith([0x50, 0x4b, 0x03, 0x04])) return "zip";
  if (isSafetensors(source)) return "safetensors";
  const text = new TextDecoder().decode(head).trimStart();
  if (text.startsWith("{")) return "json";
  throw new Error(`[readModelFile] ${source.name} is no model file: ${guessOf(text, head)}`);
}

/** HDF5 lets a block of the user's own come first, of 512 bytes or a doubling of it. */
function hasLateSignature(source: ByteSource): boolean {
  for (let at = 512; at <= 1 << 20 && at + 8 <= source.size; at *= 2) {
    const bytes = readBytes(source, at, 8);
    if (hdf5Signature.every((byte, i) => bytes[i] === byte)) return true;
  }
  return false;
}

/** What it is instead, for those that come in a model's place. */
function guessOf(text: string, head: Uint8Array): string {
  if (/^<(!doctype|html)/i.test(text))
    return "it is a web page; was there an error where it was fetched from?";
  if (text.startsWith("version https://git-lfs")) return "it is a pointer of Git LFS; fetch the file itself.";
  if (head[0] === 0x1f && head[1] === 0x8b) return "it is packed by gzip; unpack it.";
  const start = text.slice(0, 24);
  const isText = /^[\x20-\x7e\s]*$/.test(start);
  return (
    `it is neither HDF5, a .keras zip, safetensors nor a model.json` +
    `${isText ? `; it begins with ${JSON.stringify(start)}` : ""}.`
  );
}
