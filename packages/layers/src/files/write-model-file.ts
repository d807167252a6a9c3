/** Model files: HDF5 as Keras 2.3.1 writes it, safetensors, and tfjs-layers. */
import { besideFile, writeFileWith } from "#file-access";
import { type ByteSink, MemorySink } from "./byte-sink.ts";
import { hdf5Library } from "./hdf5.ts";
import { writeKerasModel, writeKerasWeights } from "./keras-h5-write.ts";
import { writeSafetensors } from "./safetensors.ts";
import type { ModelFileFormat, SavedModel } from "./saved-model.ts";
import { writeTfjs } from "./tfjs.ts";

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
    for (const [name, bytes] of writeTfjs(model)) {
      const to = name === "model.json" ? path : besideFile(path, name);
      writeFileWith(to, (sink) => sink.write(bytes, 0));
    }
  } else {
    const write = await writerOf(format);
    writeFileWith(path, (sink) => write(sink, model));
  }
  return leftOut(format, model);
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
