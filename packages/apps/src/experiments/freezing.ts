import type { NdArray } from "@convscope/kernels";
import { RandomStream } from "@convscope/kernels/philox";
import { Dense, input, Model } from "@convscope/layers";
import { experiment } from "./experiment.ts";

/** The lecture's last page: one layer, frozen in one model and trained in another. */
export default experiment({
  name: "freezing",
  question: "What does it mean that a change of `trainable` takes effect at the next compile?",
  claim:
    "frozen_model.fit does NOT update the weights of `layer`; trainable_model.fit does, which also affects the frozen model.",
  slides: "Freezing Keras Layers",
  defaults: { seed: 0, kernels: "auto", precision: "float32" },

  async run({ flags: { seed }, output, device: open }) {
    const device = await open();
    const [data, labels] = [randomSamples(seed, 0), randomSamples(seed, 1)];

    const x = input({ shape: [32] });
    const layer = new Dense({ units: 32 });
    layer.trainable = false;
    const y = layer.apply(x);

    using frozenModel = new Model({ inputs: x, outputs: y, device, seed });
    // in the model below, the weights of `layer` will not be updated during training
    frozenModel.compile({ optimizer: "rmsprop", loss: "mse" });

    layer.trainable = true;
    using trainableModel = new Model({ inputs: x, outputs: y, device, seed });
    // with this model the weights of the layer will be updated during training
    // (which will also affect the above model since it uses the same layer instance)
    trainableModel.compile({ optimizer: "rmsprop", loss: "mse" });

    const before = await layer.getWeights();
    const seenBefore = await frozenModel.predict(data);
    await frozenModel.fit(data, labels, { output }); // this does NOT update the weights of `layer`
    const afterFrozen = await layer.getWeights();
    await trainableModel.fit(data, labels, { output }); // this updates the weights of `layer`
    const afterTrainable = await layer.getWeights();
    const seenAfter = await frozenModel.predict(data);

    const changes = {
      "frozen_model.fit, kernel": changed(before[0], afterFrozen[0]),
      "frozen_model.fit, bias": changed(before[1], afterFrozen[1]),
      "trainable_model.fit, kernel": changed(afterFrozen[0], afterTrainable[0]),
      "trainable_model.fit, bias": changed(afterFrozen[1], afterTrainable[1]),
      "frozen_model.predict, before and after": changed(seenBefore, seenAfter),
    };
    output.say("");
    for (const [what, { values, of }] of Object.entries(changes)) {
      const how = values === 0 ? "the same bits" : `changed in ${values} of ${of} values`;
      output.say(`${what.padEnd(38)}  ${how}`);
    }
    output.result({ experiment: "freezing", seed, changes });
  },
});

/** 1000 samples of 32 values: the lecture does not say what data and labels are. */
function randomSamples(seed: number, index: number): NdArray {
  const stream = new RandomStream(seed, "drawing", index);
  return { shape: [1000, 32], data: Float32Array.from({ length: 32_000 }, () => stream.uniform(-1, 1)) };
}

/** How many values have other bits. */
function changed(one: NdArray, other: NdArray): { values: number; of: number } {
  const [a, b] = [one, other].map(({ data }) => new Uint32Array(data.buffer, data.byteOffset, data.length));
  return { values: a.filter((bits, i) => bits !== b[i]).length, of: a.length };
}
