import { openTestDevice } from "@convscope/kernels/testing";
import { beforeEach, describe, expect, it } from "vitest";
import type { LayerConfig } from "../layer.ts";
import { Dense } from "../layers/dense.ts";
import { input } from "../layers/input.ts";
import { resetUids } from "../names.ts";
import { array, Sum } from "../testing/index.ts";
import { modelFromConfig } from "./from-config.ts";
import { Model } from "./model.ts";
import { Sequential } from "./sequential.ts";

beforeEach(resetUids);

/** Layers of the tests alone: how each class reads its configuration is tested with the class. */
const customLayers = {
  Dense: {
    fromConfig: ({ name, trainable, batch_input_shape }: LayerConfig) =>
      new Dense({
        units: 2,
        name: name as string,
        trainable: trainable as boolean | undefined,
        batchInputShape: batch_input_shape as number[] | undefined,
      }),
  },
  Add: { fromConfig: ({ name }: LayerConfig) => new Sum({ name: name as string }) },
};
const read = (config: unknown) => modelFromConfig(config, { customLayers, seed: 1 });
/** As a file holds it. */
const asJson = (value: unknown) => JSON.parse(JSON.stringify(value));

const dense = (name: string, nodes: unknown[]) => ({
  name,
  class_name: "Dense",
  config: { name, trainable: true },
  inbound_nodes: nodes,
});
const inputLayer = (name: string, shapeKey = "batch_input_shape") => ({
  name,
  class_name: "InputLayer",
  config: { name, [shapeKey]: [null, 2], dtype: "float32" },
  inbound_nodes: [],
});

/** Two inputs through one encoder, whose results are added. */
function siamese(): Model {
  const x = input({ shape: [2], name: "in" });
  const hidden = new Dense({ name: "hidden", units: 2, trainable: false });
  const encoder = new Model({ inputs: x, outputs: hidden.apply(hidden.apply(x)), name: "encoder" });
  const [a, b] = [input({ shape: [2], name: "a" }), input({ shape: [2], name: "b" })];
  const ends = [encoder.apply(a), encoder.apply(b, { training: false })];
  // A call for another model: it is not written.
  encoder.apply(input({ shape: [2] }));
  return new Model({ inputs: [a, b], outputs: new Sum({ name: "sum" }).apply(ends), name: "siamese" });
}

describe("toConfig", () => {
  it("writes a graph as Keras 2.3.1", () => {
    const { class_name, config } = asJson(siamese().toConfig());
    expect(class_name).toBe("Model");
    expect({ ...config, layers: 0 }).toEqual({
      name: "siamese",
      layers: 0,
      input_layers: [
        ["a", 0, 0],
        ["b", 0, 0],
      ],
      output_layers: [["sum", 0, 0]],
    });
    const [a, , encoder, sum] = config.layers;
    expect(a).toEqual({
      name: "a",
      class_name: "InputLayer",
      config: { batch_input_shape: [null, 2], dtype: "float32", sparse: false, name: "a" },
      inbound_nodes: [],
    });
    expect([encoder.name, encoder.class_name, encoder.inbound_nodes]).toEqual([
      "encoder",
      "Model",
      [[["a", 0, 0, {}]], [["b", 0, 0, { training: false }]]],
    ]);
    expect(encoder.config.layers[1].inbound_nodes).toEqual([[["in", 0, 0, {}]], [["hidden", 0, 0, {}]]]);
    expect(encoder.config.output_layers).toEqual([["hidden", 1, 0]]);
    expect(sum.inbound_nodes).toEqual([
      [
        ["encoder", 1, 0, {}],
        ["encoder", 2, 0, {}],
      ],
    ]);
  });

  it("writes a row with the shape of what it takes, also where data gave it", () => {
    const row = new Sequential([new Dense({ name: "d", units: 2 })], { name: "row" });
    row.build([2]);
    expect(asJson(row.toConfig())).toEqual({
      class_name: "Sequential",
      config: {
        name: "row",
        layers: [
          {
            class_name: "Dense",
            config: expect.objectContaining({ name: "d", trainable: true, batch_input_shape: [null, 2] }),
          },
        ],
      },
    });
  });
});

describe("modelFromConfig", () => {
  const device = openTestDevice();

  it("gives the same model, with its wiring, sharing and frozen layers", async () => {
    const model = siamese();
    const copy = modelFromConfig(asJson(model.toConfig()), { customLayers, seed: 1, device: device() });
    expect(copy.toConfig()).toEqual(model.toConfig());
    expect([copy.countParams(), copy.trainableWeights.length]).toEqual([6, 0]);
    using given = new Model({ inputs: model.inputs, outputs: model.outputs[0], device: device(), seed: 3 });
    using closing = copy;
    closing.setWeights(await given.getWeights());
    const x = [array([1, 2], [1, 2]), array([1, 2], [3, -1])];
    expect(await copy.predict(x)).toEqual(await given.predict(x));
  });

  it("keeps a model's own flag", () => {
    const model = siamese();
    model.trainable = false;
    model.getLayer("encoder").trainable = true;
    const copy = read(asJson(model.toConfig()));
    expect([copy.trainable, copy.trainableWeights.length]).toEqual([false, 0]);
  });

  it("reads rows of all Keras versions", () => {
    const d = { class_name: "Dense", config: { name: "d", batch_input_shape: [null, 2] } };
    const plain = { class_name: "Dense", config: { name: "d" } };
    const forms = {
      "Keras 1, a bare list": { class_name: "Sequential", config: [d] },
      "Keras 2": { class_name: "Sequential", config: { name: "row", layers: [d] } },
      "by data": {
        class_name: "Sequential",
        config: { name: "row", layers: [plain], build_input_shape: [null, 2] },
      },
      "tf.keras": { class_name: "Sequential", config: { name: "row", layers: [inputLayer("in"), plain] } },
      "Keras 3": {
        module: "keras",
        class_name: "Sequential",
        registered_name: null,
        config: {
          name: "row",
          trainable: true,
          layers: [inputLayer("in", "batch_shape"), { ...plain, module: "keras.layers" }],
          build_input_shape: [null, 2],
        },
      },
    };
    for (const [name, form] of Object.entries(forms)) {
      const model = read(form);
      expect([name, model.layers.map((layer) => layer.name), model.inputShape]).toEqual([name, ["d"], [2]]);
    }
  });

  it("reads graphs of all Keras versions", () => {
    const tensor = (layer: string, call = 0) => ({
      class_name: "__keras_tensor__",
      config: { shape: [null, 2], dtype: "float32", keras_history: [layer, call, 0] },
    });
    const row = (nodes: unknown[]) => ({
      name: "row",
      class_name: "Sequential",
      config: { name: "row", layers: [{ class_name: "Dense", config: { name: "r" } }] },
      inbound_nodes: nodes,
    });
    const add = (nodes: unknown[]) => ({
      name: "add",
      class_name: "Add",
      config: { name: "add" },
      inbound_nodes: nodes,
    });
    const forms = {
      "Keras 1": {
        class_name: "Model",
        config: {
          layers: [
            // In any order: what is taken may come later.
            add([
              [
                ["d", 0, 0],
                ["row", 1, 0],
              ],
            ]),
            row([[["d", 0, 0]]]),
            dense("d", [[["in", 0, 0]]]),
            inputLayer("in"),
          ],
          input_layers: [["in", 0, 0]],
          output_layers: [["add", 0, 0]],
        },
      },
      "tf.keras": {
        class_name: "Functional",
        config: {
          name: "m",
          layers: [
            inputLayer("in"),
            dense("d", [[["in", 0, 0, {}]]]),
            row([[["d", 0, 0, { training: false, mask: null }]]]),
            add([
              [
                ["d", 0, 0, {}],
                ["row", 1, 0, {}],
              ],
            ]),
          ],
          input_layers: { in: ["in", 0, 0] },
          output_layers: [["add", 0, 0]],
        },
      },
      "Keras 3": {
        module: "keras.src.models.functional",
        class_name: "Functional",
        config: {
          name: "m",
          trainable: true,
          layers: [
            inputLayer("in", "batch_shape"),
            dense("d", [{ args: [tensor("in")], kwargs: {} }]),
            row([{ args: [tensor("d")], kwargs: { training: false } }]),
            // Keras 3 counts a Sequential's calls from 0.
            add([{ args: [[tensor("d"), tensor("row")]], kwargs: {} }]),
          ],
          input_layers: ["in", 0, 0],
          output_layers: ["add", 0, 0],
        },
      },
    };
    for (const [name, form] of Object.entries(forms)) {
      const model = read(form);
      expect([name, model.layers.map((layer) => layer.name)]).toEqual([name, ["in", "d", "row", "add"]]);
      expect(model.getLayer("row").nodes[0].options.training).toBe(name === "Keras 1" ? undefined : false);
    }
  });

  const graph = (layers: unknown[], output: unknown = ["d", 0, 0]) => ({
    class_name: "Model",
    config: { name: "m", layers, input_layers: [["in", 0, 0]], output_layers: [output] },
  });
  const lambda = { class_name: "Lambda", config: { name: "sum", function: ["4wEAAAA="] } };

  it.each<[string, unknown, string]>([
    [
      "a layer that is not supported, with its path",
      {
        class_name: "Sequential",
        config: {
          name: "m",
          layers: [{ class_name: "Sequential", config: { name: "inner", layers: [lambda] } }],
        },
      },
      "[modelFromConfig] m/inner/sum: the layer class Lambda is not supported. Supported: Add, Dense, ",
    ],
    ["nothing", null, "[modelFromConfig] the model: a layer must be an object, got null."],
    ["a layer", { class_name: "Dense", config: { name: "d" } }, "[modelFromConfig] a Dense is no model"],
    [
      "no layers",
      { class_name: "Model", config: {} },
      "[modelFromConfig] Model: layers must be a list, got nothing.",
    ],
    [
      "a prototype's member as class",
      { class_name: "constructor", config: {} },
      "the layer class constructor is not supported",
    ],
    [
      "a tensor that is not there",
      graph([inputLayer("in"), dense("d", [[["in", 0, 0]]])], ["d", 0, 1]),
      "[modelFromConfig] m: there is no tensor d[0][1].",
    ],
    [
      "a call that waits for itself",
      graph([inputLayer("in"), dense("d", [[["e", 0, 0]]]), dense("e", [[["d", 0, 0]]])]),
      "[modelFromConfig] m/d: takes the result of e[0], which is not there or waits for this one.",
    ],
    [
      "what is no reference",
      graph([inputLayer("in"), dense("d", [[["in", -1, 0]]])]),
      '[modelFromConfig] m/d: a reference to a tensor must be [layer, call, tensor], got ["in",-1,0].',
    ],
    [
      "arguments that would change the call",
      graph([inputLayer("in"), dense("d", [[["in", 0, 0, { scale: 2 }]]])]),
      "[modelFromConfig] m/d: is called with the argument scale, which is not supported.",
    ],
    [
      "two layers of a name",
      graph([inputLayer("in"), dense("d", []), dense("d", [])]),
      "[modelFromConfig] m: there are two layers of the name d.",
    ],
    [
      "a layer that cannot take what it gets",
      graph([
        inputLayer("in"),
        dense("d", [
          [
            ["in", 0, 0],
            ["in", 0, 0],
          ],
        ]),
      ]),
      "[modelFromConfig] m/d: Layer d expects 1 inputs, but it received 2 input tensors.",
    ],
    [
      "models without end in each other",
      Array.from({ length: 40 }).reduce<unknown>(
        (inner) => ({ class_name: "Sequential", config: { name: "s", layers: [inner] } }),
        lambda,
      ),
      "models lie more than 32 deep in each other.",
    ],
  ])("refuses %s", (_, config, message) => {
    expect(() => read(config)).toThrow(message);
  });

  it("reads thousands of layers in any order", () => {
    const layers = Array.from({ length: 3000 }, (_, i) =>
      dense(`d${i}`, [[[i === 0 ? "in" : `d${i - 1}`, 0, 0]]]),
    );
    const model = read(graph([...layers.toReversed(), inputLayer("in")], ["d2999", 0, 0]));
    expect(model.layers).toHaveLength(3001);
  });
});
