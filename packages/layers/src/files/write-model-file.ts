/** Model files: HDF5 as Keras 2.3.1 writes it, safetensors, and tfjs-layers. */
import { besideFile, fileExists, namesBeside, openFile, removeBeside, writeFileWith } from "#file-access";
import { type ByteSink, MemorySink } from "./byte-sink.ts";
import { hdf5Library } from "./hdf5.ts";
import { writeKerasModel, writeKerasWeights } from "./keras-h5-write.ts";
import { readJson } from "./read-model-file.ts";
import { writeSafetensors } from "./safetensors.ts";
import type { ModelFileFormat, SavedModel } from "./saved-model.ts";
import { readManifest, writeTfjs } from "./tfjs.ts";

export type WritableFormat = Extract<ModelFileFormat, "h5" | "weights-h5" | "safetensors" | "tfjs">;

/**
 * Writes a model to a file that is there whole or not at all; for tfjs, with its shards beside it.
 * @returns what the format has no place for, in words
 */
export async function writeModelFile(
  path: string,
  format: WritableFormat,
  model: SavedModel,
): Promise<string[]> {
  if (format === "tfjs") {
    await writeTfjsFiles(path, model);
  } else {
    const write = await writerOf(format);
    await writeFileWith(path, (sink) => write(sink, model));
  }
  return leftOut(format, model);
}

/**
 * Shards of names that no file has yet, then the `model.json` that names them, then the former one's shards away: broken off
 * anywhere, the former model or this one is there whole.
 */
async function writeTfjsFiles(path: string, model: SavedModel): Promise<void> {
  const former = formerShards(path);
  const names = namesBeside(path);
  let group = 1;
  while (names.some((name) => name.startsWith(`group${group}-`))) group++;
  const written: string[] = [];
  try {
    for (const [name, bytes] of writeTfjs(model, group)) {
      const isShard = name !== "model.json";
      if (isShard) written.push(name);
      await writeFileWith(isShard ? besideFile(path, name) : path, (sink) => sink.write(bytes, 0));
    }
  } catch (error) {
    for (const name of written) removeBeside(path, name);
    throw error;
  }
  for (const name of former) removeBeside(path, name);
}

/** The shards of a `model.json` that is to be replaced, of names that are given here and by TensorFlow.js's converter. */
function formerShards(path: string): string[] {
  if (!fileExists(path)) return [];
  try {
    const source = openFile(path);
    try {
      const names = readManifest(readJson(source), path).flatMap(({ paths }) => paths);
      return names.filter((name) => /^group\d+-shard\d+of\d+(\.bin)?$/.test(name));
    } finally {
      source.close();
    }
  } catch {
    return []; // it was no model of tfjs
  }
}

/** The same in memory: each file's bytes by its name. */
export async function modelFileBytes(
  format: WritableFormat,
  model: SavedModel,
): Promise<Map<string, Uint8Array>> {
  if (format === "tfjs") return writeTfjs(model);
  const sink = new MemorySink();
  (await writerOf(format))(sink, model);
  return new Map([[format === "safetensors" ? "model.safetensors" : "model.h5", sink.bytes]]);
}

async function writerOf(
  format: Exclude<WritableFormat, "tfjs">,
): Promise<(sink: ByteSink, model: SavedModel) => void> {
  if (format === "safetensors") return writeSafetensors;
  const library = await hdf5Library();
  const write = format === "h5" ? writeKerasModel : writeKerasWeights;
  return (sink, model) => write(library, sink, model);
}

function leftOut(
  format: WritableFormat,
  { modelConfig, trainingConfig, optimizerWeights, extra }: SavedModel,
): string[] {
  const hasState = optimizerWeights !== undefined && optimizerWeights.length > 0;
  if (format === "tfjs") return hasState ? ["the optimizer's state"] : [];
  if (format === "h5")
    return hasState && !trainingConfig ? ["the optimizer's state: there are no compile arguments"] : [];
  if (format === "safetensors") return [];
  return [
    ...(modelConfig ? ["the architecture"] : []),
    ...(trainingConfig ? ["the compile arguments"] : []),
    ...(hasState ? ["the optimizer's state"] : []),
    ...(extra ? ["the project's own notes"] : []),
  ];
}
