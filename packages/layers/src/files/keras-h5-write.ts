/** HDF5 as Keras 2.3.1 writes it: `model.save` and `model.save_weights`. */
import { uniqueNames } from "./architecture.ts";
import type { ByteSink } from "./byte-sink.ts";
import { type Hdf5Library, type Hdf5Writer, writeHdf5 } from "./hdf5.ts";
import { toInt64 } from "./numbers.ts";
import type { SavedLayerWeights, SavedModel, SavedWeight } from "./saved-model.ts";

/** A whole model. @throws without an architecture */
export function writeKerasModel(library: Hdf5Library, sink: ByteSink, model: SavedModel): void {
  const { modelConfig, trainingConfig, optimizerWeights = [] } = model;
  if (!modelConfig) {
    throw new Error(
      "[writeModelFile] a whole model needs an architecture, and there is none: write its weights only.",
    );
  }
  writeHdf5(library, sink, (file) => {
    writeVersion(file, "/", model, ["keras_version", "backend"]);
    file.text("/", "model_config", JSON.stringify(modelConfig));
    writeWeights(file, "/model_weights", model);
    if (trainingConfig) {
      file.text("/", "training_config", JSON.stringify(trainingConfig));
      if (optimizerWeights.length > 0) {
        file.group("/optimizer_weights");
        writeNamed(file, "/optimizer_weights", optimizerWeights);
      }
    }
    if (model.extra) file.text("/", "convscope", JSON.stringify(model.extra));
  });
}

/** The weights alone: the root is what `model_weights` is in a whole model. */
export function writeKerasWeights(library: Hdf5Library, sink: ByteSink, model: SavedModel): void {
  writeHdf5(library, sink, (file) => writeWeights(file, "/", model));
}

function writeWeights(file: Hdf5Writer, path: string, model: SavedModel): void {
  const { layers } = model;
  file.group(path);
  const twice = layers.find(({ name }, i) => layers.findIndex((other) => other.name === name) !== i);
  if (twice) throw new Error(`two layers are named ${twice.name}`);
  file.texts(
    path,
    "layer_names",
    layers.map(({ name }) => name),
  );
  writeVersion(file, path, model, ["backend", "keras_version"]);
  for (const layer of layers) writeLayer(file, path, layer);
}

/** A layer without weights has its group all the same, with an empty list of names. */
function writeLayer(file: Hdf5Writer, path: string, { name, weights }: SavedLayerWeights): void {
  const group = `${path === "/" ? "" : path}/${name}`;
  file.group(group);
  writeNamed(file, group, weights);
}

function writeNamed(file: Hdf5Writer, group: string, weights: readonly SavedWeight[]): void {
  const names = uniqueNames(weights.map(({ name }) => name));
  file.texts(group, "weight_names", names);
  weights.forEach((weight, i) => {
    // The iterations of an optimizer are counted in int64.
    const values = weight.dtype === "int64" ? toInt64(weight) : weight.data;
    file.dataset(`${group}/${names[i]}`, weight.shape, values);
  });
}

/** What came from Keras 1 says neither, and must not begin to: Keras goes by it. */
function writeVersion(
  file: Hdf5Writer,
  path: string,
  { kerasVersion, backend }: SavedModel,
  order: readonly ("keras_version" | "backend")[],
): void {
  for (const name of order) {
    const text = name === "backend" ? backend : kerasVersion;
    if (text !== undefined) file.text(path, name, text);
  }
}
