// Files that Keras really saved: loaded, they give what tfjs gives; what is not supported says why.
import { readdirSync, readFileSync } from "node:fs";
import { hasShared, sharedPath } from "@convscope/data/testing";
import { openTestDevice } from "@convscope/kernels/testing";
import { loadModel, readModelFile } from "@convscope/layers";
import { describe, expect, it } from "vitest";

interface Golden {
  readonly cases: readonly {
    readonly file: string;
    readonly input_shapes: readonly (readonly number[])[];
    readonly outputs: readonly { readonly shape: readonly number[]; readonly values: readonly number[] }[];
  }[];
}

/** Why what is not loaded is not: the words that the message must have. */
const refusals: readonly (readonly [file: RegExp, words: string])[] = [
  [/_inputs_and_outputs\.h5$/, "is HDF5, and not Keras's"],
  [/(_weights|bogihsu_cnn)\.h5$/, "holds weights and no layers"],
  [/tinygrad_mnist_model\.safetensors$/, "holds weights and no layers"],
  [/simpleconv2d(_model)?\.hdf5$/, 'data_format: "channels_first" is not supported'],
  [/ayushmi_siamese_model\.h5$/, "model/ResNet: the layer class ResNet is not supported"],
];

const folder = "data/keras_files";
const isThere = hasShared(folder);
const root = sharedPath(folder);
const files = (isThere ? (readdirSync(root, { recursive: true }) as string[]) : [])
  .filter((path) => /\.(h5|hdf5|keras|safetensors)$|model\.json$/.test(path))
  .toSorted();

describe.skipIf(!isThere)("files that Keras saved", () => {
  const device = openTestDevice();
  const golden = isThere
    ? (JSON.parse(readFileSync(`${root}/golden_tfjs.json`, "utf8")) as Golden)
    : undefined;

  it.each(files)("%s", async (file) => {
    const refusal = refusals.find(([pattern]) => pattern.test(`/${file}`));
    const loading = loadModel(`${root}/${file}`, { device: device(), warn: () => {} });
    if (refusal) return expect(loading).rejects.toThrow(refusal[1]);
    using model = await loading;
    const wanted = golden?.cases.find((one) => one.file === file);
    if (!wanted) return;
    // The rule of the golden numbers: every input alike.
    const xs = wanted.input_shapes.map((shape) => ({
      shape,
      data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) =>
        Math.fround(0.5 + 0.5 * Math.sin(0.1 * i + 0.3)),
      ),
    }));
    const results = [await model.predict(xs.length === 1 ? xs[0] : xs)].flat();
    wanted.outputs.forEach(({ shape, values }, k) => {
      expect(results[k].shape).toEqual(shape);
      const largest = Math.max(...values.map(Math.abs));
      const difference = Math.max(...values.map((value, i) => Math.abs(value - results[k].data[i])));
      // Winograd's convolutions differ from the direct sums by up to 1.2e-5 of the largest value; all else by less.
      expect(difference).toBeLessThan(1.2e-5 * largest);
    });
  });

  it.each([
    ["models/amaad03_mnist_model.keras", 7820],
    ["models/khmer_cnn_model.h5", undefined],
  ])("%s trains on where Keras 3 stopped", async (file, steps) => {
    const path = `${root}/${file}`;
    const warnings: string[] = [];
    using model = await loadModel(path, { device: device(), warn: (text) => warnings.push(text) });
    expect(warnings).toEqual([]);
    const { optimizerWeights } = await readModelFile(path);
    const [iteration, rate, ...slots] = optimizerWeights!;
    const { optimizer, trained } = model;
    expect(optimizer!.iterations).toBe(steps ?? iteration.data[0]);
    expect(optimizer!.learningRate).toBe(rate.data[0]);
    const state = (await optimizer!.getWeights(trained)).slice(1, 1 + 2 * trained.length);
    trained.forEach(({ shape }, i) => {
      expect(slots[2 * i]).toMatchObject({ shape, data: state[i].data });
      expect(slots[2 * i + 1]).toMatchObject({ shape, data: state[trained.length + i].data });
      // Second moments are no less than 0.
      expect(Math.min(...state[trained.length + i].data)).toBeGreaterThanOrEqual(0);
    });
  });
});
