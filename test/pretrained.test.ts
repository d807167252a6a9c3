// Real pretrained weights give the numbers that tfjs gives with them.
import { readFileSync } from "node:fs";
import { hasShared, sharedPath } from "@convscope/data/testing";
import { openTestDevice } from "@convscope/kernels/testing";
import {
  decodePredictions,
  loadModel,
  MobileNet,
  Model,
  preprocessInput,
  VGG16,
  VGG19,
} from "@convscope/layers";
import { describe, expect, it } from "vitest";

const floats = (path: string): Float32Array => {
  const bytes = readFileSync(sharedPath(path));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};
const goldenPath = "data/golden_forward";
const pictureOf = (name: string) => ({
  shape: [1, 224, 224, 3],
  data: Float32Array.from(readFileSync(sharedPath(`${goldenPath}/${name}_224x224x3_rgb.u8`))),
});
const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

interface Activation {
  readonly shape: readonly number[];
  readonly mean: number;
  readonly max: number;
  readonly first8: readonly number[];
}

/** @param tolerance of the largest value of a layer */
function expectActivation(
  got: { readonly shape: readonly number[]; readonly data: Float32Array },
  wanted: Activation,
  tolerance: number,
): void {
  expect(got.shape).toEqual(wanted.shape);
  const allowed = tolerance * wanted.max;
  expect(Math.abs(mean(got.data) - wanted.mean)).toBeLessThan(allowed);
  expect(Math.abs(got.data.reduce((a, b) => Math.max(a, b)) - wanted.max)).toBeLessThan(allowed);
  wanted.first8.forEach((value, i) => {
    expect(Math.abs(got.data[i] - value)).toBeLessThan(allowed);
  });
}

describe.skipIf(!hasShared(goldenPath))("pretrained networks", () => {
  const device = openTestDevice();
  const golden = hasShared(goldenPath)
    ? JSON.parse(readFileSync(sharedPath(`${goldenPath}/golden_forward.json`), "utf8"))
    : undefined;

  it("MobileNet 0.25 tells an elephant and a cat, to 1e-4 of tfjs's probabilities", async () => {
    const path = sharedPath("data/mobilenet/tfjs_mobilenet_v1_0.25_224/model.json");
    using published = await loadModel(path, { device: device(), warn: () => {} });
    using ours = await MobileNet({ alpha: 0.25, weights: path, device: device() });
    const classIndex = sharedPath("data/imagenet/imagenet_class_index.json");
    for (const name of ["elephant", "cat1700"]) {
      const x = preprocessInput(pictureOf(name), "tf");
      const wanted = floats(`${goldenPath}/mobilenet_0.25_${name}_probabilities.1000.f32`);
      for (const model of [published, ours]) {
        const y = await model.predict(x);
        expect(Math.max(...wanted.map((value, i) => Math.abs(value - y.data[i])))).toBeLessThan(1e-4);
        const [top5] = await decodePredictions(y, { classIndex });
        expect(top5.map(({ name }) => name)).toEqual(
          golden.mobilenet["0.25"].cases[name].top5.map(([, label]: [string, string]) => label),
        );
      }
    }
  });

  it("MobileNet 0.25 without its top, from Keras's own file", async () => {
    const weights = sharedPath("data/mobilenet/mobilenet_2_5_224_tf_no_top.h5");
    using model = await MobileNet({
      alpha: 0.25,
      weights,
      includeTop: false,
      inputShape: [224, 224, 3],
      pooling: "avg",
      device: device(),
    });
    for (const name of ["elephant", "cat1700"]) {
      const { data } = await model.predict(preprocessInput(pictureOf(name), "tf"));
      const wanted = golden.mobilenet["0.25"].cases[name];
      wanted.last_block_global_mean_first8.forEach((value: number, i: number) => {
        expect(Math.abs(data[i] - value)).toBeLessThan(1e-4);
      });
      expect(Math.abs(data.reduce((a, b) => a + b) - wanted.last_block_global_mean_sum)).toBeLessThan(1e-2);
    }
  });

  it.skipIf(!hasShared("data/vgg19_blocks1-3"))("VGG19's blocks 1 to 3", async () => {
    const names = [
      "block1_conv2",
      "block1_pool",
      "block2_conv2",
      "block2_pool",
      "block3_conv1",
      "block3_pool",
    ];
    using whole = await VGG19({
      weights: null,
      includeTop: false,
      inputShape: [224, 224, 3],
      device: device(),
    });
    using model = new Model({
      inputs: whole.input,
      outputs: names.map((name) => whole.getLayer(name).output),
      device: device(),
    });
    await model.loadWeights(sharedPath("data/vgg19_blocks1-3/model.json"), { byName: true, warn: () => {} });
    for (const name of ["elephant", "cat1700"]) {
      const results = await model.predict(preprocessInput(pictureOf(name), "caffe"));
      // Seven convolutions by Winograd, each with some 1e-5 of its largest value: 1e-4 with room.
      results.forEach((result, i) => {
        expectActivation(result, golden.vgg19_blocks1_3.cases[name][names[i]], 1e-4);
      });
    }
  });

  it.skipIf(!hasShared("data/vgg16_partial"))("VGG16's blocks 1 and 2", async () => {
    using whole = await VGG16({
      weights: null,
      includeTop: false,
      inputShape: [224, 224, 3],
      device: device(),
    });
    const biases = JSON.parse(readFileSync(sharedPath("data/vgg16_partial/biases_fixed_point.json"), "utf8"));
    const names = ["block1_conv1", "block1_conv2", "block2_conv1", "block2_conv2"];
    for (const name of names) {
      const [kernel, bias] = whole.getLayer(name).weights;
      const { int16, fraction_bits } = biasOf(biases, name);
      kernel.set({
        shape: kernel.shape,
        data: floats(`data/vgg16_partial/${name}_kernel.3x3x${kernel.shape[2]}x${kernel.shape[3]}.f32`),
      });
      bias.set({ shape: bias.shape, data: Float32Array.from(int16, (value) => value / 2 ** fraction_bits) });
    }
    const outputs = [...names, "block2_pool"];
    using model = new Model({
      inputs: whole.input,
      outputs: outputs.map((name) => whole.getLayer(name).output),
      device: device(),
    });
    const x = {
      shape: [1, 224, 224, 3],
      data: floats("data/vgg16_partial/persian_cat_preprocessed_bgr.224x224x3.f32"),
    };
    const results = await model.predict(x);
    results.forEach((result, i) => {
      // The biases are truncated to 16 bits.
      expectActivation(result, golden.vgg16_blocks1_2.result[outputs[i]], 1e-3);
    });
  });
});

/** The biases of a layer, as 16-bit whole numbers with so many bits behind the point. */
function biasOf(
  file: Record<string, unknown>,
  name: string,
): { int16: readonly number[]; fraction_bits: number } {
  return ((file.layers ?? file) as Record<string, { int16: number[]; fraction_bits: number }>)[name];
}
