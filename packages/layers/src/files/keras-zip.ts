/** `.keras`, a zip of `metadata.json`, `config.json` and `model.weights.h5`. */
import { bytesSource } from "./byte-source.ts";
import { readHdf5 } from "./hdf5.ts";
import { readKeras3Hdf5 } from "./keras3-read.ts";
import { isJsonObject, type JsonObject, parseJsonObject, type SavedModel } from "./saved-model.ts";
import { unzip } from "./zip.ts";

export const keras3Files = {
  metadata: "metadata.json",
  config: "config.json",
  weights: "model.weights.h5",
} as const;

/** The three files of a `.keras`. @throws where one is not there */
export function openKerasZip(
  bytes: Uint8Array,
  name: string,
): { metadata: JsonObject; config: JsonObject; weights: Uint8Array } {
  const files = unzip(bytes, name, Object.values(keras3Files));
  const take = (file: string): Uint8Array => {
    const content = files.get(file);
    if (!content) throw new Error(`[readModelFile] ${name} is a zip without ${file}: not one of Keras 3.`);
    return content;
  };
  const json = (file: string) =>
    parseJsonObject(new TextDecoder().decode(take(file)), `[readModelFile] ${name}: ${file}`);
  return {
    metadata: json(keras3Files.metadata),
    config: json(keras3Files.config),
    weights: take(keras3Files.weights),
  };
}

export async function readKerasZip(bytes: Uint8Array, name: string): Promise<SavedModel> {
  const { metadata, config, weights } = openKerasZip(bytes, name);
  const source = bytesSource(weights, `${name}/${keras3Files.weights}`);
  const content = await readHdf5(source, (file) => readKeras3Hdf5(file, config));
  return {
    format: "keras",
    kerasVersion: typeof metadata.keras_version === "string" ? metadata.keras_version : undefined,
    backend: "tensorflow",
    modelConfig: config,
    trainingConfig: isJsonObject(config.compile_config) ? config.compile_config : undefined,
    ...content,
  };
}
