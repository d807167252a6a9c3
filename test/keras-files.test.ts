/** Files that Keras, its users and its enemies have made: read, matched, refused. h5py says what is in them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasShared, sharedPath } from "@convscope/data/testing";
import {
  formatInspection,
  inspectModelFile,
  type MatchTarget,
  matchWeights,
  modelFileBytes,
  readModelFile,
  type SavedModel,
  transformWeight,
  writeModelFile,
} from "@convscope/layers";
import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { hasH5py, runReference } from "./python-reference.ts";

const folder = mkdtempSync(join(tmpdir(), "convscope-keras-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

const hasFiles = hasShared("data/keras_files");
const hasHostile = hasShared("vectors/files/hostile");
const hasVectors = hasShared("vectors/files/h5");
const hasMobileNet = hasShared("data/mobilenet");
const hasSqueezeNet = hasShared("data/squeezenet");
const hasVgg19 = hasShared("data/vgg19_blocks1-3");
const hasPython = hasH5py();

const h5Vectors = sharedPath("vectors/files/h5");
const arraysOf = ({ layers }: SavedModel) => layers.flatMap(({ weights }) => weights);

/** The layers of a file as those of a model of the same architecture, as ours name them. */
const targetsOf = ({ layers }: SavedModel): MatchTarget[] =>
  layers.map(({ name, weights }) => ({ layer: name, weights }));

/** Format, version, backend, layers, arrays, numbers, arrays of the optimizer. */
const summary = (model: SavedModel): string => {
  const arrays = arraysOf(model);
  const numbers = arrays.reduce((sum, { data }) => sum + data.length, 0);
  const { format, kerasVersion = "-", backend = "-", layers, optimizerWeights } = model;
  return `${format} ${kerasVersion} ${backend} ${layers.length} ${arrays.length} ${numbers} ${optimizerWeights?.length ?? "-"}`;
};

const kerasFiles: Readonly<Record<string, string>> = {
  "dl4j/activations/LeakyReLU_0_model.h5": "h5 2.3.1 tensorflow 2 2 544 -",
  "dl4j/activations/ReLU_3_weights.h5": "weights-h5 2.3.1 tensorflow 2 2 544 -",
  "dl4j/optimizers/adam.h5": "h5 2.0.9 tensorflow 2 4 7114 -",
  "dl4j/simple/cnn_tf_model.h5": "h5 1.1.2 - 10 8 64 -",
  "dl4j/simple/cnn_tf_weights.h5": "weights-h5 - - 10 8 64 -",
  "dl4j/weights/batch_to_conv2d_theano_1.h5": "h5 1.2.2 - 4 8 49985 -",
  "dl4j/weights/batch_to_conv2d_theano_2.h5": "h5 2.1.3 theano 4 8 49985 -",
  "dl4j/weights/conv2d_tensorflow_1.h5": "h5 1.2.2 - 1 2 276 -",
  "dl4j/weights/conv2d_theano_2.h5": "h5 2.1.3 theano 1 2 276 -",
  "dl4j/weights/flatten_3d.hdf5": "h5 2.4.0 tensorflow 3 2 10010 -",
  "dl4j/weights/sepconv2d_tensorflow_2.h5": "h5 2.1.3 tensorflow 1 3 156 -",
  "dl4j/weights/simpleconv2d.hdf5": "h5 2.3.1 tensorflow 10 12 80135 -",
  "models/amaad03_mnist_model.keras": "keras 3.3.3 tensorflow 9 10 93322 22",
  "models/ayushmi_siamese_model.h5": "h5 2.9.0 tensorflow 4 56 300560 77",
  "models/bogihsu_cnn.h5": "weights-h5 2.2.2 tensorflow 21 14 746919 -",
  "models/ikukang_mnist_cnn.h5": "h5 2.3.1 tensorflow 8 10 93322 11",
  "models/khmer_cnn_model.h5": "h5 3.4.1 tensorflow 13 10 104906 22",
  "models/khmer_cnn_tfjs/model.json": "tfjs 2.15.0 tensorflow 14 10 104906 -",
  "models/luyimin_vae_encoder.h5": "h5 2.2.2 tensorflow 9 14 494244 -",
  "models/sannmyatmin_mnist_model.keras": "keras 3.11.3 tensorflow 3 4 101770 10",
  "safetensors/tinygrad_mnist_model.safetensors": "safetensors - - 2 2 101632 -",
};

describe.skipIf(!hasFiles)("files of Keras users", () => {
  const root = sharedPath("data/keras_files");

  it.each(Object.entries(kerasFiles))("%s", async (file, expected) => {
    expect(summary(await readModelFile(join(root, file)))).toBe(expected);
  });

  it.skipIf(!hasPython)("every HDF5 file and .keras has what h5py finds in it", async () => {
    const files = readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((file) => /\.(h5|hdf5|keras)$/.test(file) && !file.includes("inputs_and_outputs"))
      .sort();
    expect(files.length).toBeGreaterThan(40);
    await expectAsH5py(files.map((file) => join(root, file)));
  });

  it("HDF5 that is not a model's is refused, and so is an architecture alone", async () => {
    await expect(readModelFile(join(root, "dl4j/activations/ReLU_0_inputs_and_outputs.h5"))).rejects.toThrow(
      "is HDF5, and not Keras's",
    );
    await expect(readModelFile(join(root, "dl4j/simple/mlp_config.json"))).rejects.toThrow(
      "an architecture alone, without weights",
    );
  });

  it("Theano's kernels are turned", async () => {
    const read = async (file: string, shape: number[]) => {
      const model = await readModelFile(join(root, "dl4j/weights", file));
      const { name, weights } = model.layers.find(({ weights }) => weights[0]?.shape.length === 4)!;
      const target = {
        layer: name,
        weights: [
          { name: `${name}/kernel:0`, shape },
          { name: `${name}/bias:0`, shape: weights[1].shape },
        ],
      };
      const only = { ...model, layers: [{ name, weights }] };
      const [kernel] = matchWeights(only, [target]).assignments;
      return { saved: weights[0], kernel: transformWeight(kernel), transforms: kernel.transforms };
    };
    // As Keras: a file of Keras 1 does not say that it is Theano's.
    expect((await read("conv2d_theano_1.h5", [3, 3, 5, 6])).transforms).toEqual([]);
    const turned = await read("conv2d_theano_2.h5", [3, 3, 5, 6]);
    expect([turned.saved.shape, turned.transforms]).toEqual([[3, 3, 5, 6], ["rotate180"]]);
    expect(turned.kernel[((0 * 3 + 2) * 5 + 1) * 6 + 3]).toBe(
      turned.saved.data[((2 * 3 + 0) * 5 + 1) * 6 + 3],
    );
  });
});

/** Compares shapes, first values and sums with h5py's, and the order of names with the attributes. */
async function expectAsH5py(paths: readonly string[]): Promise<void> {
  interface Reference {
    readonly arrays: Readonly<
      Record<string, { shape: number[]; dtype: string; first: number[]; sum: number }>
    >;
    readonly names: Readonly<Record<string, string[]>>;
  }
  const references: Record<string, Reference> = JSON.parse(runReference("h5-arrays.py", paths));
  for (const path of paths) {
    const { arrays, names } = references[path];
    const model = await readModelFile(path);
    const isKeras3 = model.format === "keras";
    const prefix = model.format === "h5" ? "/model_weights/" : "/";
    if (!isKeras3) {
      const listed = names[`${prefix.slice(0, -1) || "/"}@layer_names`];
      expect([path, model.layers.map(({ name }) => name)]).toEqual([path, listed]);
    }
    for (const { name, weights } of model.layers) {
      if (!isKeras3)
        expect(weights.map((weight) => weight.name)).toEqual(names[`${prefix}${name}@weight_names`]);
      weights.forEach((weight, i) => {
        const at = isKeras3
          ? `/layers/${name}/vars/${i}`
          : `${prefix}${name}/${weight.name}`.replace(/\/+/g, "/");
        const wanted = arrays[at] ?? expect.fail(`h5py finds no ${at} in ${path}`);
        expect([path, at, weight.shape, weight.dtype ?? "float32"]).toEqual([
          path,
          at,
          wanted.shape,
          wanted.dtype,
        ]);
        expect([...weight.data.subarray(0, 8)]).toEqual(wanted.first);
        const size = weight.data.reduce((sum, value) => sum + Math.abs(value), 0);
        // Two orders of adding up in double precision.
        const bound = weight.data.length * 2 ** -53 * size;
        expect(Math.abs(weight.data.reduce((sum, value) => sum + value, 0) - wanted.sum)).toBeLessThanOrEqual(
          bound,
        );
      });
    }
  }
}

describe.skipIf(!hasVectors)("the lecture's models", () => {
  it("whole models and weights, of Keras 2.3.1 and of TensorFlow 2.10", async () => {
    const read = async (file: string) => summary(await readModelFile(join(h5Vectors, file)));
    expect(await read("lecture_small_k231.h5")).toBe("h5 2.3.1 tensorflow 11 12 2093 13");
    expect(await read("lecture_small_tf210.h5")).toBe("h5 2.10.0 tensorflow 11 12 2093 13");
    expect(await read("lecture_small_weights.h5")).toBe("weights-h5 2.3.1 tensorflow 11 12 2093 -");
    expect(await read("nested_frozen_base_k231.h5")).toBe("h5 2.3.1 tensorflow 4 30 5380 5");
    const { optimizerWeights, trainingConfig } = await readModelFile(
      join(h5Vectors, "lecture_small_k231.h5"),
    );
    expect(optimizerWeights?.[0]).toEqual({
      name: "RMSprop/iterations:0",
      shape: [],
      data: Float32Array.of(3),
      dtype: "int64",
      count: 3,
    });
    expect(trainingConfig).toMatchObject({
      optimizer_config: { class_name: "RMSprop" },
      loss: "binary_crossentropy",
    });
  });

  it("a nested base loads by name into one that was frozen otherwise", async () => {
    const model = await readModelFile(join(h5Vectors, "nested_frozen_base_k231.h5"));
    const targets = targetsOf(model);
    const base = targets[0].weights;
    const block5 = base.findIndex(({ name }) => name.startsWith("block5"));
    const frozenOtherwise = [...base.slice(block5), ...base.slice(0, block5)];
    const { assignments, warnings } = matchWeights(model, [
      { ...targets[0], weights: frozenOtherwise },
      ...targets.slice(1),
    ]);
    for (const { weight, saved } of assignments) expect(saved.name).toBe(weight.name);
    expect([assignments.length, warnings]).toEqual([30, []]);
  });

  it.skipIf(!hasPython)("what is written passes the check of Keras's layout", async () => {
    for (const file of readdirSync(h5Vectors).filter((name) => name.includes("k231"))) {
      const model = await readModelFile(join(h5Vectors, file));
      const path = join(folder, file);
      await writeModelFile(path, "h5", model);
      expect(runReference("check-keras-layout.py", [path])).toBe("ok\n");
      await expectAsH5py([path]);
      await writeModelFile(path, "weights-h5", model);
      expect(runReference("check-keras-layout.py", [path, "--weights-only"])).toBe("ok\n");
    }
    const many = Array.from({ length: 1200 }, (_, i) => ({
      name: `layer_${i}_${"x".repeat(60)}`,
      weights: [],
    }));
    const long = join(folder, "long.h5");
    await writeModelFile(long, "weights-h5", {
      format: "weights-h5",
      kerasVersion: "2.3.1",
      backend: "tensorflow",
      layers: many,
    });
    expect(runReference("check-keras-layout.py", [long, "--weights-only"])).toBe("ok\n");
  });

  it("tfjs itself loads the model.json that is written, with the same outputs", async () => {
    const model = await readModelFile(join(h5Vectors, "nested_frozen_base_k231.h5"));
    const files = await modelFileBytes("tfjs", model);
    const json = JSON.parse(new TextDecoder().decode(files.get("model.json")));
    const [shard] = [...files.values()];
    await tf.setBackend("cpu");
    const loaded = await tf.loadLayersModel({
      load: async () => ({
        modelTopology: json.modelTopology,
        weightSpecs: json.weightsManifest[0].weights,
        weightData: shard.slice().buffer,
      }),
    });
    const byName = new Map(arraysOf(model).map((weight) => [weight.name.replace(":0", ""), weight]));
    expect(loaded.weights.length).toBe(30);
    for (const weight of loaded.weights) {
      const { shape, data } = byName.get(weight.name)!;
      expect(weight.shape).toEqual([...shape]);
      expect(Float32Array.from(weight.read().dataSync())).toEqual(data);
    }
  });
});

describe.skipIf(!hasMobileNet)("MobileNet 0.25", () => {
  it("Keras's own file and tfjs's have the same weights, to the bit", async () => {
    const h5 = await readModelFile(sharedPath("data/mobilenet/mobilenet_2_5_224_tf_no_top.h5"));
    const json = await readModelFile(sharedPath("data/mobilenet/tfjs_mobilenet_v1_0.25_224/model.json"));
    expect(summary(h5)).toBe("weights-h5 2.0.4 tensorflow 83 135 218544 -");
    expect(summary(json)).toBe("tfjs 2.1.4 tensorflow 88 137 475544 -");
    const { assignments } = matchWeights(json, targetsOf(h5));
    expect(assignments.length).toBe(135);
    const inH5 = new Map(arraysOf(h5).map((weight) => [weight.name, weight.data]));
    for (const { weight, saved } of assignments) expect(saved.data).toEqual(inH5.get(weight.name));
  });
});

describe.skipIf(!hasSqueezeNet)("SqueezeNet, with odd names and no version", () => {
  it("reads, and matches in order", async () => {
    const path = sharedPath("data/squeezenet/squeezenet_weights_tf_dim_ordering_tf_kernels_notop.h5");
    const model = await readModelFile(path);
    expect(summary(model)).toBe("weights-h5 - - 63 50 722496 -");
    expect(matchWeights(model, targetsOf(model)).assignments.length).toBe(50);
    if (hasPython) await expectAsH5py([path]);
  });
});

describe.skipIf(!hasVgg19)("VGG19, of which the manifest has three blocks", () => {
  it("gives those, and the layers without weights too", async () => {
    const model = await readModelFile(sharedPath("data/vgg19_blocks1-3/model.json"));
    expect(summary(model)).toBe("tfjs 2.1.4 tensorflow 26 16 2325568 -");
    const [kernel, bias] = model.layers.find(({ name }) => name === "block1_conv1")!.weights;
    // Published to eight decimals.
    const first = [...kernel.data.subarray(0, 3), bias.data[0]].map((value) => value.toFixed(8));
    expect(first).toEqual(["0.34119523", "0.09563112", "0.01774490", "0.73017758"]);
    const block4: MatchTarget = {
      layer: "block4_conv1",
      weights: [{ name: "block4_conv1/kernel:0", shape: [3] }],
    };
    expect(() => matchWeights(model, [block4])).toThrow("into a model with 1 layers");
  });
});

describe.skipIf(!hasPython)("VGG16 without top, in the layout of Keras 1", () => {
  it("reads, and its names are known in a nested model", async () => {
    const path = join(folder, "vgg16.h5");
    runReference("make-vgg16-notop.py", [path, "7", "--divide-channels", "8"]);
    const model = await readModelFile(path);
    expect(summary(model)).toBe("weights-h5 - - 19 26 230568 -");
    expect(arraysOf(model)[0].name).toBe("block1_conv1/block1_conv1_W_1:0");
    await expectAsH5py([path]);
    const names = arraysOf(model).map(({ name, shape }) => ({
      name: name.replace(
        /(\w+)\/\w+_(\w)_1:0/,
        (_, layer, letter) => `${layer}/${letter === "W" ? "kernel" : "bias"}:0`,
      ),
      shape,
    }));
    // As a base that is one layer of a model, and was saved in another order.
    const nested = { ...model, layers: [{ name: "vgg16", weights: arraysOf(model).reverse() }] };
    const { assignments } = matchWeights(nested, [{ layer: "vgg16", weights: names }]);
    for (const { weight, saved } of assignments)
      expect(saved.name.startsWith(weight.name.slice(0, weight.name.indexOf("/")))).toBe(true);
    expect(assignments.length).toBe(26);
  });
});

/** What reading says; undefined where the file reads, and what is wrong with it is seen later. */
const hostile: Readonly<Record<string, string | undefined>> = {
  "channels_first.h5": undefined,
  "empty_layers.h5": undefined,
  "external_link.h5": "is a link to another file, which is not followed",
  "kernel_larger_than_input.h5": undefined,
  "layer_names_missing_entry.h5": undefined,
  "metadata_fuzz_0.h5": "it is cut off",
  "metadata_fuzz_3.h5": "cannot be opened",
  "missing_layer_group.h5": "layer_names has conv2d_2, and /model_weights/conv2d_2 is missing",
  "model_config_number.h5": "the attribute model_config of / is 5, not a text",
  "nan_weights.h5": undefined,
  "no_model_config.h5": undefined,
  "not_hdf5_text.h5": "is no model file",
  "signature_only.h5": "cannot be opened",
  "string_dataset.h5": "dense_2/bias:0 holds string values; weights must be numbers",
  "truncated_1pct.h5": "it is cut off",
  "truncated_90pct.h5": "it is cut off",
  "unknown_optimizer.h5": undefined,
  "virtual_4TB_dataset.h5": "claims shape (1000000, 1000000) of float32, 4.0 TB",
  "wrong_shape_kernel.h5": undefined,
};

describe.skipIf(!hasHostile)("hostile files", () => {
  const root = sharedPath("vectors/files/hostile/h5");
  const read = (file: string) => readModelFile(join(root, file));
  const lecture = () => readModelFile(join(h5Vectors, "lecture_small_k231.h5"));

  it("are all known here", () => {
    const { entries } = JSON.parse(readFileSync(sharedPath("vectors/files/hostile/manifest.json"), "utf8"));
    const listed = entries.filter(({ kind }: { kind: string }) => kind === "h5");
    expect(listed.map(({ file }: { file: string }) => file.slice("h5/".length)).sort()).toEqual(
      Object.keys(hostile),
    );
  });

  it.each(Object.entries(hostile))("%s", async (file, message) => {
    if (message) await expect(read(file)).rejects.toThrow(message);
    else await expect(read(file)).resolves.toBeDefined();
    // A damaged file is still shown as far as it goes, or refused with the same reason.
    const inspected = await inspectModelFile(join(root, file)).catch((error: Error) => error);
    if (inspected instanceof Error) expect(inspected.message).toContain(message);
    else
      expect(
        formatInspection(inspected)
          .split("\n")
          .every((line) => line.length <= 80),
      ).toBe(true);
  });

  it("an array of absurd size costs no memory and no time", async () => {
    const before = process.memoryUsage();
    const start = performance.now();
    await expect(read("virtual_4TB_dataset.h5")).rejects.toThrow();
    // Seconds, not minutes: no more than that is said of time here.
    expect(performance.now() - start).toBeLessThan(5000);
    const { rss, arrayBuffers } = process.memoryUsage();
    expect(arrayBuffers - before.arrayBuffers).toBeLessThan(64e6);
    expect(rss - before.rss).toBeLessThan(256e6);
  });

  it("another shape than the model's is refused with both, and nothing is assigned", async () => {
    const targets = targetsOf(await lecture());
    await expect(read("wrong_shape_kernel.h5").then((model) => matchWeights(model, targets))).rejects.toThrow(
      /has shape \(.*\), but the saved weight .* has shape \(/,
    );
  });

  it("fewer layers than the model has", async () => {
    const targets = targetsOf(await lecture());
    await expect(
      read("layer_names_missing_entry.h5").then((model) => matchWeights(model, targets)),
    ).rejects.toThrow(
      /You are trying to load a weight file containing 5 layers into a model with 6 layers\. only in the model: /i,
    );
  });

  it("NaN is read, and a note names the array", async () => {
    expect((await read("nan_weights.h5")).notes).toEqual(["dense_2/kernel:0: 1 of 16 values are NaN."]);
  });

  it("what has no architecture says so by having none", async () => {
    expect((await read("no_model_config.h5")).modelConfig).toBeUndefined();
  });
});
