import type { Layer } from "../layer.ts";
import { Network } from "../model/network.ts";
import type { Weight } from "../weight.ts";

/**
 * The names that a layer's weights have in files. Two layers of different models in a model may have one name: then their
 * weights' names begin with the models between, `left/dense/kernel:0`. Keras reads them as well, for it goes by order there
 * (and would not write such a model itself: HDF5 has each name once).
 */
export function weightNames(layer: Layer): ReadonlyMap<Weight, string> {
  const folders = new Map<Weight, string>();
  addFolders(layer, "", folders);
  const count = new Map<string, number>();
  for (const { name } of folders.keys()) count.set(name, (count.get(name) ?? 0) + 1);
  return new Map([...folders].map(([weight, folder]) => [weight, nameOf(weight, folder, count)]));
}

const nameOf = ({ name }: Weight, folder: string, count: ReadonlyMap<string, number>): string =>
  count.get(name) === 1 ? name : folder + name;

/** The path of each weight from the outermost model's layers on: `left/`. */
function addFolders(layer: Layer, folder: string, folders: Map<Weight, string>): void {
  if (layer instanceof Network) {
    for (const inner of layer.layers) {
      addFolders(inner, inner instanceof Network ? `${folder}${inner.name}/` : folder, folders);
    }
    return;
  }
  for (const weight of layer.weights) if (!folders.has(weight)) folders.set(weight, folder);
}
